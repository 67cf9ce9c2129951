"""Scenario to Model: names, degrees and kilometres end here; everything that no replicate changes is computed once."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dowding.catalogue import Entry
from dowding.catalogue.schema import TARGET_CLASSES
from dowding.model.bundles import ASSET, INTERCEPTOR, UNIT, Compiled, Defence, Flights, Model, Names, Network, Records, Settings
from dowding.model.cluttering import clutter_of
from dowding.model.commanding import command_arrays, command_fields, ranks
from dowding.model.emitting import emitters_of, identities_of
from dowding.model.flying import jammers_of, members_of, targets_of
from dowding.model.following import tracker_config
from dowding.model.hitting import objects_of
from dowding.model.identifying import MODELLED, identity_sides, zones_of
from dowding.model.keeping import Kept, Same
from dowding.model.networking import fails_of, network_of, pictures_of
from dowding.model.placing import PlacedRadar, filled, geometry_of, horizons_of, placed_radars, sensors_of
from dowding.model.releasing import released_members
from dowding.model.sighting import hidden_spans
from dowding.model.touring import begin_tours, tour_rows, tours_of
from dowding.model.turning import all_turns, flown_paths
from dowding.physics import flyout, geodesy
from dowding.physics.geodesy import Frame
from dowding.physics.horizon import ground_of
from dowding.scenario import Doctrine, Resolved, Scenario, resolve
from dowding.scenario.linked import end_of
from dowding.scenario.resolved import standing_of

DECISION_INTERVAL_S = 1.0  # assumed: a fire unit reviews its picture once a second
ACQUISITION_BASKET_M = 1000.0  # assumed: an interceptor finds its target if the track is no further off than this
FULL_TO, HIGH_FROM, LOW_M = 0.5, 2.0 / 3.0, 500.0  # assumed: where kill probability begins to fall towards an edge that lowers it


def _theatre_positions(frame: Frame, places: Sequence[tuple[float, float, float]]) -> Any:
    radians = [(math.radians(lat), math.radians(lon), height) for lat, lon, height in places]
    return geodesy.geodetic_to_theatre_many(frame, np.array(radians, dtype=np.float64).reshape(len(places), 3))


def _assets(frame: Frame, resolved: Resolved, sides: Sequence[str]) -> Records:
    defended = [each for each in standing_of(resolved) if each.value > 0.0 and not each.flies]
    places = _theatre_positions(frame, [(each.lat_deg, each.lon_deg, each.altitude_m) for each in defended])
    found = ranks([(each.side, each.priority) for each in defended])
    rank = {id(each): row for each, row in zip(defended, found, strict=True)}
    return filled(
        ASSET,
        list(zip(defended, places, strict=True)),
        {
            "x": lambda row: row[1][0],
            "y": lambda row: row[1][1],
            "z": lambda row: row[1][2],
            "radius": lambda row: row[0].radius_m,
            "priority": lambda row: row[0].priority,
            "rank": lambda row: rank[id(row[0])],
            "side": lambda row: sides.index(row[0].side),
        },
    )


def _decay(entry: Entry) -> float:
    return flyout.decay_for(
        entry.number("speed_max_mps"),
        entry.number("boost_time_s"),
        entry.number("range_max_km") * 1e3,
        entry.number("speed_end_mps"),
    )


def _flight_time(entry: Entry) -> float:
    """Seconds to the longest of an interceptor's reaches."""
    reach_km = max(entry.number("range_max_km"), entry.number("range_max_ballistic_km", 0.0))
    return flyout.time_of_flight(reach_km * 1e3, entry.number("speed_max_mps"), entry.number("boost_time_s"), _decay(entry))


def _interceptors(entries: Sequence[Entry]) -> tuple[Records, Any]:
    """The interceptors and their kill probabilities (interceptor, class)."""

    def figure(key: str, scale: float = 1.0, default: float | None = None) -> Callable[[Entry], float]:
        return lambda e: e.number(key, default) * scale

    interceptors = filled(
        INTERCEPTOR,
        entries,
        {
            "range_min": figure("range_min_km", 1e3),
            "range_max": figure("range_max_km", 1e3),
            "range_max_ballistic": figure("range_max_ballistic_km", 1e3, 0.0),
            "altitude_min": figure("altitude_min_m"),
            "altitude_max": figure("altitude_max_km", 1e3),
            "speed_max": figure("speed_max_mps"),
            "boost_time": figure("boost_time_s"),
            "decay": _decay,
            "flight_time": _flight_time,
            "target_speed_max": figure("target_speed_max_mps"),
            "far_from": lambda e: min(e.number("kill_far_from_km", FULL_TO * e.number("range_max_km")) / e.number("range_max_km"), 1.0),
            "far_factor": figure("kill_factor_far", 1.0, 1.0),
            "low_below": figure("kill_low_below_m", 1.0, LOW_M),
            "low_factor": figure("kill_factor_low", 1.0, 1.0),
            "high_from": lambda e: e.number("kill_high_from_km", HIGH_FROM * e.number("altitude_max_km")) * 1e3,
            "high_factor": figure("kill_factor_high", 1.0, 1.0),
            "crossing_factor": figure("kill_factor_crossing", 1.0, 1.0),
            "receding_factor": lambda e: e.number("kill_factor_receding", e.number("kill_factor_crossing", 1.0)),
            "unguided_factor": figure("kill_factor_unguided", 1.0, 0.0),
            "basket": figure("basket_m", 1.0, ACQUISITION_BASKET_M),
        },
    )
    kill = [[e.number(f"kill_probability_{name}") for name in TARGET_CLASSES] for e in entries]
    return interceptors, np.array(kill, dtype=np.float64).reshape(len(entries), len(TARGET_CLASSES))


