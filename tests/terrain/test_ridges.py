"""Losses over and behind terrain: the table against the profile method of P.526 itself, on made-up ground and on the shipped one."""

import math

import numpy as np
import pytest
from scipy import special

from dowding.physics import horizon, ridges, terrain
from dowding.physics.diffraction import smooth_earth_loss
from dowding.physics.edges import profile_loss
from dowding.physics.geodesy import euler_radius, theatre_frame
from dowding.physics.propagation import apparent_elevation
from dowding.terrain import Elevation, load_terrain

FACTOR = 4.0 / 3.0
RADIUS = 8500e3
STEP = 250.0
SAMPLES = 401
ADMITTANCE = 1e-3


def made_up(kind: str) -> np.ndarray:
    """Heights (sample,) m along 100 km."""
    metres = np.arange(SAMPLES) * STEP
    if kind == "plain":
        return np.zeros(SAMPLES)
    if kind == "wall":
        return np.where(np.arange(SAMPLES) == 80, 500.0, 0.0)
    random = np.random.default_rng(4)
    bells = [random.uniform(50, 800) * np.exp(-(((metres - random.uniform(0, 1e5)) / random.uniform(1e3, 5e3)) ** 2)) for _ in range(20)]
    return 100.0 + np.max(bells, axis=0)


def along(height: np.ndarray, mast: float, wavelength: float) -> tuple[np.ndarray, float]:
    """The table of one path (distance + 1, level + 2) and the ratio of its distances."""
    room = ridges.Profile(height, np.empty(SAMPLES), np.empty(SAMPLES, np.int64), np.empty(SAMPLES, np.int64))
    table = np.zeros((ridges.NODES + 1, ridges.LEVELS + 2), np.float32)
    ratio = ((SAMPLES - 1) * STEP / ridges.NEAREST) ** (1.0 / (ridges.NODES - 1))
    waves = ridges.Waves(wavelength, ADMITTANCE, 1e5)
    ridges.fill_ridges(room, height[0] + mast, RADIUS, STEP, waves, ratio, table)
    return table, ratio


@pytest.mark.parametrize("wavelength", [0.03, 0.1, 1.5])
@pytest.mark.parametrize("kind", ["plain", "wall", "hills"])
def test_each_entry_is_the_profile_method(kind: str, wavelength: float) -> None:
    height = made_up(kind)
    antenna = height[0] + 25.0
    table, ratio = along(height, 25.0, wavelength)
    compared = 0
    for node in range(20, ridges.NODES, 5):
        last = math.ceil(ridges.NEAREST * ratio**node / STEP - 1e-6)
        metres, x, edge = np.arange(last + 1) * STEP, last * STEP, float(table[node, ridges.LEVELS])
        slope = ((height[1:last] - metres[1:last] ** 2 / (2.0 * RADIUS) - antenna) / metres[1:last]).max()
        unit = math.sqrt(0.5 * wavelength * x * (x - edge) / edge)
        for level in range(1, ridges.LEVELS):
            target = antenna + slope * x + ridges.clearance_of(level, float(table[node, ridges.LEVELS + 1])) * unit + x * x / (2.0 * RADIUS)
            target = max(target, height[last] + ridges.LEAST_TARGET)
            exact = profile_loss(metres, height[: last + 1].copy(), antenna, target, RADIUS, wavelength, ADMITTANCE, np.empty(last + 1))
            if table[node, level] > table[node, level - 1] and exact < ridges.DEEPEST_DB:
                assert table[node, level] == pytest.approx(exact, abs=0.1 if x > 10e3 or kind != "hills" else 5.0)  # dB: near by and clear
                compared += 1
    assert compared > 40


def test_behind_one_wall_it_is_the_knife_edge_with_the_recommendation_s_term() -> None:
    # P.526-15, sect. 4.1 and 4.5.1: L = J + (1 - exp(-J / 6)) (10 + 0.02 km), J by the Fresnel integral
    table, ratio = along(made_up("wall"), 60.0, 0.1)
    node = ridges.NODES - 20
    far = math.ceil(ridges.NEAREST * ratio**node / STEP - 1e-6) * STEP / 1e3
    assert table[node, ridges.LEVELS] == 80 * STEP
    for level in range(ridges.LEVELS):
        clearance = ridges.clearance_of(level, float(table[node, ridges.LEVELS + 1]))
        if not -6.0 < clearance < 0.4:
            continue
        sine, cosine = special.fresnel(-clearance)
        edge = -20.0 * math.log10(math.hypot(1.0 - cosine - sine, cosine - sine) / 2.0)
        assert table[node, level] == pytest.approx(edge + (1.0 - math.exp(-edge / 6.0)) * (10.0 + 0.02 * far), abs=0.4)


