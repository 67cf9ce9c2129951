"""Identity stays with the track: through crossings, through gaps in the replies, and never on two tracks at once."""

from typing import Any

import numpy as np
from replicates import world
from test_receivers import OWN, flight

from dowding.simulation import simulate
from dowding.tables import Tables


def crossing(transponder_off_s: float | None, **more: Any) -> Tables:
    """Two pairs of airliners that meet in pairs at one place, height and time, under a primary and a secondary radar."""
    sensors = [{"name": "Primary", "radar": "tps-77", "lat_deg": 40.0, "lon_deg": 33.0},
               {"name": "Asker", "receiver": "ssr", "lat_deg": 40.02, "lon_deg": 33.0}]  # fmt: skip
    flights = []
    ways = [((40.8, 33.0), (40.5, 33.6)), ((40.5, 33.0), (40.8, 33.6)), ((40.7, 32.4), (40.65, 33.0)), ((40.65, 32.4), (40.7, 33.0))]
    for k, (a, b) in enumerate(ways):
        told: dict[str, Any] = {"identity": f"ID{k}"} | ({} if transponder_off_s is None else {"off_s": transponder_off_s})
        flights.append(flight(a, b, name=f"F{k}", target="airliner", speed_mps=220.0, transponder=told))
    return simulate(world(duration_s=270.0, sensor=sensors, flight=flights, catalogue={"receivers": OWN}, **more))


def owners(run: Tables) -> Any:
    """Rows of confirmed tracks that bear an identity: track, identity, and the target of the detection that updated them."""
    tracks = run["tracks"]
    rows = tracks["confirmed"] & (tracks["identity"] != "")
    return tracks["track"][rows], tracks["identity"][rows].astype(str), run["origins"]["target"][tracks["detection"][rows]]


def test_identities_stay_with_their_tracks_through_a_crossing() -> None:
    run = crossing(None)
    track, identity, target = owners(run)
    replies = run["detections"]["kind"] == "reply"
    assert replies.sum() > 300
    assert len(np.unique(track)) == 4  # no track was lost or doubled
    for number in np.unique(track):
        assert len(np.unique(identity[track == number])) == 1, number
    assert np.mean(target == np.char.replace(identity, "ID", "").astype(int)) > 0.97  # the radar's plots may be another's in the crossing
    told = replies[run["tracks"]["detection"]]
    assert (run["tracks"]["identity"][told] == run["detections"]["identity"][run["tracks"]["detection"][told]]).all()


def test_an_identity_outlives_the_replies_that_told_it() -> None:
    run = crossing(60.0)
    late = run["tracks"]["time_s"] > 200.0
    confirmed = run["tracks"]["confirmed"] & late
    assert confirmed.sum() > 20
    assert set(run["tracks"]["identity"][confirmed].astype(str)) <= {"ID0", "ID1", "ID2", "ID3"}
    assert not (run["detections"]["kind"][run["detections"]["time_s"] > 61.0] == "reply").any()
