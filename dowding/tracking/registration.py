"""How far sensors are out of alignment: biases of range, azimuth, elevation and clock, with covariance, from flights that several saw.

Over a short stretch a flight is a straight line that nobody knows; its detections by all sensors, and position reports where there are any,
are explained by that line and by the sensors' biases together, all lines and biases at once by least squares. The lines are eliminated, so
that the normal equations are those of the biases alone. Sensors need not look at the same time, nor measure elevation. After Dhar 1993,
"Application of a recursive method for registration error correction in tracking with multiple sensors", American Control Conference, and
Zhou, Leung & Yip 1997, "An exact maximum likelihood registration algorithm for data fusion", IEEE Trans. Signal Processing 45 (biases
and positions estimated jointly); elimination of the lines as in bundle adjustment (Triggs et al. 1999, sec. 6.1).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from dowding.physics.polar import derivatives, measured, placed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

RANGE, AZIMUTH, ELEVATION, TIME = 0, 1, 2, 3
NAMES = ("range_m", "azimuth_rad", "elevation_rad", "time_s")
PRIOR_SIGMA = (2_000.0, 0.1, 0.03, 5.0)  # m, rad, rad, s: what a bias may be before anything is known (assumed)
LINE_SIGMA = (1e6, 1e6, 1e4, 1_000.0, 1_000.0, 100.0)  # m and m/s, of a line before anything is known, about its first guess (assumed)
OBSERVABLE = 0.2  # a bias is observable if what is left of its prior's standard deviation is less than this
ITERATIONS = 30
CONVERGED = 1e-3  # of a standard deviation
ROUNDS = 6  # of taking out stretches that are no straight line
UNLIKELY = 1e-3  # a stretch that fits so badly by chance is taken out


class Sightings(NamedTuple):
    """Detections of flights' short stretches, one row each."""

    stretch: Ints  # (row,) number from 0
    sensor: Ints  # (row,) row of the biases; -1 for a position report, which has none
    time: Floats  # (row,) s, as reported
    value: Floats  # (row, 4) range m, azimuth rad, elevation rad, range rate m/s, NaN where not measured
    sigma: Floats  # (row, 4) their standard errors
    position: Floats  # (row, 3) m, theatre: of the sensor, or of the flight in a position report
    rotation: Floats  # (row, 3, 3) theatre to the sensor's own axes
    spread: Floats  # (row,) m, standard error of a position report, an axis

    def chosen(self, rows: Ints) -> "Sightings":
        """Only some rows."""
        columns: tuple[Any, ...] = tuple(values[rows] for values in self)
        return Sightings(*columns)


class Biases(NamedTuple):
    """What is to be taken away from what sensors report, and how well it is known."""

    value: Floats  # (sensor, 4) range m, azimuth rad, elevation rad, time s
    sigma: Floats  # (sensor, 4) standard errors
    covariance: Floats  # (4 sensors, 4 sensors)
    observable: Bools  # (sensor, 4) whether the flights tell
    chi2: float  # of what is left unexplained
    degrees_of_freedom: int  # that it should be about
    stretches: int  # used
    rejected: int  # no straight line, or not one flight
    converged: bool


def estimate_biases(
    sightings: Sightings, sensors: int, *, prior_sigma: Floats | None = None, prior_value: Floats | None = None, density: float = 0.5,
    fixed: Bools | None = None, begin: Floats | None = None,
) -> Biases:  # fmt: skip
    """Biases of `sensors` sensors. `density` (m2/s3) is the white acceleration that a straight flight may have.

    prior_sigma (sensor, 4) and prior_value (sensor, 4), or (4 sensors, 4 sensors) of a covariance in place of the sigmas, are what is known
    before; `fixed` (sensor, 4) are known to be prior_value. Without position reports nobody knows what time it is: then the first sensor's
    clock is fixed, unless `fixed` says otherwise, and the other clocks are relative to it. `observable` says what the flights tell.
    `begin` (sensor, 4) is where the search begins, if not at prior_value.
    """
    if fixed is None and not (sightings.sensor < 0).any():
        fixed = first_clock(sightings.sensor, sensors)
    prior = _prior(sensors, prior_sigma, fixed)
    start = np.zeros((sensors, 4)) if prior_value is None else np.asarray(prior_value, np.float64)
    used = _useful(sightings)
    rows, bias = np.flatnonzero(used), start.copy() if begin is None else np.array(begin, np.float64)
    lines: Floats | None = None
    count, rejected = int(sightings.stretch.max(initial=-1)) + 1, 0
    fit = _Fit(sightings.chosen(rows), count, density)
    done = False
    for round_ in range(ROUNDS):
        bias, lines, done = fit.solve(bias, start, prior, lines)
        bad = fit.misfits(bias, lines)
        if not len(bad) or round_ == ROUNDS - 1:
            break
        rejected += len(bad)
        rows = rows[~np.isin(sightings.stretch[rows], bad)]
        fit = _Fit(sightings.chosen(rows), count, density)
    information, chi2, freedom = fit.summary(bias, fit.guess(bias) if lines is None else lines, prior)
    covariance = np.asarray(np.linalg.inv(information), np.float64)
    sigma = np.sqrt(np.diag(covariance)).reshape(sensors, 4)
    known_before = np.sqrt(np.diag(np.linalg.inv(prior))).reshape(sensors, 4)
    told = sigma < OBSERVABLE * known_before
    if fixed is not None:
        told |= fixed
    return Biases(bias, sigma, covariance, told, chi2, freedom, len(np.unique(fit.data.stretch)), rejected, done)


