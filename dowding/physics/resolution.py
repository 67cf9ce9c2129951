"""Whether a radar tells two targets apart."""

import math

from dowding._jit import kernel


@kernel
def angle_between(azimuth_1: float, azimuth_2: float) -> float:
    """Smallest difference of two azimuths [rad], 0..pi."""
    turned = abs(azimuth_1 - azimuth_2) % (2.0 * math.pi)
    return min(turned, 2.0 * math.pi - turned)


@kernel
def is_unresolved(
    range_difference: float,
    azimuth_difference: float,
    elevation_difference: float,
    speed_difference: float,
    range_resolution: float,
    azimuth_width: float,
    elevation_width: float,
    speed_resolution: float,
) -> bool:
    """Whether two targets merge into one detection: within one resolution cell in every coordinate that the radar measures.

    Differences may have either sign; radial speed is the range rate. A coordinate that the radar does not measure has an
    infinite cell. An azimuth difference goes through `angle_between` first.
    """
    # Skolnik, Introduction to Radar Systems (3rd ed., 2001), ch. 6: two echoes are told apart in any one coordinate or not at all
    return (
        abs(range_difference) < range_resolution
        and abs(azimuth_difference) < azimuth_width
        and abs(elevation_difference) < elevation_width
        and abs(speed_difference) < speed_resolution
    )
