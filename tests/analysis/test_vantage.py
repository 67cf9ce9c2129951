"""Where detections were made from: against pymap3d, for a sensor that stands and one that flies."""

import numpy as np
import pymap3d
import pytest
from synthetic_run import ORIGIN, place, sensor_rows, table

from dowding.analysis.vantage import places, vantage
from dowding.tables import Tables, empty

AIR = (40.7, 31.5, 9000.0)  # where the flying sensor is at its dwell's end
SPEED = np.array([150.0, -80.0, 2.0])


def tables(flying: bool) -> Tables:
    sensor = sensor_rows()[0] | {"moves": flying}
    where = place(*AIR, "sensor_") | {f"sensor_velocity_{a}_mps": v for a, v in zip(("east", "north", "up"), SPEED, strict=True)}
    dwell = {"dwell": 7, "sensor": 0, "start_s": 99.0, "end_s": 100.0} | where
    rows = [{"detection": 0, "dwell": 7, "sensor": 0, "time_s": 99.4, "range_m": 8e4, "azimuth_rad": 1.1, "elevation_rad": 0.05}]
    rows.append(rows[0] | {"detection": 1, "elevation_rad": np.nan})
    return Tables({"sensors": table("sensors", [sensor]), "dwells": table("dwells", [dwell]), "detections": table("detections", rows)})


@pytest.mark.parametrize("flying", [False, True])
def test_against_pymap3d(flying):
    run = tables(flying)
    sensor = run["sensors"]
    stands = AIR if flying else tuple(float(sensor[n][0]) for n in ("latitude_deg", "longitude_deg", "altitude_m"))
    carried = -0.6 * SPEED if flying else np.zeros(3)
    for row, elevation in ((0, np.degrees(0.05)), (1, 0.0)):
        there = pymap3d.aer2geodetic(np.degrees(1.1), elevation, 8e4, *stands)
        wanted = np.array(pymap3d.geodetic2enu(*there, *ORIGIN)) + carried
        np.testing.assert_allclose(places(run, np.array([row]))[0], wanted, atol=0.05)
    stood, turned = vantage(run, np.array([0]))
    np.testing.assert_allclose(stood[0], np.array(pymap3d.geodetic2enu(*stands, *ORIGIN)) + carried, atol=0.02)
    np.testing.assert_allclose(turned[0] @ turned[0].T, np.eye(3), atol=1e-12)


def test_no_detections():
    run = Tables({name: empty(name) for name in ("sensors", "dwells", "detections")})
    assert places(run, np.empty(0, int)).shape == (0, 3)