def _salvo(doctrine: Doctrine) -> list[int]:
    return [0 if doctrine.weapon_state == "hold" else int(getattr(doctrine.salvo, name)) for name in TARGET_CLASSES]


def _rows(width: int, lists: Sequence[Sequence[int]]) -> Any:
    """Lists of row numbers as one array, padded with -1."""
    out = np.full((len(lists), width), -1, dtype=np.int64)
    for row, values in enumerate(lists):
        out[row, : len(values)] = values
    return out


def _units(frame: Frame, resolved: Resolved, sides: Sequence[str], pictures: Mapping[str, int], network: Network) -> Records:
    """The fire units, (unit,) UNIT; `pictures` says by name which picture they fight by."""
    remote = {name for link in resolved.links if link.mode == "engage-on-remote" for name in link.members}
    units = resolved.fire_units
    places = _theatre_positions(frame, [(u.lat_deg, u.lon_deg, u.ground_altitude_m) for u in units])
    rows = [(u, place, resolved.doctrines[u.doctrine]) for u, place in zip(units, places, strict=True)]

    def figure(key: str) -> Callable[[Any], float]:
        return lambda row: row[0].system.number(key)

    return filled(
        UNIT,
        rows,
        {
            "x": lambda row: row[1][0],
            "y": lambda row: row[1][1],
            "z": lambda row: row[1][2],
            "ground": lambda row: row[0].ground_altitude_m,
            "side": lambda row: sides.index(row[0].side),
            "picture": lambda row: pictures[row[0].name],
            "target_channels": figure("target_channels"),
            "missile_channels": figure("missile_channels"),
            "reaction_time": figure("reaction_time_s"),
            "launch_interval": figure("launch_interval_s"),
            "kill_assessment": figure("kill_assessment_s"),
            "decision_interval": lambda row: DECISION_INTERVAL_S,
            "shots_max": lambda row: row[2].shots_max,
            "look": lambda row: row[2].mode == "shoot-look-shoot",
            "smallest": lambda row: row[2].missile_choice == "smallest",
            "kill_probability_min": lambda row: row[2].kill_probability_min,
            "tight": lambda row: row[2].weapon_state == "tight",
            "off": lambda row: end_of(row[0].fails_s),
            "remote": lambda row: int(row[0].name in remote),
            **command_fields(resolved, network),
        },
    )


def _silent_until(resolved: Resolved, placed: PlacedRadar) -> float:
    """From when (s) doctrine lets a radar radiate."""
    if placed.unit < 0 or placed.role != "engagement":
        return -math.inf
    return resolved.doctrines[resolved.fire_units[placed.unit].doctrine].radiate_from_s or -math.inf


def _unit_radars(resolved: Resolved, placed: Sequence[PlacedRadar]) -> Any:
    engagement = [(row, p.unit) for row, p in enumerate(placed) if p.role == "engagement"]
    radars = [[row for row, owner in engagement if owner == unit] for unit in range(len(resolved.fire_units))]
    return _rows(max((len(r) for r in radars), default=1), radars)


def _magazines(resolved: Resolved) -> tuple[Any, Any]:
    """Each unit's interceptor rows and ready rounds, (unit, kind); a unit's interceptors are rows of its own."""
    units = resolved.fire_units
    kinds = [len(u.interceptors) for u in units]
    first = [sum(kinds[:k]) for k in range(len(kinds))]
    widest = max(kinds, default=1)
    owned = _rows(widest, [list(range(start, start + n)) for start, n in zip(first, kinds, strict=True)])
    return owned, np.maximum(_rows(widest, [[count for _, count in u.interceptors] for u in units]), 0)


