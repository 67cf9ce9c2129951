"""The least error that any tracker could have: the posterior Cramer-Rao bound of a single target under looks of several radars.

Tichavsky, Muravchik & Nehorai 1998, "Posterior Cramer-Rao Bounds for Discrete-Time Nonlinear Filtering", IEEE Trans. Signal Processing 46,
eqs. 21 and 34 to 37. A look that may fail tells less: by its detection probability (information reduction; Hernandez, Marrs, Gordon,
Maskell & Reed 2002, "Cramer-Rao bounds for non-linear filtering with measurement origin uncertainty", Fusion) or, exactly, as the mean
bound over the sequences of hits and misses (Farina, Ristic & Timmoneri 2002, "Cramer-Rao bound for nonlinear filtering with Pd < 1 and its
application to target tracking", IEEE Trans. Signal Processing 50).
"""

from typing import Any, NamedTuple

import numpy as np

from dowding.analysis.matching import Bools
from dowding.analysis.track_quality import assign, origin_of_updates, position_errors, target_of_updates
from dowding.analysis.truth import Floats, Ints, interpolate
from dowding.analysis.vantage import vantage
from dowding.physics.polar import derivatives
from dowding.tables import Columns, Tables

PRIOR_SIGMA = (1e6, 1e6, 1e6, 1e3, 1e3, 1e3)  # m and m/s: next to nothing is known before the first look
HEIGHT_SIGMA = 5e3  # m, prior of the height, without which a radar that does not measure elevation has no position at all


class Looks(NamedTuple):
    """Looks at several targets, each target's in order of time; rows beyond a target's last look have a NaN time."""

    time: Floats  # (target, look) s
    position: Floats  # (target, look, 3) m, where the target is, theatre
    velocity: Floats  # (target, look, 3) m/s
    radar: Floats  # (target, look, 3) m, where the radar stands, theatre
    rotation: Floats  # (target, look, 3, 3) theatre to the radar's own east, north, up
    sigma: Floats  # (target, look, 4) m, rad, rad, m/s of range, azimuth, elevation, range rate; NaN where not measured
    probability: Floats  # (target, look) of detection; 1 for a look that is known to have been a hit, 0 for a miss


def look_information(looks: Looks) -> Floats:
    """What each look tells if it is a hit: H' R^-1 H (target, look, 6, 6) of range, azimuth, elevation and range rate."""
    rows = derivatives(looks.position, looks.velocity, looks.radar, looks.rotation)
    weight = np.nan_to_num(1.0 / looks.sigma**2, nan=0.0)
    told = np.einsum("...ki,...k,...kj->...ij", rows, weight, rows)
    return np.asarray(np.where(np.isfinite(looks.time)[..., None, None], told, 0.0), np.float64)


def posterior_bound(looks: Looks, density: Floats | float, prior: Floats | None = None, information: Floats | None = None) -> Floats:
    """The bound on the error's covariance right after each look, (target, look, 6, 6) m and m/s; NaN beyond a target's last look.

    The target flies straight, but for white acceleration of `density` m2/s3 in all axes (0: none; one for each target is allowed, or one
    for each target and the time before each look, (target, look)). `prior` (6, 6) or (target, 6, 6) is the information before the first
    look. `information` (target, look, 6, 6) replaces that of the looks as hits: its mean over many flights, where the bound is to hold for
    a random flight. A look's is weighed by its probability.
    """
    targets, count = looks.time.shape
    told = look_information(looks) if information is None else information
    told = told * np.nan_to_num(looks.probability)[..., None, None]
    state = np.broadcast_to(np.diag(1.0 / np.square(PRIOR_SIGMA)) if prior is None else prior, (targets, 6, 6)).copy()
    given = np.asarray(density, np.float64)
    noise = np.broadcast_to(given if given.ndim == 2 else given[..., None], (targets, count))
    out, eye = np.full((targets, count, 6, 6), np.nan), np.eye(6)
    for k in range(count):
        seen = np.isfinite(looks.time[:, k])
        gap = np.where(seen, looks.time[:, k] - looks.time[:, k - 1], 0.0) if k else np.zeros(targets)
        back, spread = np.broadcast_to(eye, (targets, 6, 6)).copy(), np.zeros((targets, 6, 6))
        for i in range(3):
            back[:, i, i + 3] = -gap
            spread[:, i, i] = noise[:, k] * gap**3 / 3.0
            spread[:, i, i + 3] = spread[:, i + 3, i] = noise[:, k] * gap**2 / 2.0
            spread[:, i + 3, i + 3] = noise[:, k] * gap
        # eqs. 34 to 37 for linear motion are J = (Q + F J^-1 F')^-1, written so that neither Q nor J needs an inverse
        carried = back.swapaxes(1, 2) @ state @ back
        state = np.asarray(np.linalg.solve(eye + carried @ spread, carried), np.float64)
        state = 0.5 * (state + state.swapaxes(1, 2)) + told[:, k]
        out[seen, k] = _inverse(state[seen])
    return out


