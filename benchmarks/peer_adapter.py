"""Dowding's tracker behind the interface of a side-by-side benchmark: a class per tracker with prepare, step and estimates.

The benchmark's frame is flat, with the radar at the origin and azimuth = atan2(y, x): here azimuth is clockwise from the y axis.
"""

from typing import Any

import numpy as np

from dowding.tracking.picture import Records, make_detections
from dowding.tracking.tracker import Tracker, fill_detections, make_config, make_sensors

EARTH = 1e9  # m, the ground is a plane: 10 m lower at the edge
FALSE_ALARM_SPEED = 1_000.0  # m/s, false alarms' range rates are taken as uniform up to it


class Dowding:
    """The tracker with its default settings."""

    options: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, meta: dict[str, Any]) -> None:
        self.meta = meta
        low, high = meta["r_lim"]
        sensors = make_sensors(
            [
                {
                    "height": 0.0, "earth_radius": EARTH, "range_min": low, "range_max": high,
                    "elevation_min": meta["el_lim"][0] - meta["sigma_el"], "elevation_max": meta["el_lim"][1],
                    "period": meta["dt"], "detection_probability": meta["pd"],
                    "clutter_density": max(meta["clutter_density"], 1e-12) / (2.0 * FALSE_ALARM_SPEED),
                }
            ]
        )  # fmt: skip
        self.tracker = Tracker(make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8), **self.options), sensors)
        self.time = 0.0

    def prepare(self, t: float, z: np.ndarray) -> tuple[float, Records, int]:
        meta = self.meta
        count = len(z)
        columns = {
            "time": t, "range": z[:, 0], "azimuth": np.pi / 2 - z[:, 1], "elevation": z[:, 2], "range_rate": z[:, 3],
            "sigma_range": np.full(count, meta["sigma_r"]), "sigma_azimuth": np.full(count, meta["sigma_az"]),
            "sigma_elevation": np.full(count, meta["sigma_el"]), "sigma_range_rate": np.full(count, meta["sigma_rr"]),
        }  # fmt: skip
        records = make_detections(max(count, 1))
        fill_detections(records, columns)
        return t, records, count

    def warm_up(self) -> None:
        z = np.array([[5e4, 0.1, 0.05, -100.0]])
        for k in range(2):
            self.step(self.prepare(float(k), z))
        self.tracker.reset()

    def step(self, scan: tuple[float, Records, int]) -> None:
        t, self.tracker.detections, self.tracker.count = scan
        self.tracker.run(t, 0, -np.pi, np.pi)
        self.time = t

    def estimates(self) -> tuple[list[int], np.ndarray]:
        tracks = self.tracker.tracks(self.time)
        return tracks["id"].tolist(), tracks["state"][:, :3]


class DowdingGNN(Dowding):
    """What the peer's fastest does: one motion model and the best single assignment."""

    options = {  # noqa: RUF012
        "association": "gnn",
        "model_kind": (0,), "noise_lateral": (500.0,), "noise_along": (500.0,), "noise_vertical": (5.0,), "stay_time": (100.0,),
        "share": ((0.0,),), "mode_prior": (1.0,), "speed_sigma": (300.0,), "climb_sigma": (40.0,),
    }  # fmt: skip
