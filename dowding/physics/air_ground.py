"""Basic transmission loss between an aircraft and the ground, or two aircraft, over a smooth earth, for a share of the time.

Source: ITU-R P.528-5 (2021), Annex 2, of which the section and equation numbers are: two rays within sight, diffraction and scatter from
the troposphere behind the horizon. Distances in km and frequencies in MHz inside, as its constants have them.
"""

import math
from typing import NamedTuple

from scipy.optimize import brentq

from dowding.errors import DowdingError
from dowding.physics.fading import both, fast_fading, long_term, random_rays_db
from dowding.physics.scatter import troposcatter
from dowding.physics.slant_path import trace
from dowding.physics.surface import HORIZONTAL, fresnel_reflection, permittivity

EARTH_KM, EFFECTIVE_KM = 6371.0, 9257.0
GROUND_PERMITTIVITY, GROUND_CONDUCTIVITY = 15.0, 0.005  # average ground; S/m
THIRD = 1.0 / 3.0
LIGHT_KM = 0.2997925  # wavelength in km times MHz
RANDOM_ANGLE = math.radians(1.5)  # scattering angle from which all power is random
SIGHT, DIFFRACTION, SCATTER = "line of sight", "diffraction", "troposcatter"


class Loss(NamedTuple):
    """What a path takes."""

    total_db: float  # dB
    free_space_db: float  # dB
    gas_db: float  # dB
    mode: str  # by which way most arrives


class Terminal(NamedTuple):
    """One end, and the ray from it that grazes the earth."""

    height: float  # km
    effective_height: float  # km, over the effective earth
    horizon: float  # km along the ground
    ray: float  # km along the ray
    gas_db: float  # dB


class Rays(NamedTuple):
    """The direct ray and the one that the ground reflects."""

    distance: float  # km along the ground
    direct: float  # km
    reflected: float  # km
    longer: float  # km, by which the reflected ray is longer
    parts: tuple[float, float]  # km, horizontal parts of the reflected ray on either side
    radius: float  # km, of the earth that makes both straight
    elevation: float  # rad, of the direct ray at the low end


class Path(NamedTuple):
    """Both ends and what follows from them alone."""

    low: Terminal
    high: Terminal
    frequency: float  # MHz
    polarisation: int
    slope: float  # dB/km, of diffraction
    start: float  # dB, of diffraction at distance 0

    @property
    def sight(self) -> float:
        """The longest distance in sight, km."""
        return self.low.horizon + self.high.horizon


def _terminal(height_m: float, frequency_mhz: float) -> Terminal:
    # sect. 4
    ray = trace(frequency_mhz * 1e6, 0.0, height_m, 0.5 * math.pi)
    horizon = EARTH_KM * (0.5 * math.pi - ray.end_zenith + ray.bending)
    effective = EFFECTIVE_KM / math.cos(horizon / EFFECTIVE_KM) - EFFECTIVE_KM
    return Terminal(height_m / 1000.0, effective, horizon, ray.length / 1000.0, ray.gas_db)


def _distance_term(x: float) -> float:
    return 0.05751 * x - 10.0 * math.log10(x)


def _height_term(x: float, admittance: float) -> float:
    # sect. 10, after Vogler (1964) and Gierhart and Johnson (1983)
    y = 40.0 * math.log10(x) - 117.0
    if x > 2000.0:
        return _distance_term(x)
    if x > 200.0:
        weight = 0.0134 * x * math.exp(-0.005 * x)
        return weight * y + (1.0 - weight) * _distance_term(x)
    if x >= -450.0 / math.log10(admittance) ** 3:
        return max(y, -117.0)
    return 20.0 * math.log10(admittance) - 15.0 + 2.5e-5 * x * x / admittance


def _diffraction(low: Terminal, high: Terminal, frequency: float, polarisation: int, distance: float) -> float:
    # sect. 10
    imaginary = 18000.0 * GROUND_CONDUCTIVITY / frequency
    less = math.hypot(GROUND_PERMITTIVITY - 1.0, imaginary)
    admittance = 0.01778 * frequency**-THIRD / math.sqrt(less)
    if polarisation != HORIZONTAL:
        admittance *= math.hypot(GROUND_PERMITTIVITY, imaginary)
    scale = (1.607 - admittance) * frequency**THIRD
    heights = _height_term(scale * low.horizon, admittance) + _height_term(scale * high.horizon, admittance)
    return _distance_term(scale * distance) - heights - 20.0


def _path(low_m: float, high_m: float, frequency: float, polarisation: int) -> Path:
    # steps 1 to 3: diffraction as a line through two points behind the horizon
    low, high = _terminal(low_m, frequency), _terminal(high_m, frequency)
    step = (EFFECTIVE_KM**2 / frequency) ** THIRD
    near, far = low.horizon + high.horizon + 0.5 * step, low.horizon + high.horizon + 1.5 * step
    losses = [_diffraction(low, high, frequency, polarisation, d) for d in (near, far)]
    slope = (losses[1] - losses[0]) / (far - near)
    return Path(low, high, frequency, polarisation, slope, losses[1] - slope * far)


