"""How a radar's antenna turns: its period and where it points when, from north markers or from the plots themselves."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.errors import RecordingError

Floats = NDArray[np.float64]
TURN = 2.0 * np.pi
PERIODS = (1.0, 30.0)  # s, among which a period is looked for
SEARCHED = 4000  # plots that the search for a period looks at
COHERENT = 0.5  # mean length of the phases' vectors above which the antenna turns evenly; plots of no turning antenna have about 0
WINDOW_TURNS = 6.0  # turns over which plots tell where the antenna points


class Turning(NamedTuple):
    """Turns of an antenna by time, straight between its knots."""

    period: float  # s
    time: Floats  # (knot,) s, rising
    turn: Floats  # (knot,) turns since some passing of north, rising
    source: str  # what it was found from: "north markers", "plots" or "given"

    def turn_at(self, time: Floats) -> Floats:
        """Turns at times (n,) s."""
        return _line(time, self.time, self.turn, 1.0 / self.period)

    def time_at(self, turn: Floats) -> Floats:
        """Times (s) at turns (n,)."""
        return _line(turn, self.turn, self.time, self.period)


def _line(at: Floats, x: Floats, y: Floats, slope: float) -> Floats:
    """Straight between knots, and with `slope` beyond them."""
    inside: Floats = np.interp(at, x, y)
    beyond: Floats = slope * (np.minimum(at - x[0], 0.0) + np.maximum(at - x[-1], 0.0))
    return inside + beyond


def turning_of(time: Floats, azimuth: Floats, marked: Floats, passed: Floats, period: float, who: str) -> Turning:
    """The turning of an antenna that saw plots (plot,) at `time` s and `azimuth` rad, and passed `passed` rad (marker,) at `marked` s.

    period: s, NaN if not known. Raises RecordingError if it cannot be told.
    """
    if len(marked) >= 3:
        return _of_markers(marked, passed, period)
    given = np.isfinite(period)
    if not given:
        period = period_of(time, azimuth)
    if not np.isfinite(period):
        hint = "give period_s in --sensor"
        raise RecordingError(f"{who}: the period of its scan shows neither in north markers nor in its {len(time)} plots", hint=hint)
    return _of_plots(time, azimuth, period, "given" if given else "plots")


def period_of(time: Floats, azimuth: Floats) -> float:
    """The period (s) with which plots (plot,) run around, NaN if they don't.

    The mean of exp(i (azimuth - 2 pi t / period)) is long where the period is right: first over the densest stretch, on a grid; then
    ever longer stretches tell it better.
    """
    order = np.argsort(time, kind="stable")
    t, theta = time[order][:SEARCHED], azimuth[order][:SEARCHED]
    if len(t) < 10:
        return float("nan")
    t = t - t[0]
    first = t <= max(10.0 * PERIODS[1], 1.0)
    rate, length = _best(t[first], theta[first], 1.0 / PERIODS[1], 1.0 / PERIODS[0], 0.1 / max(t[first].max(), 1.0))
    if length < COHERENT:
        return float("nan")
    span = t[first].max()
    while True:
        inside = t <= span
        step = 0.02 / max(span, 1.0)
        rate, _ = _best(t[inside], theta[inside], rate - 20 * step, rate + 20 * step, step)
        if span >= t[-1]:
            return float(1.0 / rate)
        span *= 2.0


def _best(t: Floats, theta: Floats, low: float, high: float, step: float) -> tuple[float, float]:
    """The rate (turns/s) from low to high whose mean vector is longest, and that length."""
    rates = np.arange(low, high + step, step)
    lengths = np.array([abs(np.exp(1j * (theta - TURN * rate * t)).mean()) for rate in rates])
    best = int(np.argmax(lengths))
    return float(rates[best]), float(lengths[best])


def _of_markers(marked: Floats, passed: Floats, period: float) -> Turning:
    order = np.argsort(marked, kind="stable")
    time, part = marked[order], passed[order] / TURN
    keep = np.diff(time, prepend=-np.inf) > 1e-6
    time, part = time[keep], part[keep]
    if not np.isfinite(period):
        period = _period_of_markers(time, part)
    # as many whole turns lie between two markers as the period has it
    steps = np.diff(time) / period
    turn = part[0] + np.concatenate([[0.0], np.cumsum(np.diff(part) + np.round(steps - np.diff(part)))])
    rising = np.concatenate([[True], np.diff(turn) > 0])
    time, turn = time[rising], turn[rising]
    slope = (time[-1] - time[0]) / (turn[-1] - turn[0]) if len(time) > 1 else period
    return Turning(float(slope), time, turn, "north markers")


def _period_of_markers(time: Floats, part: Floats) -> float:
    """The median time between two passings of one azimuth that follow each other."""
    gaps = []
    for azimuth in np.unique(np.round(part, 4)):
        gaps.append(np.diff(time[np.abs(part - azimuth) < 1e-3]))
    all_gaps = np.concatenate(gaps)
    all_gaps = all_gaps[all_gaps > 0.2]
    if not len(all_gaps):
        return float("nan")
    return float(np.median(all_gaps[all_gaps < 1.5 * np.quantile(all_gaps, 0.1)]))


def _of_plots(time: Floats, azimuth: Floats, period: float, source: str) -> Turning:
    """Knots in the middle of windows of a few turns: where the antenna pointed there is the mean of what the plots say."""
    order = np.argsort(time, kind="stable")
    t, theta = time[order], azimuth[order]
    window = np.floor((t - t[0]) / (WINDOW_TURNS * period)).astype(np.int64)
    first = np.flatnonzero(np.diff(window, prepend=-1))
    vectors = np.add.reduceat(np.exp(1j * (theta - TURN * (t - t[0]) / period)), first)
    counts = np.diff(np.append(first, len(t)))
    middle = np.add.reduceat(t, first) / counts
    use = np.abs(vectors) > COHERENT * counts * 0.5
    if not use.any():
        use[:] = True
    shift = np.unwrap(np.angle(vectors[use])) / TURN
    return Turning(period, middle[use], (middle[use] - t[0]) / period + shift, source)