def _names(
    resolved: Resolved, placed: Sequence[PlacedRadar], sides: Sequence[str], flight_of: Sequence[int], told: tuple[str, ...],
    pictures: tuple[str, ...],
) -> Names:  # fmt: skip
    return Names(
        sides=tuple(sides),
        objects=tuple(each.name for each in standing_of(resolved)),
        sensors=tuple(p.name for p in placed),
        sensor_entries=tuple(p.entry.id for p in placed),
        units=tuple(u.name for u in resolved.fire_units),
        interceptors=tuple(entry.id for u in resolved.fire_units for entry, _ in u.interceptors),
        flights=tuple(f.name for f in resolved.flights),
        flight_of=tuple(flight_of),
        entries=tuple(f.target.id for f in resolved.flights),
        identities=told,
        pictures=pictures,
    )


def _settings(resolved: Resolved, pictures: int) -> Settings:
    return Settings(
        duration=float(resolved.duration_s),
        truth_interval=float(resolved.output.truth_interval_s),
        effective_earth_factor=float(resolved.theatre.effective_earth_factor),
        pictures=max(pictures, 1),
        friends_seen=int(resolved.identification.mode == MODELLED),
        reply_probability=float(resolved.identification.reply_probability),
    )


def compile_scenario(scenario: Scenario | Resolved, kept: Kept | None = None) -> Compiled:
    """The model of a scenario; raises ScenarioError where its geometry cannot be flown.

    `kept` is a memory that many scenarios share: what was computed for one and is the same for another is taken from there.
    """
    kept = kept or Kept()
    resolved = scenario if isinstance(scenario, Resolved) else resolve(scenario)
    origin = resolved.theatre.origin
    frame = geodesy.theatre_frame(math.radians(origin.lat_deg), math.radians(origin.lon_deg))
    sides = ("blue", "red")
    placed = placed_radars(resolved)
    pictures = pictures_of(resolved, placed, sides)
    elevation, unknown = resolved.elevation, 0.0 if resolved.theatre.unknown_ground == "sea" else math.nan
    land = (Same(elevation), resolved.theatre.unknown_ground)  # with the frame's origin, what paths and horizons see of the ground
    ground = None if elevation is None else kept.get("ground", land, lambda: ground_of(elevation, unknown))
    members = members_of(frame, resolved, ground, kept, (origin.lat_deg, origin.lon_deg, land))
    members = released_members(frame, resolved, members, ground)
    paths, spans, turns, turning = flown_paths(members, all_turns(frame, resolved, members, ground))
    tours = tours_of(frame, resolved, placed, ground)
    ways, facts = tour_rows(tours, placed, [resolved.flights[member.flight].name for member in members])
    sensors, detection, loss = sensors_of(placed, sides, pictures.of, resolved.theatre, facts, kept)
    sensors["off"] = np.minimum(sensors["off"], [end_of(fails_of(resolved, p)) for p in placed])
    sensors["on"] = np.maximum(sensors["on"], [_silent_until(resolved, p) for p in placed])
    geometry = geometry_of(frame, placed)
    begin_tours(frame, geometry, tours)
    flights = [member.flight for member in members]
    emissions, heard, emitting = emitters_of(resolved, flights, placed)
    told = identities_of(resolved, flights)
    identities = tuple(dict.fromkeys(name for name in told if name))
    codes = [identities.index(name) if name else -1 for name in told]
    targets, rcs = targets_of(resolved, members, spans, emitting, codes, turning, placed, sides)
    zones, corners = zones_of(resolved, sides)
    network = network_of(resolved, placed, sensors, pictures, hidden_spans(frame, resolved, placed, tours, ground))
    interceptors, kill_probability = _interceptors([entry for u in resolved.fire_units for entry, _ in u.interceptors])
    unit_interceptors, rounds = _magazines(resolved)
    defence = Defence(
        frame=frame,
        settings=_settings(resolved, len(pictures.names)),
        geometry=geometry,
        sensors=sensors,
        tours=ways,
        horizons=horizons_of(frame, placed, elevation, ground, resolved.theatre, kept),
        detection=detection,
        quiet=np.zeros((0, 3)),
        clutter=clutter_of(placed, resolved.theatre, sensors, kept),
        loss=loss,
        assets=_assets(frame, resolved, sides),
        interceptors=interceptors,
        kill_probability=kill_probability,
        units=_units(frame, resolved, sides, pictures.of, network),
        unit_radars=_unit_radars(resolved, placed),
        unit_interceptors=unit_interceptors,
        rounds=rounds,
        salvo=_rows(len(TARGET_CLASSES), [_salvo(resolved.doctrines[u.doctrine]) for u in resolved.fire_units]),
        **command_arrays(resolved, pictures.of),
        tracker=tracker_config(frame, resolved),
        network=network,
        zones=zones,
        zone_corners=corners,
        identity_side=identity_sides(told, identities, targets["side"]),
    )
    jammers, jam = jammers_of(frame, resolved, members, placed)
    model = Model(defence, Flights(targets, rcs, paths, turns, objects_of(resolved), jammers, emissions, heard, jam))
    return Compiled(model, _names(resolved, placed, sides, flights, identities, pictures.names), resolved)