def _rays(path: Path, grazing: float) -> Rays:
    # sect. 7
    share = 1.0 / (1.0 + (EARTH_KM / EFFECTIVE_KM - 1.0) * math.cos(grazing))
    radius = EARTH_KM * share
    lifted = (radius - EARTH_KM) / (EFFECTIVE_KM - EARTH_KM)
    heights = [end.height - (end.height - end.effective_height) * lifted for end in (path.low, path.high)]
    angles = [math.acos(radius * math.cos(grazing) / (radius + h)) - grazing for h in heights]
    parts = [(radius + h) * math.sin(a) for h, a in zip(heights, angles, strict=True)]
    above = heights if grazing > 1.56 else [part * math.tan(grazing) for part in parts]
    tilt = math.atan2(above[1] - above[0], sum(parts))
    direct = max(abs(heights[0] - heights[1]), sum(parts) / math.cos(tilt))
    reflected = sum(parts) / math.cos(grazing)
    longer = 4.0 * above[0] * above[1] / (direct + reflected)
    return Rays(max(radius * sum(angles), 0.0), direct, reflected, longer, (parts[0], parts[1]), radius, tilt - angles[0])


LEAST_GRAZING, STEEPEST = 1e-9, 0.5 * math.pi - 1e-9


def _grazing_at(path: Path, distance: float) -> float:
    def excess(grazing: float) -> float:
        return _rays(path, grazing).distance - distance

    if excess(LEAST_GRAZING) <= 0.0:
        return LEAST_GRAZING
    return STEEPEST if excess(STEEPEST) >= 0.0 else float(brentq(excess, LEAST_GRAZING, STEEPEST, xtol=1e-14))


def _grazing_where(path: Path, longer: float) -> float:
    """Grazing angle at which the reflected ray is so many km longer; straight up where it never is."""
    if _rays(path, STEEPEST).longer <= longer:
        return STEEPEST
    return float(brentq(lambda grazing: _rays(path, grazing).longer - longer, LEAST_GRAZING, STEEPEST, xtol=1e-14))


def _reflection(path: Path, rays: Rays, grazing: float) -> complex:
    """What the ground's ray has of the direct one's field, without its longer way."""
    # sect. 8 and 9
    ground = permittivity(GROUND_PERMITTIVITY, GROUND_CONDUCTIVITY, path.frequency * 1e6)
    spread = 1.0
    if math.tan(grazing) < 0.1:
        mean = rays.parts[0] * rays.parts[1] / (math.cos(grazing) ** 2 * rays.reflected)
        sine = math.sin(grazing)
        spread = (1.0 + 2.0 * mean * (1.0 + sine * sine) / (rays.radius * sine) + (2.0 * mean / rays.radius) ** 2) ** -0.5
    return fresnel_reflection(grazing, ground, path.polarisation) * spread * min(rays.direct / rays.reflected, 1.0)


def _edge(path: Path, wavelength: float) -> float:
    """Distance in km where the two rays give way to the line down to diffraction."""
    # eqs. 8-2, 8-3
    zero = -path.start / path.slope
    last = _rays(path, _grazing_where(path, wavelength / 6.0)).distance
    if path.low.horizon >= zero or zero >= path.sight:
        edge = path.low.horizon if path.low.horizon > last or last > path.sight else last
    else:
        edge = last if zero < last < path.sight else zero
    return min(edge, path.sight - 0.001)


def _two_rays(path: Path, grazing: float, wavelength: float) -> float:
    """Level of both rays over free space in dB, at most 0."""
    if grazing > _grazing_where(path, 0.5 * wavelength):
        return 0.0
    rays = _rays(path, grazing)
    turned = complex(math.cos(2.0 * math.pi * rays.longer / wavelength), -math.sin(2.0 * math.pi * rays.longer / wavelength))
    return 20.0 * math.log10(min(abs(1.0 + _reflection(path, rays, grazing) * turned), 1.0))


class _Sight(NamedTuple):
    """A path within sight."""

    rays: Rays
    level: float  # dB over free space
    random_db: float  # power of random rays over the steady one
    gas_db: float  # dB
    fading: float  # dB, over the median


