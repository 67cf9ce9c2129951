"""Scenario to Model: names, degrees and kilometres end here; everything that no replicate changes is computed once."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dowding.catalogue import Entry
from dowding.catalogue.schema import TARGET_CLASSES
from dowding.model.bundles import Assets, Compiled, Interceptors, Model, Names, Settings, Units
from dowding.model.flying import members_of, paths_of, targets_of
from dowding.model.placing import PlacedRadar, column, geometry_of, placed_radars, sensors_of, tables_of
from dowding.physics import flyout, geodesy
from dowding.physics.geodesy import Frame
from dowding.scenario import Doctrine, Resolved, ResolvedFireUnit, Scenario, resolve
from dowding.tracking.picture import TrackerConfig
from dowding.tracking.tracker import make_config

DECISION_INTERVAL_S = 1.0  # assumed: a fire unit reviews its picture once a second
ACQUISITION_BASKET_M = 2000.0  # assumed: an interceptor finds its target if the track is no further off than this
RANGE_RATE_SPAN_MPS = 2000.0  # width of the range rates among which false alarms are spread


def _theatre_positions(frame: Frame, places: Sequence[tuple[float, float, float]]) -> Any:
    radians = [(math.radians(lat), math.radians(lon), height) for lat, lon, height in places]
    return geodesy.geodetic_to_theatre_many(frame, np.array(radians, dtype=np.float64).reshape(len(places), 3))


def _assets(frame: Frame, resolved: Resolved, sides: Sequence[str]) -> Assets:
    return Assets(
        _theatre_positions(frame, [(a.lat_deg, a.lon_deg, a.altitude_m) for a in resolved.assets]),
        column(resolved.assets, lambda a: a.radius_km * 1e3),
        np.array([sides.index(a.side) for a in resolved.assets], dtype=np.int64),
    )


def _decay(entry: Entry) -> float:
    return flyout.decay_for(
        float(entry.value("speed_max_mps")),
        float(entry.value("boost_time_s")),
        float(entry.value("range_max_km")) * 1e3,
        float(entry.value("speed_end_mps")),
    )


def _interceptors(entries: Sequence[Entry]) -> Interceptors:
    def figures(key: str, scale: float = 1.0, default: float | None = None) -> Any:
        return column(entries, lambda e: float(e.value(key) if default is None else e.get(key, default)) * scale)

    kill = [[float(e.value(f"kill_probability_{name}")) for name in TARGET_CLASSES] for e in entries]
    return Interceptors(
        figures("range_min_km", 1e3),
        figures("range_max_km", 1e3),
        figures("range_max_ballistic_km", 1e3, 0.0),
        figures("altitude_min_m"),
        figures("altitude_max_km", 1e3),
        figures("speed_max_mps"),
        figures("boost_time_s"),
        column(entries, _decay),
        figures("target_speed_max_mps"),
        np.array(kill, dtype=np.float64).reshape(len(entries), len(TARGET_CLASSES)),
    )


def _salvo(doctrine: Doctrine) -> list[int]:
    return [0 if doctrine.weapon_state == "hold" else int(getattr(doctrine.salvo, name)) for name in TARGET_CLASSES]


def _rows(width: int, lists: Sequence[Sequence[int]]) -> Any:
    """Lists of row numbers as one array, padded with -1."""
    out = np.full((len(lists), width), -1, dtype=np.int64)
    for row, values in enumerate(lists):
        out[row, : len(values)] = values
    return out


def _units(frame: Frame, resolved: Resolved, placed: Sequence[PlacedRadar], sides: Sequence[str], pictures: dict[str, int]) -> Units:
    units = resolved.fire_units
    doctrines = [resolved.doctrines[u.doctrine] for u in units]
    radars = [[row for row, p in enumerate(placed) if p.unit == number and p.role == "engagement"] for number in range(len(units))]
    kinds = [len(u.interceptors) for u in units]
    first = np.concatenate([[0], np.cumsum(kinds)]).astype(int)
    owned = [list(range(first[k], first[k] + kinds[k])) for k in range(len(units))]
    widest = max(kinds, default=1)
    rounds = _rows(widest, [[count for _, count in u.interceptors] for u in units])

    def whole(value: Callable[[ResolvedFireUnit], int]) -> Any:
        return np.array([value(u) for u in units], dtype=np.int64)

    def figures(key: str) -> Any:
        return column(units, lambda u: float(u.system.value(key)))

    return Units(
        position=_theatre_positions(frame, [(u.lat_deg, u.lon_deg, u.ground_altitude_m) for u in units]),
        ground=column(units, lambda u: u.ground_altitude_m),
        side=whole(lambda u: sides.index(u.side)),
        picture=whole(lambda u: pictures[u.side]),
        target_channels=whole(lambda u: int(u.system.value("target_channels"))),
        missile_channels=whole(lambda u: int(u.system.value("missile_channels"))),
        reaction_time=figures("reaction_time_s"),
        launch_interval=figures("launch_interval_s"),
        kill_assessment=figures("kill_assessment_s"),
        decision_interval=np.full(len(units), DECISION_INTERVAL_S),
        radars=_rows(max((len(r) for r in radars), default=1), radars),
        interceptor=_rows(widest, owned),
        rounds=np.maximum(rounds, 0),
        salvo=np.array([_salvo(d) for d in doctrines], dtype=np.int64).reshape(len(units), len(TARGET_CLASSES)),
        shots_max=np.array([d.shots_max for d in doctrines], dtype=np.int64),
        look=np.array([d.mode == "shoot-look-shoot" for d in doctrines], dtype=np.bool_),
        smallest=np.array([d.missile_choice == "smallest" for d in doctrines], dtype=np.bool_),
        kill_probability_min=column(doctrines, lambda d: d.kill_probability_min),
    )


def _tracker(frame: Frame, resolved: Resolved) -> TrackerConfig:
    options = resolved.tracker
    return make_config(
        frame.earth_centre,
        frame.spin_axis,
        confirm_hits=options.confirm_hits,
        confirm_window=options.confirm_window,
        delete_misses=options.delete_misses,
        gate_probability=options.gate_probability,
        max_speed=options.speed_max_mps,
        effective_earth_factor=resolved.theatre.effective_earth_factor,
    )


def _names(resolved: Resolved, placed: Sequence[PlacedRadar], sides: Sequence[str], flight_of: Sequence[int]) -> Names:
    return Names(
        sides=tuple(sides),
        assets=tuple(a.name for a in resolved.assets),
        sensors=tuple(p.name for p in placed),
        sensor_entries=tuple(p.entry.id for p in placed),
        units=tuple(u.name for u in resolved.fire_units),
        systems=tuple(u.system.id for u in resolved.fire_units),
        interceptors=tuple(entry.id for u in resolved.fire_units for entry, _ in u.interceptors),
        flights=tuple(f.name for f in resolved.flights),
        flight_of=tuple(flight_of),
        entries=tuple(f.target.id for f in resolved.flights),
    )


def compile_scenario(scenario: Scenario | Resolved) -> Compiled:
    """The model of a scenario; raises ScenarioError where its geometry cannot be flown."""
    resolved = scenario if isinstance(scenario, Resolved) else resolve(scenario)
    origin = resolved.theatre.origin
    frame = geodesy.theatre_frame(math.radians(origin.lat_deg), math.radians(origin.lon_deg))
    sides = ("blue", "red")
    placed = placed_radars(resolved)
    pictures = {side: k for k, side in enumerate(s for s in sides if any(p.side == s for p in placed))}
    members = members_of(frame, resolved)
    paths, spans = paths_of(members)
    model = Model(
        frame=frame,
        settings=Settings(
            float(resolved.duration_s), float(resolved.output.truth_interval_s), float(resolved.theatre.effective_earth_factor),
            max(len(pictures), 1), ACQUISITION_BASKET_M,
        ),
        geometry=geometry_of(frame, placed, RANGE_RATE_SPAN_MPS),
        sensors=sensors_of(placed, sides, pictures),
        tables=tables_of(placed),
        targets=targets_of(resolved, members, spans, placed, sides),
        paths=paths,
        assets=_assets(frame, resolved, sides),
        interceptors=_interceptors([entry for u in resolved.fire_units for entry, _ in u.interceptors]),
        units=_units(frame, resolved, placed, sides, pictures),
        tracker=_tracker(frame, resolved),
    )  # fmt: skip
    return Compiled(model, _names(resolved, placed, sides, [m.flight for m in members]), resolved)