def first_clock(sensor: Ints, sensors: int) -> Bools:
    """Only the clock of the first sensor that has a sighting is fixed, (sensor, 4): the others are then relative to it."""
    fixed = np.zeros((sensors, 4), np.bool_)
    if len(sensor):
        fixed[max(int(sensor.min()), 0), TIME] = True
    return fixed


def _prior(sensors: int, sigma: Floats | None, fixed: Bools | None) -> Floats:
    """Information (4 sensors, 4 sensors) before the flights."""
    given = np.tile(PRIOR_SIGMA, (sensors, 1)) if sigma is None else np.asarray(sigma, np.float64)
    if given.shape == (4 * sensors, 4 * sensors):
        return np.asarray(np.linalg.inv(given), np.float64)
    if fixed is not None:
        given = np.where(fixed, 1e-6 * np.asarray(PRIOR_SIGMA), given)
    return np.diag(given.ravel() ** -2.0)


def _useful(s: Sightings) -> Bools:
    """Rows of stretches that two sources saw and that have more numbers than a line."""
    count = int(s.stretch.max(initial=-1)) + 1
    numbers = np.where(s.sensor < 0, 3, np.isfinite(s.value).sum(axis=1))
    enough = np.bincount(s.stretch, numbers, count) >= 7
    least, most = np.full(count, np.iinfo(np.int64).max), np.full(count, -2)
    np.minimum.at(least, s.stretch, s.sensor)
    np.maximum.at(most, s.stretch, s.sensor)
    return np.asarray((enough & (least < most))[s.stretch], np.bool_)


