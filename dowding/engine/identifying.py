"""Friend, unknown or hostile: what a fire unit takes a track for, from replies, zones and kinematics. Truth has no way in."""

import math

from dowding._jit import kernel
from dowding.engine.state import Reals
from dowding.model import Defence
from dowding.model.bundles import CORRIDOR
from dowding.physics.geodesy import half_turn, theatre_to_geodetic
from dowding.tracking.picture import TrackBank

FRIEND, UNKNOWN, HOSTILE = range(3)
# indices in TARGET_CLASSES, by number: what a kernel uses may not come from the reading side; they carry no crew and answer nobody
CRUISE_MISSILE, BALLISTIC_MISSILE = 3, 4


@kernel
def is_inside(defence: Defence, zone: int, latitude: float, longitude: float) -> bool:
    """Whether a place (rad) lies inside a zone's outline: an even-odd count of the edges to its east; it spans less than 180 degrees."""
    zones, corners = defence.zones, defence.zone_corners
    first, end = zones["first"][zone], zones["end"][zone]
    # longitudes count from the first corner, so that an outline may cross the date line
    inside, last, origin = False, end - 1, corners[first, 1]
    here = half_turn(longitude - origin)
    for k in range(first, end):
        if (corners[k, 0] > latitude) != (corners[last, 0] > latitude):
            share = (latitude - corners[k, 0]) / (corners[last, 0] - corners[k, 0])
            begin, stop = half_turn(corners[k, 1] - origin), half_turn(corners[last, 1] - origin)
            if begin + share * (stop - begin) > here:
                inside = not inside
        last = k
    return inside


@kernel
def _zone_says(defence: Defence, side: int, state: Reals, now: float) -> int:
    """What the zones of a side make of a track's state (6,): HOSTILE in a restricted one, else FRIEND in a corridor, else UNKNOWN."""
    zones, says = defence.zones, UNKNOWN
    latitude, longitude, height = theatre_to_geodetic(defence.frame, state[0], state[1], state[2])
    speed = math.sqrt(state[3] ** 2 + state[4] ** 2 + state[5] ** 2)
    for zone in range(zones.shape[0]):
        row = zones[zone]
        if row["side"] != side or not row["begin"] <= now < row["stop"]:
            continue
        if not row["altitude_min"] <= height <= row["altitude_max"] or not is_inside(defence, zone, latitude, longitude):
            continue
        if row["kind"] != CORRIDOR:
            return HOSTILE
        if speed <= row["speed_max"]:
            says = FRIEND
    return says


@kernel
def identify(defence: Defence, bank: TrackBank, slot: int, side: int, cls: int, state: Reals, now: float) -> int:
    """FRIEND, UNKNOWN or HOSTILE: what `side` takes a track of class `cls` in a state (6,) at `now` (s) for.

    A reply of the own side makes a friend. Missiles are hostile by their flight. Then zones speak. All is hostile where identification is
    perfect, for then nothing else is seen.
    """
    if defence.settings.friends_seen == 0:
        return HOSTILE
    known = bank.track["identity"][slot]
    if known >= 0 and defence.identity_side[known] == side:
        return FRIEND
    if cls in (CRUISE_MISSILE, BALLISTIC_MISSILE):
        return HOSTILE
    if defence.zones.shape[0] == 0:
        return UNKNOWN
    return _zone_says(defence, side, state, now)
