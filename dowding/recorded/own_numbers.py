"""The track numbers that radars gave their own plots (CAT048 I161), as a reference for which plots belong together.

It says who follows whom, not where: two plots in a row under one number of theirs ought to be in one track of ours, and vice versa.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.recorded.following import Followed

Ints = NDArray[np.int64]

SILENCE_S = 60.0  # after which a number may be given to another target


def own_numbers(followed: Followed) -> list[dict[str, Any]]:
    """One entry for each radar that numbers its plots: how its tracks and ours agree; shares are None where there is nothing to count."""
    plots, detections, tracks = followed.plots.columns, followed.tables["detections"], followed.tables["tracks"]
    rows = np.flatnonzero(tracks["confirmed"])
    ours = np.full(len(detections["time_s"]), -1, np.int64)
    ours[tracks["detection"][rows]] = tracks["track"][rows]
    told = []
    for number, site in enumerate(followed.sites):
        mine = np.flatnonzero((detections["sensor"] == number) & (plots["track_number"] >= 0))
        if not len(mine):
            continue
        time, theirs = detections["time_s"][mine], segments(plots["track_number"][mine], detections["time_s"][mine])
        kept, links = in_a_row(theirs, ours[mine], time)
        pure, own_links = in_a_row(ours[mine], theirs, time)
        told.append(
            {
                "sensor": site.called,
                "plots_with_number": len(mine),
                "their_tracks": len(np.unique(theirs)),
                "in_confirmed_tracks_share": float(np.mean(ours[mine] >= 0)),
                "their_links": links,
                "their_links_kept_share": kept / links if links else None,
                "our_links": own_links,
                "our_links_theirs_share": pure / own_links if own_links else None,
            }
        )
    return told


def segments(number: Ints, time: NDArray[np.float64]) -> Ints:
    """The number (plot,) with each use after SILENCE_S counted as another track."""
    order = np.lexsort((time, number))
    fresh = np.r_[True, (np.diff(number[order]) != 0) | (np.diff(time[order]) > SILENCE_S)]
    out = np.empty(len(number), np.int64)
    out[order] = np.cumsum(fresh) - 1
    return out


def in_a_row(one: Ints, other: Ints, time: NDArray[np.float64]) -> tuple[int, int]:
    """Of two plots in a row under one label of the first kind that both have one of the second: how many have the same, and how many."""
    order = np.lexsort((time, one))
    a, b = order[:-1], order[1:]
    linked = (one[a] == one[b]) & (one[a] >= 0) & (other[a] >= 0) & (other[b] >= 0)
    return int((other[a] == other[b])[linked].sum()), int(linked.sum())