def _inverse(matrices: Floats) -> Floats:
    """Inverses of positive definite matrices (n, 6, 6) whose rows differ in scale by orders of magnitude."""
    root = np.sqrt(np.einsum("nii->ni", matrices))
    scale = root[:, :, None] * root[:, None, :]
    return np.asarray(np.linalg.inv(matrices / scale) / scale, np.float64)


def mean_bound_over_misses(looks: Looks, density: float, sequences: int = 200, seed: int = 1, prior: Floats | None = None) -> Floats:
    """The mean of the bound over `sequences` random sequences of hits and misses, (target, look, 6, 6): Farina et al. 2002, eq. 16.

    Never less than the bound from weighed information, which lets every look tell a share.
    """
    told, random = look_information(looks), np.random.default_rng(seed)
    total = np.zeros(told.shape)
    for _ in range(sequences):
        hit = (random.random(looks.time.shape) < looks.probability).astype(np.float64)
        total += posterior_bound(looks._replace(probability=hit), density, prior, told)
    return total / sequences


def root_position(bound: Floats) -> Floats:
    """Root of the summed position variances of bounds (..., 6, 6), (...) m."""
    return np.asarray(np.sqrt(np.einsum("...ii->...", bound[..., :3, :3])), np.float64)


def looks_of_detections(tables: Tables, picture: int) -> tuple[Looks, Ints, Ints]:
    """The detections of each target by the sensors of one picture, as looks that were hits; with the target and the detection of each.

    Returns looks, target numbers (target,), and detection numbers (target, look), -1 beyond the last.
    """
    detections, origins, sensors = tables["detections"], tables["origins"], tables["sensors"]
    row, target = _hits(detections, origins, sensors["picture"] == picture)
    order = np.lexsort((detections["time_s"][row], target))
    row, target = row[order], target[order]
    names, slot, count = np.unique(target, return_inverse=True, return_counts=True)
    place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    shape = (len(names), int(count.max(initial=0)))
    position, velocity = interpolate(tables["truth"], target, detections["time_s"][row])
    stands, turned = vantage(tables, row)
    sigma = np.column_stack([detections[f"sigma_{name}"][row] for name in ("range_m", "azimuth_rad", "elevation_rad", "range_rate_mps")])
    measured = [np.ones(len(row), np.bool_)] * 2 + [np.isfinite(detections[name][row]) for name in ("elevation_rad", "range_rate_mps")]
    sigma = np.where(np.column_stack(measured), sigma, np.nan)
    known = np.isfinite(position).all(axis=1)
    time = np.where(known, detections["time_s"][row], np.nan)

    def table(values: Floats) -> Floats:
        out = np.full((*shape, *values.shape[1:]), np.nan)
        out[slot, place] = values
        return out

    columns: tuple[Any, ...] = (time, position, velocity, stands, turned, sigma, known.astype(np.float64))
    number = np.full(shape, -1, np.int64)
    number[slot, place] = detections["detection"][row]
    return Looks(*(table(values) for values in columns)), names, number


def _hits(detections: Columns, origins: Columns, feeds: Bools) -> tuple[Ints, Ints]:
    """Rows of detections that came from a target and feed the picture, and the target."""
    target = origin_of_updates(detections, origins)
    row = np.flatnonzero((target >= 0) & feeds[np.asarray(detections["sensor"], np.int64)])
    return row, target[row]


def against_bound(tables: Tables, picture: int, density: float, settled_s: float = 60.0) -> dict[str, float]:
    """Confirmed tracks' errors right after updates, over the bound from the same detections: rms_error_m, rms_bound_m, ratio, updates.

    Updates count by a detection of the target that the track follows, `settled_s` after the target's first detection.
    """
    looks, names, number = looks_of_detections(tables, picture)
    if not number.size:
        return {"rms_error_m": float("nan"), "rms_bound_m": float("nan"), "ratio": float("nan"), "updates": 0}
    prior = np.diag(1.0 / np.square((*PRIOR_SIGMA[:2], HEIGHT_SIGMA, *PRIOR_SIGMA[3:])))
    least = root_position(posterior_bound(looks, density, prior)) ** 2
    tracks, came = tables["tracks"], origin_of_updates(tables["tracks"], tables["origins"])
    mine = (target_of_updates(tracks, assign(tracks, tables["origins"])) == came) & (came >= 0) & (tracks["picture"] == picture)
    error = (position_errors(tracks, tables["truth"], np.where(mine, came, -1)) ** 2).sum(axis=1)
    rows = np.flatnonzero(mine & np.isfinite(error))
    flat = np.argsort(number, axis=None)
    at = flat[np.clip(np.searchsorted(number.ravel()[flat], tracks["detection"][rows]), 0, flat.size - 1)]
    begin = looks.time[np.searchsorted(names, came[rows]), 0]
    old = np.isfinite(least.ravel()[at]) & (tracks["time_s"][rows] - begin >= settled_s)
    rows, at = rows[old], at[old]
    if not len(rows):
        return {"rms_error_m": float("nan"), "rms_bound_m": float("nan"), "ratio": float("nan"), "updates": 0}
    wrong, bound = float(np.sqrt(error[rows].mean())), float(np.sqrt(least.ravel()[at].mean()))
    return {"rms_error_m": wrong, "rms_bound_m": bound, "ratio": wrong / bound, "updates": len(rows)}
