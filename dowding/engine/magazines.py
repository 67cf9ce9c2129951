"""Rounds: which may be spent on what, and when reloads bring more."""

from dowding._jit import kernel
from dowding.engine.state import Fight
from dowding.model import Defence

CLASSES = 5  # of targets


@kernel
def may_spend(defence: Defence, fight: Fight, unit: int, kind: int, cls: int) -> bool:
    """Whether a unit has a round of a kind that it need not keep for other classes than `cls`.

    Rounds kept for classes are there for all of them at once if for each set of classes the rounds that serve one of them are enough
    (P. Hall 1935, "On representatives of subsets"); a round may go if that still holds without it.
    """
    if fight.rounds[unit, kind] <= 0:
        return False
    if not defence.units["reserves"][unit]:
        return True
    serves = defence.magazine["serves"][unit, kind]
    for classes in range(1, 1 << CLASSES):
        if (classes >> cls) & 1 == 1 or serves & classes == 0:
            continue
        kept, held = 0, -1  # without this one
        for other in range(CLASSES):
            kept += defence.reserve[unit, other] * ((classes >> other) & 1)
        for other in range(fight.rounds.shape[1]):
            if defence.magazine["serves"][unit, other] & classes != 0:
                held += fight.rounds[unit, other]
        if kept > 0 and held < kept:
            return False
    return True


@kernel
def tend_magazines(defence: Defence, fight: Fight, unit: int, now: float) -> None:
    """Take in the reloads that have ended by now (s), and begin others where there is room for a load; one at a time for each kind."""
    for kind in range(fight.rounds.shape[1]):
        magazine = defence.magazine[unit, kind]
        if magazine["stock"] == 0:
            continue
        store = fight.store[unit, kind]
        while True:
            if store["coming"] > 0:
                if store["until"] > now:
                    break
                fight.rounds[unit, kind] += store["coming"]
                store["coming"] = 0
                begin = store["until"]
            else:
                begin = now
            load = min(magazine["load"], store["stock"])
            if load == 0 or fight.rounds[unit, kind] + load > magazine["ready"]:
                break
            store["stock"] -= load
            store["coming"] = load
            store["until"] = begin + defence.units["reload_time"][unit]


@kernel
def rounds_left(defence: Defence, fight: Fight, unit: int) -> int:
    """Rounds of all kinds that are ready and not promised to an engagement."""
    left = 0
    for kind in range(fight.rounds.shape[1]):
        left += fight.rounds[unit, kind]
    for channel in range(defence.units["target_channels"][unit]):
        left -= fight.channels["planned"][unit, channel]
    return max(left, 0)
