"""The clock's queue against a slow twin: Python's heap of (time, kind, number).

The queue's kernels can only be called by other kernels, so this runs them as plain Python, in a process of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

TWIN = """
import heapq

from hypothesis import given, settings, strategies as st

from dowding.engine.events import drop_first, make_queue, push

times = st.one_of(st.sampled_from([0.0, 1.0, 1.5]), st.floats(0.0, 1e5))
pushes = st.tuples(times, st.integers(0, 5), st.integers(0, 50), st.integers(0, 9))


@settings(max_examples=400, deadline=None, database=None, derandomize=True)
@given(st.lists(st.one_of(pushes, st.none()), max_size=120))
def same_order(steps):
    queue, twin, number = make_queue(128), [], 0
    for step in steps:
        if step is not None:
            push(queue, *step)
            heapq.heappush(twin, (step[0], step[1], number, step[2], step[3]))
            number += 1
        elif twin:
            compare(queue, twin)
    while twin:
        compare(queue, twin)
    assert queue.tally[0] == 0


def compare(queue, twin):
    first = queue.event[0]
    expected = heapq.heappop(twin)
    assert (first["time"], first["kind"], first["number"], first["entity"], first["part"]) == expected
    assert queue.tally[0] == len(twin) + 1
    drop_first(queue)


same_order()
print("same order")
"""


def test_the_queue_gives_events_in_the_order_of_a_heap(tmp_path: Path) -> None:
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", TWIN], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "same order\n"
