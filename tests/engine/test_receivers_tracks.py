"""Tracks of receivers: identities stay with them, through crossings and silence; bearings alone make and hold them."""

from typing import Any

import numpy as np
from replicates import world
from test_receivers import OWN, flight

from dowding.analysis.track_quality import track_quality
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
    """At 60 s all transponders go silent: the primary radar alone holds the tracks, through the crossing at 135 s.

    And through the minute after it in which three of them fly across its sight, where its filter against ground echoes is blind.
    """
    for seed in (1, 2, 3):
        run = crossing(60.0, seed=seed)
        detections, tracks = run["detections"], run["tracks"]
        assert not (detections["kind"][detections["time_s"] > 61.0] == "reply").any()
        everyone = {"ID0", "ID1", "ID2", "ID3"}
        silent = tracks["confirmed"] & (tracks["time_s"] > 90.0)
        assert set(tracks["identity"][silent & (tracks["time_s"] < 125.0)].astype(str)) == everyone
        for number in np.unique(tracks["track"][silent & (tracks["time_s"] < 125.0)]):
            assert tracks["time_s"][tracks["track"] == number].min() < 5.0  # none is new
        _, identity, target = owners(run)
        time = tracks["time_s"][tracks["confirmed"] & (tracks["identity"] != "")]
        after = time > 148.0
        assert set(identity[after]) == everyone
        assert (target[after] == np.char.replace(identity[after], "ID", "").astype(int)).all()
        late = tracks["confirmed"] & (tracks["time_s"] > 200.0)
        assert set(tracks["identity"][late].astype(str)) >= everyone


def test_direction_finders_alone_track_what_radiates() -> None:
    ears = [{"name": f"Ear {k}", "receiver": "df", "lat_deg": lat, "lon_deg": lon, "override": {"angle_bias_floor_deg": 0.1}}
            for k, (lat, lon) in enumerate(((40.0, 33.0), (40.2, 34.6), (41.4, 32.4)))]  # fmt: skip
    emits = [{"frequency_ghz": 9.7, "eirp_dbw": 60.0}]
    flights = [flight((41.0, 33.2 + 0.3 * k), (40.3, 33.5 + 0.2 * k), name=f"F{k}", emits=emits) for k in range(3)]
    flights.append(flight((41.0, 34.3), (40.4, 34.3), name="Silent"))
    run = simulate(world(duration_s=120.0, sensor=ears, flight=flights, catalogue={"receivers": OWN}))
    tracked = np.isfinite(run["targets"]["first_tracked_s"])
    assert tracked.tolist() == [True, True, True, False]
    assert run["targets"]["first_tracked_s"][:3].max() < 15.0
    quality = track_quality(run["tracks"], run["origins"], run["truth"])
    assert quality["completeness"] > 0.6  # one of four is silent
    assert quality["purity"] > 0.95
