"""What a command post knows of the units that obey it: reports of channels and rounds, which take time and get lost.

Truth has no way in. A report is a snapshot of when it was sent; what the post has ordered since, it knows itself. So it may think a channel
busy that is free again, and never the other way round.
"""

from dowding import _random
from dowding._jit import kernel
from dowding._random import Luck
from dowding.engine.channels import tend_channels
from dowding.engine.command import is_carrying
from dowding.engine.events import STATUS, Queue, push
from dowding.engine.magazines import rounds_left, tend_magazines
from dowding.engine.state import Fight
from dowding.model import Defence

KNOWN = 0  # row of Fight.status: the latest report that has come; the others are under way


@kernel
def must_report(defence: Defence, unit: int) -> bool:
    """Whether a unit must tell its command post how it stands: the post chooses for it, over a link."""
    return bool(defence.units["central"][unit] and defence.units["order_link"][unit] >= 0)


@kernel
def note_status(defence: Defence, fight: Fight, unit: int, now: float, row: int) -> None:
    """Write how a unit stands into a row of its reports."""
    units, report = defence.units, fight.status[unit, row]
    tend_magazines(defence, fight, unit, now)
    report["flying"] = fight.unit["flying"][unit]
    report["free"] = tend_channels(fight, units["picture"][unit], unit, now, units["target_channels"][unit])
    report["left"] = rounds_left(defence, fight, unit)
    report["ordered"], report["promised"] = fight.unit["ordered"][unit], fight.unit["promised"][unit]


@kernel
def tell_status(defence: Defence, fight: Fight, queue: Queue, luck: Luck, unit: int, now: float) -> None:
    """A unit reports, and will again; a report that is lost is not sent twice, for the next one is newer."""
    units, told = defence.units, fight.unit["told"][unit]
    fight.unit["told"][unit] += 1
    push(queue, now + units["order_interval"][unit], STATUS, unit, KNOWN)
    lost = False
    if units["order_loss"][unit] > 0.0:
        u = _random.uniforms(luck, _random.STATUS, told, units["key"][unit], 0)
        lost = u[0] < units["order_loss"][unit]
    if lost or not is_carrying(defence, units["order_link"][unit], units["order_edge"][unit], now):
        return
    row = 1 + told % (fight.status.shape[1] - 1)
    note_status(defence, fight, unit, now, row)
    push(queue, now + units["order_latency"][unit], STATUS, unit, row)


@kernel
def hear_status(fight: Fight, unit: int, row: int) -> None:
    """A report arrives at the post."""
    known, come = fight.status[unit, KNOWN], fight.status[unit, row]
    known["free"], known["left"], known["flying"] = come["free"], come["left"], come["flying"]
    known["ordered"], known["promised"] = come["ordered"], come["promised"]


@kernel
def pass_status(defence: Defence, fight: Fight, queue: Queue, luck: Luck, unit: int, row: int, now: float) -> None:
    """A STATUS event: a unit reports, or a report comes to its post."""
    if row == KNOWN:
        tell_status(defence, fight, queue, luck, unit, now)
    else:
        hear_status(fight, unit, row)


@kernel
def look_at_unit(defence: Defence, fight: Fight, unit: int, now: float, post: int) -> None:
    """Bring what is known of a unit up to date for who decides: itself, or a `post` (-1 for none) that needs no reports, knows it all."""
    if post < 0 or not must_report(defence, unit):
        note_status(defence, fight, unit, now, KNOWN)