def _within_sight(path: Path, distance: float, percent: float) -> _Sight:
    # sect. 6, 8 and 13
    wavelength = LIGHT_KM / path.frequency
    edge, grazing = _edge(path, wavelength), _grazing_at(path, distance)
    rays = _rays(path, grazing)
    if rays.distance > edge:
        at_edge, at_sight = _two_rays(path, _grazing_at(path, edge), wavelength), -(path.slope * path.sight + path.start)
        level = at_edge + (rays.distance - edge) * (at_sight - at_edge) / (path.sight - edge)
    else:
        level = _two_rays(path, grazing, wavelength)
    heights = path.low.height * 1000.0, path.high.height * 1000.0
    ray = trace(path.frequency * 1e6, *heights, 0.5 * math.pi - rays.elevation)
    air = 1.0 if rays.elevation <= 0.0 else 0.0
    if 0.0 < rays.elevation < 1.0:
        air = max(0.5 - math.atan(20.0 * math.log10(32.0 * rays.elevation)) / math.pi, 0.0)
    slow, held = long_term(path.sight, distance, path.frequency, percent, air, level)
    median, _ = long_term(path.sight, distance, path.frequency, 50.0, air, level)
    # eqs. 13-2 to 13-9: of what the ground reflects, so much is random
    calm = 1.0 if held <= 0.0 else 0.1 if held >= 9.0 else 0.5 * (1.1 + 0.9 * math.cos(held / 9.0 * math.pi))
    waves = rays.longer / wavelength
    apart = 1.0 if waves >= 0.5 else 0.1 if waves <= 1.0 / 6.0 else 0.5 * (1.1 - 0.9 * math.cos(3.0 * math.pi * (waves - 1.0 / 6.0)))
    reflected = abs(_reflection(path, rays, grazing)) * apart * calm
    scattered = random_rays_db(-(10.0 * math.log10(path.frequency * (ray.length / 1000.0) ** 3) - 84.26))
    random_db = max(10.0 * math.log10(reflected**2 + 1e-4 + 10.0 ** (0.1 * scattered)), -40.0)
    fading = both(median, slow, fast_fading(random_db, percent), percent)
    return _Sight(rays, level, random_db, ray.gas_db, fading)


def _crossing(path: Path) -> tuple[Path, float, bool]:
    """The path with the line of diffraction that counts, the distance (km) from which scatter may win, and whether the lesser loss does."""
    # sect. 5, steps 6.1 to 6.6: the first kilometre where scatter grows no faster than diffraction
    before = None
    for k in range(100):
        d = path.sight + 3.0 + k
        loss = troposcatter(path.low, path.high, d, path.frequency).loss_db
        if loss < 20.0:
            continue
        if before is not None and loss - before <= path.slope:
            if before >= path.slope * (d - 1.0) + path.start:
                return path, d, True
            at_sight = path.slope * path.sight + path.start
            slope = (before - at_sight) / (d - 1.0 - path.sight)
            return path._replace(slope=slope, start=before - slope * (d - 1.0)), d, False
        before = loss
    return path, math.inf, True


def _behind_horizon(path: Path, distance: float, percent: float) -> Loss:
    near = _within_sight(path, path.sight - 1.0, percent)
    path, crossing, lesser = _crossing(path)
    bent, scattered = path.slope * distance + path.start, troposcatter(path.low, path.high, distance, path.frequency)
    by_scatter = distance >= crossing and not (lesser and scattered.loss_db > bent)
    loss = scattered.loss_db if by_scatter else bent
    slow, _ = long_term(path.sight, distance, path.frequency, percent, 1.0, -loss)
    median, _ = long_term(path.sight, distance, path.frequency, 50.0, 1.0, -loss)
    share = min(max(scattered.angle / RANDOM_ANGLE, 0.0), 1.0)
    fading = both(median, slow, fast_fading(near.random_db + share * (20.0 - near.random_db), percent), percent)
    # eqs. 3-17 to 3-20: along both grazing rays, and from both horizons up to where they cross
    ray = trace(path.frequency * 1e6, 0.0, scattered.height * 1000.0, 0.5 * math.pi) if scattered.height > 0.0 else None
    gas = path.low.gas_db + path.high.gas_db + (2.0 * ray.gas_db if ray else 0.0)
    length = path.low.ray + path.high.ray + (2.0 * ray.length / 1000.0 if ray else 0.0)
    free = 20.0 * math.log10(path.frequency * length) + 32.45
    return Loss(free + gas + loss - fading, free, gas, SCATTER if by_scatter else DIFFRACTION)


def transmission_loss(
    distance: float, height_1: float, height_2: float, frequency: float, polarisation: int = HORIZONTAL, percent: float = 50.0
) -> Loss:
    """Loss between isotropic antennas that is not exceeded for a percentage of the time (1 to 99).

    `distance` m along the ground, heights 1.5 to 20,000 m above it, 100 MHz to 30 GHz (in Hz), polarisation 0 horizontal, 1 vertical.
    """
    bounds = {
        "distance": (distance, 0.0, 2e6), "height_1": (height_1, 1.5, 20e3), "height_2": (height_2, 1.5, 20e3),
        "frequency": (frequency, 1e8, 3e10), "percent": (percent, 1.0, 99.0),
    }  # fmt: skip
    for name, (value, least, most) in bounds.items():
        if not least <= value <= most:
            raise DowdingError(f"{name}: got {value:g}, must be {least:g} to {most:g}")
    low, high = sorted((height_1, height_2))
    path = _path(low, high, frequency / 1e6, polarisation)
    d = distance / 1000.0
    if path.sight - d <= 0.001:
        return _behind_horizon(path, d, percent)
    seen = _within_sight(path, d, percent)
    free = 20.0 * math.log10(seen.rays.direct * path.frequency) + 32.45
    return Loss(free + seen.gas_db - seen.level - seen.fading, free, seen.gas_db, SIGHT)
