"""Echoes of the ground in a sensor's beam: how far they stand above its noise, by range over a smooth earth, tabulated once.

Over terrain the table holds the sea; where land is lit, and how steeply, follows from the horizon at the time of the look, see
`engine.looking`.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from dowding.model.bundles import RADAR, Reals, Records
from dowding.model.keeping import Kept, Same
from dowding.model.placing import PlacedRadar, air_of, kind_of
from dowding.model.propagating import Air
from dowding.physics import clutter
from dowding.physics.radar import from_decibels
from dowding.physics.surface import HORIZONTAL
from dowding.scenario.ground import SMOOTH
from dowding.scenario.schema import Theatre

BINS = 192  # ranges of a table, even in the root of the range: crowded near by, where the echoes change fastest
NOTHING_DB = -200.0
LAST = 0.9999  # of the reach: at the horizon itself nothing is lit, and no straight line leads there
STEEPEST = math.radians(60.0)  # the sea's model ends here
IMPROVEMENT_DB = 40.0  # assumed, where the catalogue has none: a moving-target detector of the usual kind


class Footprint(NamedTuple):
    """What a sensor's pulse covers on the ground, and what its filter leaves of that."""

    snr_constant: float  # m^2: signal-to-noise ratio is this * rcs / range^4
    azimuth_width: float  # rad
    elevation_width: float  # rad
    range_resolution: float  # m
    improvement: float  # ratio
    range_max: float  # m


class Cover(NamedTuple):
    """What covers the earth: land of a kind, or sea."""

    gamma: float  # of land, ratio
    sea_state: int  # -1 for land
    frequency: float  # Hz


def reach(air: Air, footprint: Footprint) -> float:
    """Range (m) of the last echo of a smooth earth: the antenna's horizon, or the end of its ranges."""
    height = max(air.antenna_height, 0.0)
    return min(math.sqrt(height * (2.0 * air.radius + height)), footprint.range_max)


def terrain_constant(cover: Cover, footprint: Footprint) -> float:
    """Residual clutter-to-noise ratio of lit land times range^2 over the rise of its apparent elevation with range (m^3).

    A cell shows the beam its width times what its depth rises in elevation, and land of constant gamma returns gamma times that area.
    """
    # gamma sin(grazing) of the area range * width * depth / cos(grazing), where tan(grazing) = range * rise of the elevation
    f = footprint
    return f.snr_constant * cover.gamma * f.azimuth_width * f.range_resolution / f.improvement


def _ratio_db(air: Air, cover: Cover, footprint: Footprint, distance: float) -> float:
    """Residual clutter-to-noise ratio (dB) of the cell at a range with the beam on it."""
    grazing = clutter.grazing_angle(distance, air.antenna_height, air.radius)
    if grazing <= 0.0 or distance <= air.antenna_height:
        return NOTHING_DB
    f = footprint
    area = min(
        clutter.surface_cell_area(distance, f.azimuth_width, f.range_resolution, grazing),
        clutter.beam_limited_area(distance, f.azimuth_width, f.elevation_width, grazing),
    )
    if cover.sea_state < 0:
        sigma = clutter.land_reflectivity(cover.gamma, grazing)
    else:
        sigma = clutter.sea_reflectivity(cover.sea_state, cover.frequency, min(grazing, STEEPEST), HORIZONTAL)
    ratio = clutter.clutter_to_noise(f.snr_constant, sigma, area, distance, 1.0) / f.improvement
    return max(10.0 * math.log10(ratio), NOTHING_DB) if ratio > 0.0 else NOTHING_DB


def table_row(air: Air, cover: Cover, footprint: Footprint) -> Reals:
    """Residual clutter-to-noise ratio (bin,) dB at ranges (k / (bins - 1))^2 of the `reach`, after what the air takes."""
    ranges = reach(air, footprint) * (np.arange(BINS) / (BINS - 1.0)) ** 2
    ranges[0], ranges[-1] = ranges[1], LAST * ranges[-1]
    row = np.array([_ratio_db(air, cover, footprint, float(r)) for r in ranges])
    return np.asarray(row - air.gas_loss(ranges, np.zeros(BINS)), dtype=np.float64)


def footprint_of(placed: PlacedRadar, snr_constant: float) -> Footprint:
    """What a radar's pulse covers on the ground."""
    entry = placed.entry
    return Footprint(
        snr_constant,
        math.radians(entry.number("beamwidth_azimuth_deg")),
        math.radians(entry.number("beamwidth_elevation_deg")),
        entry.number("range_resolution_m"),
        from_decibels(entry.number("clutter_improvement_db", IMPROVEMENT_DB)),
        entry.number("range_max_km") * 1e3,
    )


def cover_of(placed: PlacedRadar, theatre: Theatre) -> Cover:
    """What covers the earth before a radar; its table over terrain is that of the sea, for land follows from the horizon."""
    gamma = from_decibels(clutter.LAND_GAMMA_DB[theatre.land])
    at_sea = theatre.surface == "sea" or (theatre.terrain != SMOOTH and placed.tour is None)
    return Cover(gamma, theatre.sea_state if at_sea else -1, placed.entry.number("frequency_ghz") * 1e9)


def clutter_of(placed: Sequence[PlacedRadar], theatre: Theatre, sensors: Records, kept: Kept) -> Reals:
    """The table (sensor, bin) dB of the ground's echoes; fills what SENSOR holds of them. Without clutter there are no bins."""
    if not theatre.clutter:
        return np.zeros((len(placed), 0))
    table = np.full((len(placed), BINS), NOTHING_DB)
    for row, p in enumerate(placed):
        if kind_of(p) != RADAR:
            continue
        air, cover, footprint = air_of(p, theatre, kept), cover_of(p, theatre), footprint_of(p, float(sensors["snr_constant"][row]))
        table[row] = kept.get("clutter", (Same(air), cover, footprint), partial(table_row, air, cover, footprint))
        sensors["clutter_reach"][row], sensors["clutter_constant"][row] = reach(air, footprint), terrain_constant(cover, footprint)
    return table
