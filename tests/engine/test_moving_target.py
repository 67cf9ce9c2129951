"""What the moving-target filter hides: slow range rates, and blind speeds."""

from typing import Any

import numpy as np
from replicates import world

from dowding.model import Compiled
from dowding.simulation import simulate
from dowding.tables import Tables
from verification import independent as other

WAVELENGTH = 299792458.0 / 5.5e9
PRF = 10e3
BLIND = 0.5 * WAVELENGTH * PRF  # m/s


def watched(route: list[dict[str, float]], speed: float, **override: Any) -> tuple[Compiled, Tables]:
    """One radar that looks at one flight."""
    post = {"name": "Post", "radar": "96l6e", "lat_deg": 40.0, "lon_deg": 33.0, "override": override}
    flight = {"name": "F", "target": "f-16", "speed_mps": speed, "route": route}
    compiled = world(duration_s=600.0, sensor=[post], flight=[flight])
    return compiled, simulate(compiled, looks=True)


def seen(compiled: Compiled, run: Tables, rows: Any) -> other.Seen:
    looks, sensors, theatre = run["looks"], run["sensors"], compiled.resolved.theatre
    position, velocity = other.Truth(run["truth"]).at(looks["target"][rows], looks["time_s"][rows])
    place = (sensors["latitude_deg"][0], sensors["longitude_deg"][0], sensors["altitude_m"][0])
    return other.see(theatre.origin, *place, theatre.effective_earth_factor, position, velocity)


def test_a_target_that_passes_is_lost_while_its_range_hardly_changes() -> None:
    passing = [{"lat_deg": 40.5, "lon_deg": lon, "altitude_m": 5000.0} for lon in (32.5, 33.5)]
    compiled, slow = watched(passing, 200.0, velocity_min_mps=60.0)
    _, without = watched(passing, 200.0, velocity_min_mps=0.0)
    rates = np.abs(seen(compiled, slow, slice(None)).range_rate_mps)
    assert rates.min() > 59.5
    all_rates = np.abs(seen(compiled, without, slice(None)).range_rate_mps)
    assert all_rates.min() < 10.0
    assert len(rates) == (all_rates > 60.0).sum() < len(all_rates)
    assert len(rates) > 20


def test_blind_speeds_are_the_canceller_s() -> None:
    coming = [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 5000.0}, {"lat_deg": 40.2, "lon_deg": 33.0}]
    compiled, plain = watched(coming, 1.1 * BLIND)
    for order in (1, 3):
        _, blind = watched(coming, 1.1 * BLIND, prf_hz=PRF, canceller_order=order)
        assert (plain["looks"]["time_s"] == blind["looks"]["time_s"]).all()
        rate = seen(compiled, plain, slice(None)).range_rate_mps
        # Skolnik (2001), ch. 3: |2 sin(2 pi v T / wavelength)|^2n over its mean, the binomial (2n over n)
        response = (2.0 * np.sin(2.0 * np.pi * rate / (WAVELENGTH * PRF))) ** (2 * order) / {1: 2.0, 3: 20.0}[order]
        lost = blind["looks"]["mean_snr_db"] - plain["looks"]["mean_snr_db"]
        ok = np.isfinite(rate) & (response > 1e-5)
        assert ok.sum() > 10
        assert np.abs(lost - 10.0 * np.log10(response))[ok].max() < 0.5  # dB, steep beside a blind speed
        assert lost[ok].max() < -3.0


def test_a_staggered_pair_opens_the_eyes_again() -> None:
    coming = [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 5000.0}, {"lat_deg": 40.2, "lon_deg": 33.0}]
    _, blind = watched(coming, BLIND, prf_hz=PRF)
    _, staggered = watched(coming, BLIND, prf_hz=PRF, prf_second_hz=1.3 * PRF)
    gain = staggered["looks"]["mean_snr_db"] - blind["looks"]["mean_snr_db"]
    assert gain.min() > 10.0
