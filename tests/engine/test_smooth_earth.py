"""Lobes and shadow in a run: the difference that the smooth earth makes to each look is the textbook's factor."""

import math
from typing import Any

import numpy as np
from replicates import world

from dowding.model import Compiled
from dowding.model.placing import placed_radars, surface_of
from dowding.physics.lobing import propagation_factor, two_ray_geometry
from dowding.simulation import simulate
from dowding.tables import Tables
from verification import independent as other


def low_flyer(propagation: str, **theatre: Any) -> tuple[Compiled, Tables]:
    """A big aircraft that comes in at 300 m over the sea."""
    origin = {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}
    post = {"name": "Post", "radar": "91n6e", "lat_deg": 40.0, "lon_deg": 33.0}
    route = [{"lat_deg": 41.5, "lon_deg": 33.0, "altitude_m": 300.0}, {"lat_deg": 40.1, "lon_deg": 33.0}]
    flight = {"name": "F", "target": "b-52", "speed_mps": 200.0, "route": route}
    there = origin | {"propagation": propagation, "surface": "sea", "sea_state": 1} | theatre
    compiled = world(duration_s=900.0, theatre=there, sensor=[post], flight=[flight])
    return compiled, simulate(compiled, looks=True)


def test_each_look_has_the_textbook_s_factor() -> None:
    compiled, smooth = low_flyer("diffraction")
    _, plain = low_flyer("geometric")
    looks, sensors, resolved = smooth["looks"], smooth["sensors"], compiled.resolved
    both, mine, theirs = np.intersect1d(looks["time_s"], plain["looks"]["time_s"], return_indices=True)
    assert len(both) > 25
    gained = looks["mean_snr_db"][mine] - plain["looks"]["mean_snr_db"][theirs]
    position, velocity = other.Truth(smooth["truth"]).at(looks["target"][mine], both)
    place = (sensors["latitude_deg"][0], sensors["longitude_deg"][0], sensors["altitude_m"][0])
    seen = other.see(resolved.theatre.origin, *place, 4.0 / 3.0, position, velocity)
    s, radius, mast = surface_of(placed_radars(resolved)[0], resolved.theatre), 4.0 / 3.0 * 6370e3, float(sensors["altitude_m"][0])
    errors = []
    for ground, horizon, gain in zip(seen.ground_m, seen.horizon_m, gained, strict=True):
        if not ground < 0.98 * horizon:
            continue
        axis = max(0.5 * s.beamwidth, two_ray_geometry(ground, mast, 300.0, radius)[3])
        given = (s.wavelength, s.permittivity, 0, s.deviation, s.admittance, axis, s.beamwidth, s.side_lobe)
        factor = 40.0 * math.log10(propagation_factor(ground, mast, 300.0, radius, *given))
        if factor > -10.0:  # a null moves with every metre
            errors.append(abs(factor - gain))
    assert len(errors) > 15
    assert np.median(errors) < 0.1
    assert max(errors) < 1.0
    assert gained.max() > 6.0  # dB, a lobe
    assert gained.min() < -10.0  # near the horizon


def test_looks_go_on_below_the_horizon_and_fade() -> None:
    _, smooth = low_flyer("diffraction")
    _, plain = low_flyer("geometric")
    far = plain["looks"]["range_m"].max()
    beyond = smooth["looks"]["range_m"] > far + 1e3
    assert beyond.sum() >= 3
    order = np.argsort(smooth["looks"]["range_m"][beyond])
    assert (np.diff(smooth["looks"]["mean_snr_db"][beyond][order]) < 0.0).all()
