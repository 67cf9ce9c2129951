"""The detection function alone: what it refuses, and that its shortcuts give what the textbook's functions give."""

import math
from pathlib import Path

import numpy as np
import pytest
from replicates import world

from dowding.engine.looking import aspect_of, look
from dowding.model import Model
from dowding.model.propagating import Air
from dowding.physics import clutter
from dowding.physics.detection import detection_probability
from dowding.physics.geodesy import euler_radius, geodetic_to_theatre
from dowding.physics.propagation import apparent_elevation, horizon_distance
from dowding.terrain import Elevation, save_terrain

LATITUDE, LONGITUDE = math.radians(40.0), math.radians(33.0)


@pytest.fixture(scope="module")
def model() -> Model:
    post = {"name": "Post", "radar": "96l6e", "lat_deg": 40.0, "lon_deg": 33.0}
    route = [{"lat_deg": 41.5, "lon_deg": 33.0, "altitude_m": 3000.0}, {"lat_deg": 40.1, "lon_deg": 33.0}]
    theatre = {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}
    return world(duration_s=600.0, theatre=theatre, sensor=[post], flight=[{"name": "F", "target": "f-16", "route": route}]).model


def seen(model: Model, azimuth: float, ground: float, height: float, speed: float = 250.0) -> tuple[float, ...]:
    """One look at a target that flies level at the radar."""
    radius = euler_radius(LATITUDE, azimuth)
    angle = ground / radius
    antenna = float(model.defence.sensors["height"][0])
    out, up = (radius + height) * math.sin(angle), (radius + height) * math.cos(angle) - radius - antenna
    site = geodetic_to_theatre(model.defence.frame, LATITUDE, LONGITUDE, antenna)
    x, y, z = site[0] + out * math.sin(azimuth), site[1] + out * math.cos(azimuth), site[2] + up
    course = (-speed * math.sin(azimuth), -speed * math.cos(azimuth), 0.0)
    d = model.defence
    rcs = np.array([1.0, 10.0, 3.0])
    state = (x, y, z, *course)
    return look(d.geometry, d.sensors, d.detection, d.clutter, d.loss, d.horizons, d.quiet, 4.0 / 3.0, 0, 1, rcs, state, height)


@pytest.mark.parametrize("azimuth", [0.0, 1.0, 3.0, 5.0])
def test_a_look_says_where_the_target_is_and_how_probable_it_is(model: Model, azimuth: float) -> None:
    probability, decibels, distance, bearing, elevation, range_rate = seen(model, azimuth, 100e3, 5000.0)
    assert bearing == pytest.approx(azimuth, abs=1e-6)
    assert distance == pytest.approx(math.hypot(100e3, 5000.0), rel=1e-3)
    assert elevation == pytest.approx(math.atan2(5000.0 - 100e3**2 / (2.0 * 6.37e6), 100e3), abs=3e-4)
    assert range_rate == pytest.approx(-250.0, abs=1.0)
    assert probability == pytest.approx(float(detection_probability(10.0 ** (decibels / 10.0), 1e-6, 10, 1)), abs=5e-5)


def test_the_horizon_is_where_the_earth_has_it(model: Model) -> None:
    antenna = float(model.defence.sensors["height"][0])
    for azimuth in (0.0, 0.8, 2.0):
        edge = horizon_distance(antenna, 300.0, euler_radius(LATITUDE, azimuth), 4.0 / 3.0)
        assert seen(model, azimuth, edge - 5.0, 300.0)[0] > 0.0
        assert seen(model, azimuth, edge + 5.0, 300.0) == (0.0,) * 6


def test_elevation_limits_hold_along_the_bent_ray(model: Model) -> None:
    highest = float(model.defence.geometry.elevation_max[0])
    antenna = float(model.defence.sensors["height"][0])
    heights = np.linspace(5e3, 40e3, 400)
    inside = [seen(model, 1.0, 10e3, float(h))[0] > 0.0 for h in heights]
    radius = euler_radius(LATITUDE, 1.0)
    assert inside == [apparent_elevation(10e3, antenna, float(h), radius, 4.0 / 3.0) <= highest for h in heights]
    assert 0 < sum(inside) < len(inside)


@pytest.mark.parametrize(("ground", "height", "speed"), [(400e3, 20e3, 250.0), (1e3, 10.0, 250.0), (100e3, 5000.0, 5.0)])
def test_too_far_too_near_and_too_slow(model: Model, ground: float, height: float, speed: float) -> None:
    assert seen(model, 1.0, ground, height, speed) == (0.0,) * 6


def test_a_target_where_the_antenna_stands_and_a_lost_one(model: Model) -> None:
    d, rcs = model.defence, np.ones(3)
    at = tuple(map(float, d.geometry.position[0]))
    for place in (at, (math.nan,) * 3, (math.inf,) * 3):
        state = (*place, 1.0, 0.0, 0.0)
        tables = (d.detection, d.clutter, d.loss, d.horizons)
        assert look(d.geometry, d.sensors, *tables, d.quiet, 4.0 / 3.0, 0, 1, rcs, state, 10.0) == (0.0,) * 6


def test_aspects() -> None:
    """The target is 10 km north of the observer."""
    for course, side in ((0.0, 2), (44.0, 2), (46.0, 1), (134.0, 1), (136.0, 0), (180.0, 0), (226.0, 1), (316.0, 2)):
        angle = math.radians(course)
        assert aspect_of(0.0, 10e3, 0.0, 200.0 * math.sin(angle), 200.0 * math.cos(angle), 0.0) == side
    assert aspect_of(0.0, 10e3, 0.0, 0.0, 0.0, 0.0) == 1


