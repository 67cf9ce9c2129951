"""Rings on the map: how far the sensors of a site see at an altitude, and how far somebody claims that they do."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dowding.plots.style import Floats
from dowding.tables import Columns, Tables

SITE_M = 5000.0  # sensors closer than this to one another stand on one site and share their rings


class Ring(NamedTuple):
    """A closed line (point, 2) in km about a site."""

    centre: Floats
    line: Floats
    radius: float


def usual_entry(targets: Columns, coverage: Columns) -> str:
    """The entry most flown that the coverage knows, aircraft before all others; else the first that it knows."""
    known = list(dict.fromkeys(coverage["entry"].astype(str)))
    flown = targets["entry"].astype(str)
    kinds = dict(zip(flown, targets["class"].astype(str), strict=True))
    number = {e: int((flown == e).sum()) for e in known}
    return min(known, key=lambda e: (kinds.get(e) != "aircraft", -number[e], known.index(e))) if known else ""


def _sites(sensors: Columns) -> list[list[int]]:
    """Rows of sensors that stand together."""
    sites: list[list[int]] = []
    for i in range(len(sensors["name"])):
        for site in sites:
            j = site[0]
            if np.hypot(sensors["east_m"][i] - sensors["east_m"][j], sensors["north_m"][i] - sensors["north_m"][j]) < SITE_M:
                site.append(i)
                break
        else:
            sites.append([i])
    return sites


def coverage_rings(tables: Tables, entry: str, altitudes_m: Sequence[float]) -> dict[float, list[Ring]]:
    """Rings by altitude, the highest first, one a site: at each azimuth the farthest of its sensors that look there."""
    coverage, sensors = tables["coverage"], tables["sensors"]
    mine = coverage["entry"].astype(str) == entry
    levels = np.unique(coverage["altitude_m"][mine & (coverage["range_m"] > 0)])
    if not len(levels):
        return {}
    chosen = sorted({float(levels[np.argmin(np.abs(np.log((levels + 1) / (a + 1))))]) for a in altitudes_m}, reverse=True)
    azimuth = np.linspace(-np.pi, np.pi, 241)
    rings: dict[float, list[Ring]] = {}
    for altitude in chosen:
        rings[altitude] = []
        for site in _sites(sensors):
            reach = np.zeros(len(azimuth))
            for i in site:
                row = np.flatnonzero(mine & (coverage["sensor"] == i) & (coverage["altitude_m"] == altitude))
                off = np.abs((azimuth - sensors["boresight_rad"][i] + np.pi) % (2 * np.pi) - np.pi)
                if len(row):
                    reach = np.fmax(reach, np.where(off <= sensors["half_sector_rad"][i] + 1e-9, coverage["range_m"][row[0]], 0.0))
            if reach.max() > 0:
                rings[altitude].append(_ring(centre_of(sensors, site), azimuth, reach / 1000))
    return rings


def centre_of(sensors: Columns, site: Sequence[int]) -> Floats:
    return np.array([sensors["east_m"][list(site)].mean(), sensors["north_m"][list(site)].mean()]) / 1000


def _ring(centre: Floats, azimuth: Floats, reach: Floats) -> Ring:
    return Ring(centre, centre + np.column_stack([np.sin(azimuth), np.cos(azimuth)]) * reach[:, None], float(reach.max()))


def claimed_rings(sensors: Columns, facts: Mapping[str, Any]) -> list[Ring]:
    """The claimed ranges as rings about each unit's sensors."""
    azimuth = np.linspace(-np.pi, np.pi, 361)
    rings = []
    for unit, claim in facts.get("claims", {}).items():
        own = np.flatnonzero(sensors["unit"].astype(str) == unit)
        if len(own):
            rings.append(_ring(centre_of(sensors, list(own)), azimuth, np.full(len(azimuth), float(claim["range_claimed_km"]))))
    return rings


def claimed_words(rings: Sequence[Ring], facts: Mapping[str, Any]) -> list[tuple[Ring, str]]:
    """Each claimed ring with its label; with several units the label names the system."""
    systems = [str(c.get("system", "")) for c in facts.get("claims", {}).values()]
    several = len(set(systems)) > 1
    return [(ring, f"claimed {ring.radius:.0f} km" + (f" ({name})" if several else "")) for ring, name in zip(rings, systems, strict=False)]
