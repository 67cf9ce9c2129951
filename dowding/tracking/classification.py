"""What a track is, from its motion and the strength of its echoes alone: a probability for each class, learnt update by update.

Each update multiplies the odds of the classes by how usual its speed, height, climb, free fall and radar cross section are in each
(Bayes' rule). A flight's speed, height and size stay much as they are, so a second look tells little that the first did not: all updates
together count as one, the mean of their evidence over about the last MEMORY_S.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLASSES = ("aircraft", "helicopter_or_drone", "cruise_missile", "ballistic_missile")
COLUMNS = tuple(f"probability_class_{name}" for name in CLASSES)

# All that follows is assumed (grade D), about the speeds, heights and cross sections of the catalogue's targets.
PRIOR = (0.4, 0.25, 0.25, 0.1)
MEMORY_S = 20.0  # s, over which the evidence of updates is averaged
UNUSUAL = 0.02  # of each class, of what is usual nowhere
STEEP = 0.002  # the same of a flight path's angle: nothing but a missile goes up at 35 degrees for long


class Usual(NamedTuple):
    """Shares of a class that are log-normal about `median`, with `sigma` of the natural logarithm."""

    share: float
    median: float
    sigma: float


# m/s: jets, propellers, light aircraft, dash; hovering to fast helicopters, propeller drones; subsonic, supersonic
SPEED = (
    (Usual(0.75, 235.0, 0.15), Usual(0.12, 130.0, 0.3), Usual(0.08, 65.0, 0.2), Usual(0.05, 450.0, 0.2)),
    (Usual(0.7, 55.0, 0.3), Usual(0.3, 30.0, 0.5)),
    (Usual(0.8, 240.0, 0.08), Usual(0.2, 800.0, 0.25)),
    (Usual(1.0, 1_500.0, 0.6),),
)
# m above the ellipsoid, over ground of up to 1,500 m
HEIGHT = (
    (Usual(0.75, 9_000.0, 0.35), Usual(0.25, 2_500.0, 0.8)),
    (Usual(1.0, 1_000.0, 0.8),),
    (Usual(1.0, 600.0, 0.8),),
    (Usual(1.0, 30_000.0, 0.9),),
)
# m2, all bands and aspects: ordinary, stealthy; rotors, small drones; and small bodies
SECTION = (
    (Usual(0.85, 8.0, 1.6), Usual(0.15, 0.02, 1.5)),
    (Usual(0.5, 4.0, 1.2), Usual(0.5, 0.08, 1.3)),
    (Usual(1.0, 0.2, 1.2),),
    (Usual(1.0, 0.5, 1.4),),
)
CLIMB = (0.08, 0.12, 0.06, 0.6)  # standard deviation of the sine of the flight path's angle
FALLING = (0.01, 0.01, 0.01, 0.6)  # how often the filter thinks such a target in free fall, high or fast


def _log_usual(values: Floats, kinds: tuple[tuple[Usual, ...], ...]) -> Floats:
    """Logarithm of how usual positive `values` (n,) are, per unit of their logarithm, in each class, (n, class); 0 where not known."""
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.log(np.maximum(values, 1e-6))[:, None]
    density = np.stack(
        [
            sum(u.share / u.sigma * np.exp(-0.5 * ((x[:, 0] - math.log(u.median)) / u.sigma) ** 2) for u in kind) / math.sqrt(2.0 * math.pi)
            for kind in kinds
        ],
        axis=1,
    )
    return np.asarray(np.where(np.isfinite(x), np.log((1.0 - UNUSUAL) * density + UNUSUAL), 0.0))


def evidence(speed: Floats, height: Floats, climb: Floats, falling: Floats, section: Floats) -> Floats:
    """Log likelihood of each update, (n, class): m/s, m above the ellipsoid, m/s upward, probability of free fall, m2 (NaN if unknown)."""
    total = _log_usual(speed, SPEED) + _log_usual(height, HEIGHT) + _log_usual(section, SECTION)
    steep = (climb / np.maximum(speed, 1.0))[:, None]
    width = np.array(CLIMB)
    angle = np.exp(-0.5 * (steep / width) ** 2) / width
    often = np.array(FALLING)
    fall = falling[:, None] * often + (1.0 - falling[:, None]) * (1.0 - often)
    return np.asarray(total + np.log(angle + STEEP) + np.log(fall))


def learnt(track: NDArray[np.int64], time: Floats, told: Floats) -> Floats:
    """Probabilities (n, class) after each update, from the evidence (n, class) of each; rows of one track in order of time."""
    out = np.empty_like(told)
    if not len(track):
        return out
    order = np.argsort(track, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(track[order]) != 0])
    count = np.diff(np.r_[first, len(track)])
    prior = np.log(np.array(PRIOR))
    known, before = np.zeros((len(first), len(PRIOR))), np.full(len(first), -np.inf)
    for k in range(int(count.max())):
        going = np.flatnonzero(count > k)
        rows = order[first[going] + k]
        new = np.clip((time[rows] - before[going]) / MEMORY_S, 0.0, 1.0)[:, None]
        known[going] += new * (told[rows] - known[going])
        odds = prior + known[going]
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        out[rows] = odds / odds.sum(axis=1, keepdims=True)
        before[going] = time[rows]
    return out


def sections(tracks: Mapping[str, Any], detections: Mapping[str, Any], constant: Floats) -> Floats:
    """Cross section (m2) that each update's echo has in clear space, (row,), NaN where it is no echo.

    `constant` (sensor,) is that of the radar equation in m2: signal-to-noise ratio times range^4 over cross section; NaN if not known.
    """
    number, row = np.asarray(detections["detection"], np.int64), np.asarray(tracks["detection"], np.int64)
    found = np.full(len(row), np.nan)
    if not len(number):
        return found
    order = np.argsort(number)
    at = order[np.clip(np.searchsorted(number[order], row), 0, len(number) - 1)]
    echo = (number[at] == row) & (np.asarray(detections["kind"])[at] == "plot") if "kind" in detections else number[at] == row
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio = 10.0 ** (0.1 * np.asarray(detections["snr_db"], np.float64)[at])
        section = ratio * np.asarray(detections["range_m"], np.float64)[at] ** 4 / constant[np.asarray(tracks["sensor"], np.int64)]
    return np.asarray(np.where(echo & np.isfinite(section) & (section > 0.0), section, np.nan))


def class_columns(tracks: Mapping[str, Any], up: Floats, section: Floats | None = None) -> dict[str, Floats]:
    """A column for each of CLASSES of a table `tracks`, rows of a track in order of time; `up` (row, 3) is the vertical there."""
    velocity = np.column_stack([np.asarray(tracks[f"velocity_{axis}_mps"], np.float64) for axis in ("east", "north", "up")])
    speed = np.sqrt((velocity**2).sum(axis=1))
    climb = (velocity * up).sum(axis=1)
    falling = np.clip(np.asarray(tracks["probability_ballistic"], np.float64), 0.0, 1.0)
    height = np.asarray(tracks["altitude_m"], np.float64)
    fast = np.clip(np.fmax((height - 12_000.0) / 13_000.0, (speed - 800.0) / 400.0), 0.0, 1.0)
    known = np.full(len(speed), np.nan) if section is None else section
    told = evidence(speed, height, climb, falling * fast, known)
    # pictures count their tracks anew
    key = np.asarray(tracks["track"], np.int64) * 64 + np.asarray(tracks["picture"], np.int64)
    learned = learnt(key, np.asarray(tracks["time_s"], np.float64), told)
    return {name: np.ascontiguousarray(learned[:, k]) for k, name in enumerate(COLUMNS)}
