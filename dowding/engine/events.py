"""The clock's queue: a binary heap of (time, priority, number), so that equal times have a stated order."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel

# What may happen, in the order in which it happens within one instant: the world moves, sensors look, interceptors arrive, units decide, units launch.
TRUTH, ARRIVAL, DWELL, INTERCEPT, DECISION, LAUNCH = range(6)


class Queue(NamedTuple):
    """Pending events, a binary heap in flat arrays."""

    time: NDArray[np.float64]  # (slot,) s
    kind: NDArray[np.int64]  # (slot,) TRUTH .. LAUNCH; also its priority
    entity: NDArray[np.int64]  # (slot,) row of the sensor, unit, target or shot
    part: NDArray[np.int64]  # (slot,) channel of a launch, else 0
    number: NDArray[np.int64]  # (slot,) order of insertion, breaks ties
    count: NDArray[np.int64]  # (2,) events pending; events inserted so far


def make_queue(capacity: int) -> Queue:
    """An empty queue for at most `capacity` pending events."""
    return Queue(
        np.zeros(capacity),
        np.zeros(capacity, np.int64),
        np.zeros(capacity, np.int64),
        np.zeros(capacity, np.int64),
        np.zeros(capacity, np.int64),
        np.zeros(2, np.int64),
    )


@kernel
def _before(queue: Queue, a: int, b: int) -> bool:
    if queue.time[a] != queue.time[b]:
        return bool(queue.time[a] < queue.time[b])
    if queue.kind[a] != queue.kind[b]:
        return bool(queue.kind[a] < queue.kind[b])
    return bool(queue.number[a] < queue.number[b])


@kernel
def _swap(queue: Queue, a: int, b: int) -> None:
    queue.time[a], queue.time[b] = queue.time[b], queue.time[a]
    queue.kind[a], queue.kind[b] = queue.kind[b], queue.kind[a]
    queue.entity[a], queue.entity[b] = queue.entity[b], queue.entity[a]
    queue.part[a], queue.part[b] = queue.part[b], queue.part[a]
    queue.number[a], queue.number[b] = queue.number[b], queue.number[a]


@kernel
def push(queue: Queue, time: float, kind: int, entity: int, part: int) -> None:
    """Insert an event; the caller has made the queue large enough (the run checks once an event)."""
    at = queue.count[0]
    queue.time[at] = time
    queue.kind[at] = kind
    queue.entity[at] = entity
    queue.part[at] = part
    queue.number[at] = queue.count[1]
    queue.count[0] += 1
    queue.count[1] += 1
    while at > 0:
        parent = (at - 1) // 2
        if not _before(queue, at, parent):
            break
        _swap(queue, at, parent)
        at = parent


@kernel
def drop_first(queue: Queue) -> None:
    """Remove the earliest event, which stands in slot 0."""
    queue.count[0] -= 1
    last = queue.count[0]
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