SEA = Elevation(np.zeros((9, 9), np.float32), 41.0, 32.0, 0.25, 0.25, "sea")
SITE = math.radians(40.0), math.radians(33.0)


def around(elevation: Elevation, height: float, wavelength: float = 0.1, reach: float = 60e3) -> ridges.Ridges:
    waves = [ridges.Waves(wavelength, ADMITTANCE, reach)] * 2
    return ridges.ridges_of(horizon.ground_of(elevation, 0.0), [(*SITE, height), None], waves, FACTOR)


def test_over_the_sea_it_is_the_smooth_earth() -> None:
    found, antenna = around(SEA, 20.0), 20.0
    radius = euler_radius(SITE[0], 0.7)
    dip = -math.acos(FACTOR * radius / (FACTOR * radius + antenna))
    errors = []
    for far in np.linspace(30e3, 58e3, 15):
        for height in (10.0, 40.0, 100.0):
            exact = smooth_earth_loss(far, antenna, height, FACTOR * radius, 0.1, ADMITTANCE)
            above = apparent_elevation(far, antenna, height, radius, FACTOR) - dip
            if 1.0 < exact < 55.0:
                errors.append(ridges.ridge_loss(found, 0, 0.7, far, above) - exact)
    assert len(errors) > 15
    assert np.abs(errors).max() < 6.0  # dB, 10 m above the water at 58 km
    assert np.quantile(np.abs(errors), 0.75) < 0.7
    assert np.median(np.abs(errors)) < 0.2


def test_a_radar_without_a_table_has_none() -> None:
    found = around(SEA, 20.0)
    assert found.scale[1, 0] == 0.0
    assert not ridges.mirrors(found, 1, 0.0, 10e3, 20.0, 20.0)
    assert ridges.no_ridges(3).scale.shape == (3, 2)


@pytest.mark.parametrize(("latitude", "longitude", "mast"), [(40.08, 32.57, 24.0), (37.02, 35.40, 24.0)])
def test_between_its_entries_it_is_near_the_profile_method(latitude: float, longitude: float, mast: float) -> None:
    elevation = load_terrain(window=(latitude - 2.0, longitude - 2.5, latitude + 2.0, longitude + 2.5))
    ground, place = horizon.ground_of(elevation, 0.0), (math.radians(latitude), math.radians(longitude))
    antenna, site = terrain.ground_height(ground, *place) + mast, theatre_frame(*place)
    found = ridges.ridges_of(ground, [(*place, antenna)], [ridges.Waves(0.1, ADMITTANCE, 150e3)], FACTOR)
    table = horizon.horizon_table(elevation, *place, antenna, 150e3, factor=FACTOR, range_step=464.0, unknown_height=0.0, ground=ground)
    horizons = horizon.gathered([table], [464.0])
    random, errors, free = np.random.default_rng(2), [], 0
    for _ in range(1200):
        azimuth, far = random.uniform(0.0, 2.0 * math.pi), random.uniform(5e3, 150e3)
        radius = euler_radius(place[0], azimuth)
        below = terrain.ground_height(ground, *terrain.place_along(site, radius, azimuth, far))
        height = below + math.exp(random.uniform(math.log(30.0), math.log(5e3)))
        count = int(far / 200.0) + 2
        metres, heights = np.empty(count), np.empty(count)
        terrain.profile(ground, site, radius, azimuth, far, metres, heights)
        exact = profile_loss(metres, heights, antenna, height, FACTOR * radius, 0.1, ADMITTANCE, np.empty(count))
        above = apparent_elevation(far, antenna, height, radius, FACTOR) - horizon.table_elevation(horizons, 0, azimuth, far)
        ours = ridges.ridge_loss(found, 0, azimuth, far, above)
        if exact == 0.0:
            free += ours < 0.5
        elif 2.0 < exact < 45.0:
            errors.append(abs(ours - exact))
    assert free > 200
    assert len(errors) > 60
    assert np.median(errors) < 2.0  # dB
    assert np.quantile(errors, 0.9) < 9.0  # between azimuths half a degree apart other ridges stand


def test_the_sea_mirrors_and_land_does_not() -> None:
    coast = np.zeros((201, 201), np.float32)
    coast[:, :101] = 100.0  # land in the west, and 850 m east of the antenna
    found = around(Elevation(coast, 41.0, 32.0, 0.01, 0.01, "coast"), 120.0)
    east, west = math.radians(90.0), math.radians(270.0)
    assert ridges.mirrors(found, 0, east, 40e3, 120.0, 100.0)
    assert not ridges.mirrors(found, 0, west, 40e3, 120.0, 100.0)
    assert not ridges.mirrors(found, 0, east, 40e3, 120.0, 20e3)  # the ray would be mirrored 240 m off, on the shore
