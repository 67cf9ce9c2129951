"""The chain of each target, delays, shares of causes and use of units, of a run that can be reckoned by hand."""

import numpy as np
import pytest
from synthetic_run import table

from dowding.analysis.kill_chain import STAGES, attribution, kill_chain, latency_budget
from dowding.analysis.use import most_in_use, use_of_units
from dowding.tables import check

RAID = {"flight": "raid", "class": "aircraft", "side": "red"}
TARGETS = [
    RAID | {"target": 0, "fate": "killed", "fate_s": 130.0, "first_detected_s": 10.0, "first_tracked_s": 30.0, "shots": 1},
    RAID | {"target": 1, "fate": "leaked", "fate_s": 200.0, "reason": "missed", "first_detected_s": 20.0, "first_tracked_s": 40.0},
    RAID | {"target": 2, "fate": "leaked", "fate_s": 210.0, "reason": "no channel", "first_detected_s": 20.0, "first_tracked_s": 40.0},
    RAID | {"target": 3, "fate": "survived", "fate_s": 220.0, "reason": "never detected"},
    RAID | {"target": 4, "fate": "not released"},
]
EVENTS = [
    {"time_s": 30.0, "kind": "track confirmed", "target": 0, "track": 1, "picture": 1},
    {"time_s": 36.0, "kind": "track confirmed", "target": 0, "track": 7, "picture": 0},  # told to the battery 6 s later
    {"time_s": 40.0, "kind": "track confirmed", "target": 1, "track": 1, "picture": 0},  # another track 1: pictures count for themselves
    {"time_s": 50.0, "kind": "engagement", "unit": "Battery", "track": 7, "picture": 0},
    {"time_s": 62.0, "kind": "approved", "unit": "Battery", "track": 7, "picture": 0},
]
SHOT = {"unit": "Battery", "interceptor": "pac-3-mse"}
SHOTS = [
    SHOT | {"shot": 0, "track": 7, "decided_s": 50.0, "launched_s": 70.0, "intercept_s": 130.0, "target": 0, "outcome": "kill"},
    SHOT | {"shot": 1, "track": 1, "decided_s": 60.0, "launched_s": 75.0, "intercept_s": 120.0, "target": 0, "outcome": "miss"},
    SHOT | {"shot": 2, "track": 1, "decided_s": 60.0, "launched_s": 80.0, "intercept_s": 140.0, "target": 1, "outcome": "in flight"},
]
SENSORS = [{"sensor": 0, "name": "Battery radar", "side": "blue", "unit": "Battery"}]


def made() -> dict[str, dict[str, np.ndarray]]:
    rows = {"targets": TARGETS, "events": EVENTS, "shots": SHOTS, "sensors": SENSORS}
    return {name: table(name, every) for name, every in rows.items()}


def test_each_target_passes_its_stages() -> None:
    chain = check("chain", kill_chain(made()))
    assert list(chain["target"]) == [0, 1, 2, 3]  # what was never released has no chain
    first = [float(chain[f"{stage}_s"][0]) for stage in STAGES]
    assert first == [10.0, 30.0, 30.0, 36.0, 50.0, 62.0, 70.0, 130.0]
    # the second's track is the battery's own number 1, whatever its rounds met; the first of its salvo counts
    second = [float(chain[f"{stage}_s"][1]) for stage in STAGES]
    assert second[:5] == [20.0, 40.0, 40.0, 40.0, 60.0]
    assert np.isnan(second[5])
    assert second[6:] == [75.0, 120.0]
    assert all(np.isnan(chain[f"{stage}_s"][3]) for stage in STAGES)
    told = kill_chain(made(), "modelled")["identified_s"]
    assert told[0] == 50.0  # nothing was answered: known when it was decided
    assert np.isnan(told[2])


def test_delays_add_up() -> None:
    budget = latency_budget(kill_chain(made()))
    assert {name: one["number"] for name, one in budget.items()} == {
        "sensing": 2, "link": 2, "decision": 2, "approval": 1, "launch": 2, "flight": 2,
    }  # fmt: skip
    medians = {name: one["median_s"] for name, one in budget.items()}
    assert medians == {"sensing": 20.0, "link": 3.0, "decision": 17.0, "approval": 12.0, "launch": 11.5, "flight": 52.5}
    assert budget["link"]["p95_s"] == pytest.approx(0.95 * 6.0)


def test_causes_have_shares() -> None:
    tables = made()
    assert attribution(tables["targets"], tables["sensors"]) == {
        "missed": {"number": 1, "share": 0.3333},
        "never detected": {"number": 1, "share": 0.3333},
        "no channel": {"number": 1, "share": 0.3333},
    }


def test_use_counts_what_is_under_way() -> None:
    use = check("use", use_of_units(made()["shots"], {"Battery": 8}, 200.0))
    at = {int(t): k for k, t in enumerate(use["time_s"])}
    assert [int(use["engagements"][at[t]]) for t in (49, 50, 60, 129, 130, 140)] == [0, 1, 2, 2, 1, 0]
    assert [int(use["flying"][at[t]]) for t in (69, 70, 75, 80, 120, 140)] == [0, 1, 2, 3, 2, 0]
    assert [int(use["left"][at[t]]) for t in (0, 70, 200)] == [8, 7, 5]
    most = most_in_use(use, {"Battery": (2, 4)})["Battery"]
    assert (most["engagements_most"], most["flying_most"], most["fired"], most["left"]) == (2, 3, 3, 5)
    assert most["target_channels_full"] == pytest.approx(70.0 / 201.0, abs=1e-4)
    assert most["missile_channels_full"] == 0.0