def with_clutter(improvement_db: float = 30.0, **theatre: object) -> Model:
    override = {"clutter_improvement_db": improvement_db, "range_max_km": 60.0 if "terrain" in theatre else 300.0}
    post = {"name": "Post", "radar": "96l6e", "lat_deg": 40.0, "lon_deg": 33.0, "override": override}
    route = [{"lat_deg": 40.9, "lon_deg": 33.0, "altitude_m": 3000.0}, {"lat_deg": 40.1, "lon_deg": 33.0}]
    there = {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}} | theatre
    return world(duration_s=600.0, theatre=there, sensor=[post], flight=[{"name": "F", "target": "f-16", "route": route}]).model


def test_ground_in_the_beam_takes_from_the_signal_and_none_is_there_for_a_high_target() -> None:
    with_it, without = with_clutter(), with_clutter(clutter=False)
    low = [seen(m, 1.0, 10e3, 60.0)[1] for m in (with_it, without)]
    assert low[0] < low[1] - 10.0  # dB
    # a beam 1.5 degrees wide that looks up at 17 degrees has the ground in its side lobes only, and beyond 20 km there is none
    for ground, height in ((10e3, 3000.0), (230e3, 10e3), (100e3, 5000.0), (25e3, 60.0)):
        assert seen(with_it, 1.0, ground, height)[1] == pytest.approx(seen(without, 1.0, ground, height)[1], abs=0.05)


def test_rougher_ground_returns_more() -> None:
    ratios = [seen(with_clutter(land=kind), 1.0, 10e3, 60.0)[1] for kind in ("flatland", "farmland", "wooded-hills", "mountains")]
    assert np.diff(ratios) == pytest.approx([-5.0] * 3, abs=0.6)  # dB of gamma, where clutter is much stronger than noise
    seas = [seen(with_clutter(surface="sea", sea_state=k), 1.0, 10e3, 60.0)[1] for k in (1, 3, 5)]
    assert seas[0] > seas[1] > seas[2]


def test_the_ratio_with_clutter_is_the_textbook_s() -> None:
    model, bare = with_clutter(), with_clutter(clutter=False)
    placed_air = Air(6e9, float(model.defence.geometry.height[0]), float(model.defence.geometry.earth_radius[0]), 4.0 / 3.0, 0.0)
    s, antenna = model.defence.sensors[0], float(model.defence.geometry.height[0])
    radius = 4.0 / 3.0 * float(model.defence.geometry.earth_radius[0])
    for ground in (6e3, 9e3, 15e3):
        with_it, without = seen(model, 1.0, ground, 60.0), seen(bare, 1.0, ground, 60.0)
        distance = with_it[2]
        grazing = clutter.grazing_angle(distance, antenna, radius)
        area = clutter.surface_cell_area(distance, float(s["azimuth_beamwidth"]), float(s["range_resolution"]), grazing)
        sigma = clutter.land_reflectivity(10.0**-1.5, grazing)
        dip, width = clutter.ground_elevation(distance, antenna, radius), float(s["elevation_beamwidth"])
        apparent = apparent_elevation(ground, antenna, 60.0, euler_radius(LATITUDE, 1.0), 4.0 / 3.0)
        gain = clutter.beam_on_ground_db(dip, apparent, max(apparent, 0.5 * width), width, float(s["side_lobe_db"]))
        air = placed_air.gas_loss(np.array([distance]), np.zeros(1))[0]
        ratio = clutter.clutter_to_noise(float(s["snr_constant"]), sigma, area, distance, 10.0 ** (0.1 * (gain - air)))
        expected = clutter.signal_to_interference(10.0 ** (0.1 * without[1]), 1.0, ratio, 1000.0, 0.0)
        assert with_it[1] == pytest.approx(10.0 * math.log10(expected), abs=0.05)  # dB: the table


def test_better_processing_gives_back_what_clutter_took() -> None:
    ratios = [seen(with_clutter(improvement), 1.0, 10e3, 60.0)[1] for improvement in (20.0, 30.0)]
    assert ratios[1] - ratios[0] == pytest.approx(10.0, abs=0.2)  # dB: clutter is much stronger than noise


@pytest.mark.parametrize(("ground_m", "surface"), [(0.0, "sea"), (20.0, "land")])
def test_terrain_is_land_and_at_height_0_sea(tmp_path: Path, ground_m: float, surface: str) -> None:
    # a plain is the smooth earth, 20 m higher or not
    path = tmp_path / "plain.npz"
    save_terrain(Elevation(np.full((241, 241), ground_m, np.float32), 41.2, 31.8, 0.01, 0.01, "plain"), path)
    over, smooth = with_clutter(terrain=str(path)), with_clutter(surface=surface)
    for far in (5e3, 9e3, 12e3):
        assert seen(over, 1.0, far, 60.0 + ground_m)[1] == pytest.approx(seen(smooth, 1.0, far, 60.0)[1], abs=1.0)  # dB


def test_a_hill_in_shadow_returns_nothing_and_its_face_more_than_a_plain(tmp_path: Path) -> None:
    heights = np.full((241, 241), 20.0, np.float32)
    heights[:, 129:131] = 400.0  # a ridge 8 km east of the antenna
    save_terrain(Elevation(heights, 41.2, 31.8, 0.01, 0.01, "ridge"), tmp_path / "ridge.npz")
    with_it, without = (with_clutter(terrain=str(tmp_path / "ridge.npz"), clutter=on) for on in (True, False))
    east, west = 0.5 * math.pi, 1.5 * math.pi

    def taken(azimuth: float, far: float, height: float) -> float:
        return seen(without, azimuth, far, height)[1] - seen(with_it, azimuth, far, height)[1]

    assert taken(east, 12e3, 700.0) == 0.0
    assert taken(east, 7.3e3, 350.0) > taken(west, 7.3e3, 350.0) + 3.0
