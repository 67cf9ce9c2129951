"""The clock's queue: a binary heap of (time, kind, number), so that equal times have a stated order."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import bundle, kernel

# What may happen, in the order in which it happens within one instant: the world moves, sensors look, messages leave and come,
# interceptors arrive, orders and requests come, units report, desks decide, units launch.
TRUTH, ARRIVAL, DWELL, SEND, DELIVER, INTERCEPT, COMMAND, STATUS, DECISION, LAUNCH = range(10)


EVENT = np.dtype(
    [
        ("time", np.float64),  # s
        ("kind", np.int64),  # TRUTH .. LAUNCH; also its priority
        ("entity", np.int64),  # row of the sensor, unit, desk, target, shot, port or edge
        ("part", np.int64),  # channel of a launch or command, row of a message or report, ENTERS or PATH_ENDS of an arrival, else 0
        ("number", np.int64),  # order of insertion, breaks ties
    ]
)


@bundle
class Queue(NamedTuple):
    """Pending events, a binary heap in a flat table."""

    event: NDArray[Any]  # (slot,) EVENT
    tally: NDArray[np.int64]  # (2,) events pending; events inserted so far


def make_queue(capacity: int) -> Queue:
    """An empty queue for at most `capacity` pending events."""
    return Queue(np.zeros(capacity, EVENT), np.zeros(2, np.int64))


@kernel
def _before(queue: Queue, a: int, b: int) -> bool:
    if queue.event["time"][a] != queue.event["time"][b]:
        return bool(queue.event["time"][a] < queue.event["time"][b])
    if queue.event["kind"][a] != queue.event["kind"][b]:
        return bool(queue.event["kind"][a] < queue.event["kind"][b])
    return bool(queue.event["number"][a] < queue.event["number"][b])


@kernel
def _swap(queue: Queue, a: int, b: int) -> None:
    queue.event["time"][a], queue.event["time"][b] = queue.event["time"][b], queue.event["time"][a]
    queue.event["kind"][a], queue.event["kind"][b] = queue.event["kind"][b], queue.event["kind"][a]
    queue.event["entity"][a], queue.event["entity"][b] = queue.event["entity"][b], queue.event["entity"][a]
    queue.event["part"][a], queue.event["part"][b] = queue.event["part"][b], queue.event["part"][a]
    queue.event["number"][a], queue.event["number"][b] = queue.event["number"][b], queue.event["number"][a]


@kernel
def push(queue: Queue, time: float, kind: int, entity: int, part: int) -> None:
    """Insert an event; the caller has made the queue large enough (the run checks once an event)."""
    at = queue.tally[0]
    queue.event["time"][at] = time
    queue.event["kind"][at] = kind
    queue.event["entity"][at] = entity
    queue.event["part"][at] = part
    queue.event["number"][at] = queue.tally[1]
    queue.tally[0] += 1
    queue.tally[1] += 1
    while at > 0:
        parent = (at - 1) // 2
        if not _before(queue, at, parent):
            break
        _swap(queue, at, parent)
        at = parent


@kernel
def drop_first(queue: Queue) -> None:
    """Remove the earliest event, which stands in slot 0."""
    queue.tally[0] -= 1
    last = queue.tally[0]
    _swap(queue, 0, last)
    at = 0
    while True:
        child = 2 * at + 1
        if child >= last:
            break
        if child + 1 < last and _before(queue, child + 1, child):
            child += 1
        if not _before(queue, child, at):
            break
        _swap(queue, child, at)
        at = child
