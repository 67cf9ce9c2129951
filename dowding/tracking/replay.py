"""A table of detections into a table of tracks, dwell by dwell, as the engine does it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dowding.tracking.picture import FREE, UPDATED_NOW, SensorGeometry, TrackerConfig
from dowding.tracking.tracker import Tracker, TrackerError, fill_detections

COLUMNS = {
    "time": "time_s", "range": "range_m", "azimuth": "azimuth_rad", "elevation": "elevation_rad", "range_rate": "range_rate_mps",
    "sigma_range": "sigma_range_m", "sigma_azimuth": "sigma_azimuth_rad", "sigma_elevation": "sigma_elevation_rad",
    "sigma_range_rate": "sigma_range_rate_mps", "identity": "identity",
}  # fmt: skip


def track_detections(
    detections: Mapping[str, ArrayLike],
    sensors: SensorGeometry,
    config: TrackerConfig,
    dwells: Mapping[str, ArrayLike] | None = None,
    capacity: int = 8192,
) -> dict[str, NDArray[Any]]:
    """Track a whole table of detections; returns columns with one row for each update of a track.

    detections: columns time_s, sensor, range_m, azimuth_rad, sigma_range_m, sigma_azimuth_rad, and where measured elevation_rad,
    range_rate_mps with their sigmas; `dwell` and `number` if known, and `identity`, the number of the one told, -1 for none.
    dwells: columns dwell, time_s (end), sensor, azimuth_start_rad, azimuth_end_rad, in the order they were made, empty ones included,
    and for sensors that move boresight_rad and their place and velocity (sensor_east_m ..., sensor_velocity_east_mps ...) at time_s;
    without it a dwell is one period of a sensor, all round.
    With both tables of a run the tracks are those of the run to the last bit. Raises TrackerError.
    """
    missing = {"time_s", "sensor", "range_m", "azimuth_rad", "sigma_range_m", "sigma_azimuth_rad"} - set(detections)
    if missing:
        raise TrackerError(f"detections lack the column {sorted(missing)[0]}")
    table = {name: np.asarray(column) for name, column in detections.items()}
    if dwells is None:
        table, cuts = dwells_of_periods(table, sensors)
    elif "dwell" not in table:
        raise TrackerError("detections lack the column dwell, which the table of dwells needs")
    else:
        cuts = {name: np.asarray(column) for name, column in dwells.items()}
    order = np.argsort(table["dwell"], kind="stable")
    sorted_dwell = table["dwell"][order]
    first = np.searchsorted(sorted_dwell, cuts["dwell"], "left")
    last = np.searchsorted(sorted_dwell, cuts["dwell"], "right")
    tracker = Tracker(config, sensors, capacity, int(max((last - first).max(initial=0), 1)))
    numbers = np.asarray(table.get("number", np.arange(len(order))), np.int64)
    log: dict[str, list[Any]] = {name: [] for name in ("dwell", *ROW)}
    for k in range(len(cuts["dwell"])):
        rows = order[first[k] : last[k]]
        columns: dict[str, ArrayLike] = {name: table[key][rows] for name, key in COLUMNS.items() if key in table}
        tracker.count = fill_detections(tracker.detections, columns | {"number": numbers[rows]})
        move_sensor(tracker, cuts, k)
        azimuths = float(cuts["azimuth_start_rad"][k]), float(cuts["azimuth_end_rad"][k])
        tracker.run(float(cuts["time_s"][k]), int(cuts["sensor"][k]), *azimuths)
        for name, values in updated_rows(tracker).items():
            log[name].append(values)
        log["dwell"].append(np.full(len(log["track"][-1]), cuts["dwell"][k]))
    return {name: np.concatenate(parts) if parts else np.zeros(0) for name, parts in log.items()}


def move_sensor(tracker: Tracker, cuts: Mapping[str, NDArray[Any]], k: int) -> None:
    """Put the sensor of dwell `k` where it was, if it flies."""
    sensor = int(cuts["sensor"][k])
    if tracker.sensors.moves[sensor]:
        if "sensor_east_m" not in cuts:
            raise TrackerError(f"sensor {sensor} moves, so the dwells must say where it was", hint="give the table of dwells of the run")
        place = [float(cuts[f"sensor_{axis}_m"][k]) for axis in AXES]
        velocity = [float(cuts[f"sensor_velocity_{axis}_mps"][k]) for axis in AXES]
        tracker.move(sensor, place, velocity, float(cuts["time_s"][k]))
        tracker.sensors.boresight[sensor] = float(cuts["boresight_rad"][k])


AXES = ("east", "north", "up")
ROW = ("track", "time_s", "status", "state", "covariance", "mode", "sensor", "detection", "score", "nis", "nis_dimension", "identity")


def updated_rows(tracker: Tracker) -> dict[str, NDArray[Any]]:
    """Columns of the tracks that the last dwell updated or started, in the order of their detections.

    state (row, 6) and covariance (row, 6, 6) are in theatre m and m/s, mode (row, model) are the models' probabilities.
    """
    bank = tracker.bank
    slots = bank.slots["updated"][: bank.counters[UPDATED_NOW]]
    slots = slots[bank.track["status"][slots] != FREE]
    slots = slots[np.argsort(bank.track["last_detection"][slots], kind="stable")]
    track = bank.track[slots]
    values = (
        track["id"], track["time"], track["status"], bank.state[slots], bank.covariance[slots], bank.mode[slots], track["last_sensor"],
        track["last_detection"], track["score"], track["nis"], track["nis_dimension"], track["identity"],
    )  # fmt: skip
    return dict(zip(ROW, values, strict=True))


def dwells_of_periods(table: dict[str, NDArray[Any]], sensors: SensorGeometry) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """Number the detections by period of their sensor: the table with `dwell`, and the dwells in order of their ends."""
    sensor = table["sensor"].astype(np.int64)
    period = np.floor(table["time_s"] / sensors.period[sensor]).astype(np.int64)
    keys, index = np.unique(np.stack([period, sensor], 1), axis=0, return_inverse=True)
    end = np.full(len(keys), -np.inf)
    np.maximum.at(end, index.ravel(), table["time_s"])
    order = np.argsort(end, kind="stable")
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys))
    whole = np.full(len(keys), np.pi)
    cuts = {
        "dwell": np.arange(len(keys)), "time_s": end[order], "sensor": keys[order, 1],
        "azimuth_start_rad": -whole, "azimuth_end_rad": whole,
    }  # fmt: skip
    return table | {"dwell": rank[index.ravel()]}, cuts