class _Fit:
    """Gauss and Newton's least squares of lines and biases together."""

    def __init__(self, data: Sightings, stretches: int, density: float) -> None:
        self.data, self.count, self.density = data, stretches, density
        self.reports = data.sensor < 0
        times = np.bincount(data.stretch, data.time, stretches) / np.maximum(np.bincount(data.stretch, minlength=stretches), 1)
        self.middle = times
        self.numbers = np.where(self.reports, 3, np.isfinite(data.value).sum(axis=1))

    def guess(self, bias: Floats) -> Floats:
        """Lines (stretch, 6) through the rows' own positions, by least squares of each axis."""
        d = self.data
        place = np.where(self.reports[:, None], d.position, _places(d, bias))
        ahead = d.time - self.middle[d.stretch]
        n, s1, s2 = (np.bincount(d.stretch, w, self.count) for w in (np.ones(len(ahead)), ahead, ahead**2))
        out = np.zeros((self.count, 6))
        for axis in range(3):
            y0, y1 = (np.bincount(d.stretch, w, self.count) for w in (place[:, axis], place[:, axis] * ahead))
            det = np.where(n * s2 - s1**2 > 1e-6, n * s2 - s1**2, 1.0)
            out[:, axis] = y0 / np.maximum(n, 1)
            out[:, axis + 3] = np.where(n * s2 - s1**2 > 1e-6, (n * y1 - s1 * y0) / det, 0.0)
        return out

    def linearise(self, bias: Floats, lines: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Residuals (row, 4), derivatives by line (row, 4, 6) and by the row's own biases (row, 4, 4), and weights (row, 4)."""
        d, line = self.data, lines[self.data.stretch]
        own = np.where(self.reports[:, None], 0.0, bias[np.maximum(d.sensor, 0)])
        ahead = d.time - own[:, TIME] - self.middle[d.stretch]
        place, velocity = line[:, :3] + line[:, 3:] * ahead[:, None], line[:, 3:]
        rows = derivatives(place, velocity, d.position, d.rotation)
        value = measured(place, velocity, d.position, d.rotation)
        residual = d.value - value
        residual[:, :3] -= own[:, :3]
        residual[:, AZIMUTH] = (residual[:, AZIMUTH] + np.pi) % (2.0 * np.pi) - np.pi
        by_time = -np.einsum("nij,nj->ni", rows[:, :, :3], velocity)
        wander = self.density * np.abs(ahead) ** 3 / 3.0
        variance = d.sigma**2 + (rows[:, :, :3] ** 2).sum(axis=2) * wander[:, None]
        variance[:, 3] = d.sigma[:, 3] ** 2 + self.density * np.abs(ahead)
        by_line = rows.copy()
        by_line[:, :, 3:] += rows[:, :, :3] * ahead[:, None, None]
        by_bias = np.zeros((len(ahead), 4, 4))
        by_bias[:, [0, 1, 2], [0, 1, 2]] = 1.0
        by_bias[:, :, TIME] = by_time
        # a position report measures the three axes, without bias
        r = self.reports
        residual[r, :3], residual[r, 3] = (d.position - place)[r], np.nan
        by_line[r] = 0.0
        for axis in range(3):
            by_line[r, axis, axis], by_line[r, axis, axis + 3] = 1.0, ahead[r]
        variance[r] = (d.spread[r] ** 2 + wander[r])[:, None]
        by_bias[r] = 0.0
        missing = ~np.isfinite(residual)
        return np.where(missing, 0.0, residual), by_line, by_bias, np.where(missing, 0.0, 1.0 / variance)

    def normal(self, bias: Floats, lines: Floats, first: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Blocks of the normal equations: of lines (stretch, 6, 6), of lines by biases, of biases, and the two right sides."""
        residual, by_line, by_bias, weight = self.linearise(bias, lines)
        sensors, d = len(bias), self.data
        A = np.zeros((self.count, 6, 6))
        B, C = np.zeros((self.count, 6, sensors, 4)), np.zeros((sensors, 4, 4))
        a, c = np.zeros((self.count, 6)), np.zeros((sensors, 4))
        weighted = by_line * weight[:, :, None]
        own = ~self.reports
        sensor = d.sensor[own]
        np.add.at(A, d.stretch, np.einsum("nki,nkj->nij", weighted, by_line))
        np.add.at(a, d.stretch, np.einsum("nki,nk->ni", weighted, residual))
        np.add.at(B.transpose(0, 2, 1, 3), (d.stretch[own], sensor), np.einsum("nki,nkj->nij", weighted[own], by_bias[own]))
        np.add.at(C, sensor, np.einsum("nki,nk,nkj->nij", by_bias[own], weight[own], by_bias[own]))
        np.add.at(c, sensor, np.einsum("nki,nk,nk->ni", by_bias[own], weight[own], residual[own]))
        A += np.diag(np.square(LINE_SIGMA) ** -1.0)
        a -= (lines - first) / np.square(LINE_SIGMA)
        whole = np.zeros((sensors, 4, sensors, 4))
        whole[np.arange(sensors), :, np.arange(sensors), :] = C
        return A, B.reshape(self.count, 6, 4 * sensors), whole.reshape(4 * sensors, 4 * sensors), a, c.ravel()

    def solve(self, bias: Floats, start: Floats, prior: Floats, lines: Floats | None) -> tuple[Floats, Floats, bool]:
        """Biases and lines of least squares, and whether the steps came to rest."""
        first = self.guess(bias)
        lines = first.copy() if lines is None else lines.copy()
        for _ in range(ITERATIONS):
            A, B, C, a, c = self.normal(bias, lines, first)
            solved = np.linalg.solve(A, B)
            inner = np.linalg.solve(A, a[:, :, None])[:, :, 0]
            information = C + prior - np.einsum("gij,gik->jk", B, solved)
            right = c - prior @ (bias - start).ravel() - np.einsum("gij,gi->j", B, inner)
            step = np.linalg.solve(information, right)
            bias = bias + step.reshape(bias.shape)
            lines = lines + inner - np.einsum("gij,j->gi", solved, step)
            if (np.abs(step) * np.sqrt(np.diag(information))).max(initial=0.0) < CONVERGED:
                return bias, lines, True
        return bias, lines, False

    def costs(self, bias: Floats, lines: Floats) -> Floats:
        """Squared residuals over variances of each stretch, (stretch,)."""
        residual, _, _, weight = self.linearise(bias, lines)
        return np.asarray(np.bincount(self.data.stretch, (residual**2 * weight).sum(axis=1), self.count), np.float64)

    def misfits(self, bias: Floats, lines: Floats) -> Ints:
        """Stretches that fit too badly to be one straight flight; while many do, only the worst half of them."""
        cost = self.costs(bias, lines)
        freedom = np.bincount(self.data.stretch, self.numbers, self.count) - 6.0
        limit = np.where(freedom > 0, chdtri(np.maximum(freedom, 1), UNLIKELY), np.inf)
        excess = cost / limit
        bad = np.flatnonzero(excess > 1.0)
        used = int((freedom > -6).sum())
        if len(bad) > 0.1 * used:  # the biases may be wrong because of the worst of them
            bad = bad[np.argsort(-excess[bad])[: max(len(bad) // 2, 1)]]
        return bad

    def summary(self, bias: Floats, lines: Floats, prior: Floats) -> tuple[Floats, float, int]:
        """Information of the biases, what is left unexplained, and its degrees of freedom."""
        A, B, C, _, _ = self.normal(bias, lines, lines)
        information = C + prior - np.einsum("gij,gik->jk", B, np.linalg.solve(A, B))
        used = len(np.unique(self.data.stretch))
        freedom = int(self.numbers.sum()) - 6 * used - len(bias.ravel())
        return 0.5 * (information + information.T), float(self.costs(bias, lines).sum()), freedom


def _places(d: Sightings, bias: Floats) -> Floats:
    """Where the rows say that the flight is, biases taken away; at 5 km where elevation is not measured."""
    own = np.where((d.sensor < 0)[:, None], 0.0, bias[np.maximum(d.sensor, 0)])
    distance = d.value[:, RANGE] - own[:, RANGE]
    flat = np.arcsin(np.clip(5e3 / np.maximum(distance, 5e3), 0.0, 1.0))
    elevation = np.where(np.isfinite(d.value[:, ELEVATION]), d.value[:, ELEVATION] - own[:, ELEVATION], flat)
    return placed(distance, d.value[:, AZIMUTH] - own[:, AZIMUTH], elevation, d.position, d.rotation)


def corrected(values: Floats, times: Floats, sensor: Ints, biases: Floats) -> tuple[Floats, Floats]:
    """Measured values (row, 4) and times (row,) with the biases (sensor, 4) of each row's sensor taken away."""
    own = biases[sensor]
    out = values.copy()
    out[:, :3] -= own[:, :3]
    out[:, AZIMUTH] = (out[:, AZIMUTH] + np.pi) % (2.0 * np.pi) - np.pi
    return out, times - own[:, TIME]


def table_of(biases: Biases, names: Sequence[str]) -> list[dict[str, Any]]:
    """One row a sensor for JSON: name, and for range_m, azimuth_deg, elevation_deg and time_s bias, sigma and whether it is observable."""
    keys = ((1.0, "range_m"), (np.degrees(1.0), "azimuth_deg"), (np.degrees(1.0), "elevation_deg"), (1.0, "time_s"))
    out = []
    for row, name in enumerate(names):
        one: dict[str, Any] = {"sensor": name}
        for k, (factor, key) in enumerate(keys):
            value, sigma = (float(f"{factor * float(v[row, k]):.5g}") for v in (biases.value, biases.sigma))
            one[key] = {"bias": value, "sigma": sigma, "observable": bool(biases.observable[row, k])}
        out.append(one)
    return out


def sentences(biases: Biases, names: Sequence[str]) -> list[str]:
    """What was found, a sentence for each sensor: what is certain, and what the flights could not tell."""
    out = []
    units = ((1.0, "m", "range"), (np.degrees(1.0), "degrees", "azimuth"), (np.degrees(1.0), "degrees", "elevation"), (1.0, "s", "time"))
    for row, name in enumerate(names):
        found, blind = [], []
        for k, (factor, unit, word) in enumerate(units):
            value, sigma = factor * biases.value[row, k], factor * biases.sigma[row, k]
            if not biases.observable[row, k]:
                blind.append(word)
            elif abs(value) > 3.0 * sigma:
                found.append(f"{word} is {abs(value):.3g} {unit} too {'large' if value > 0 else 'small'} (sigma {sigma:.2g})")
        told = "; ".join(found) if found else "no bias beyond three sigma"
        out.append(f"{name}: {told}" + (f"; {', '.join(blind)} cannot be told from these flights" if blind else ""))
    return out
