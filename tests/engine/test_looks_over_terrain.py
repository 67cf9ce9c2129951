"""Looks over terrain against the slow twin of `verification.over_terrain`, which walks every path anew: compiled, and as plain Python."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from verification.over_terrain import CASES, compare

ROOT = Path(__file__).resolve().parent.parent.parent
PLAIN = """
import json
import numpy as np
from verification.over_terrain import compare
c = compare("Erzurum", 40, 25.0, 500.0, 8, clutter=True)
ours, theirs = c.both("snr_db")
print(json.dumps([len(ours), bool(c.same[c.clear].all()), float(np.quantile(abs(ours - theirs), 0.9))]))
"""


@pytest.mark.parametrize("name", ["rays, clutter", "bending"])
def test_looks_are_the_slow_twins(name: str) -> None:
    case = CASES[name]
    c = compare("Erzurum", 100, case.reach_km, case.top_m, 11, **case.theatre)
    ours, theirs = (np.array([answer.probability for answer in side]) for side in (c.ours, c.theirs))
    assert (abs(ours - theirs) < 0.02).mean() >= 0.95
    if name != "bending":
        assert c.same[c.clear].all()
    away = np.abs(np.subtract(*c.both("snr_db")))
    assert len(away) > 25
    assert np.median(away) < case.middle_db
    assert np.quantile(away, 0.95) < case.far_db
    for field, tolerance in (("range_m", 0.5), ("azimuth_rad", 1e-6), ("range_rate_mps", 1e-3)):
        assert np.subtract(*c.both(field)) == pytest.approx(0.0, abs=tolerance)


def test_clutter_is_in_it() -> None:
    case = CASES["rays, clutter"]
    with_it, without = (compare("Erzurum", 60, case.reach_km, case.top_m, 5, clutter=on).both("snr_db") for on in (True, False))
    taken = without[0] - with_it[0]
    assert (taken > 3.0).sum() >= 5  # dB
    assert taken == pytest.approx(without[1] - with_it[1], abs=1.5)


def test_plain_python_says_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN], capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | {"NUMBA_DISABLE_JIT": "1"}
    )
    assert done.returncode == 0, done.stderr
    seen, same, away = json.loads(done.stdout)
    assert seen > 15
    assert same
    assert away < 0.5
