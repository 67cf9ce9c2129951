"""A worker process: reads spans of replicates from standard input, a line each, runs them and writes their parts; tells of it on
standard output. `python -m dowding.study.worker FOLDER`, started by `local`.
"""

import json
import signal
import sys
import time
from pathlib import Path

from dowding.errors import DowdingError
from dowding.study.plan import plan_in
from dowding.study.replicates import Replicator
from dowding.study.spans import Span
from dowding.study.store import Store

TELL_S = 0.2  # seconds between two tellings of progress


def main() -> None:
    """Work until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C reaches us too; the one who started us decides
    folder = Path(sys.argv[1])
    out, sys.stdout = sys.stdout, sys.stderr  # nothing else may speak on that line

    def tell(kind: str, **more: object) -> None:
        out.write(json.dumps({"kind": kind} | more) + "\n")
        out.flush()

    try:
        plan, store = plan_in(folder), Store(folder)
        replicator = Replicator(plan)
        for line in sys.stdin:
            span = Span(*json.loads(line))
            began, count, told = time.perf_counter(), 0, time.perf_counter()

            def done() -> None:
                nonlocal count, told
                count += 1
                if time.perf_counter() - told > TELL_S:
                    tell("progress", replicates=count)
                    count, told = 0, time.perf_counter()

            columns, seconds = replicator.rows(span.point, span.first, span.last, done)
            store.add(span, columns, seconds)
            tell("done", replicates=count, busy_s=time.perf_counter() - began, simulated_s=float(seconds.sum()))
    except DowdingError as failure:
        tell("failed", message=failure.message, hint=failure.hint)
    except BrokenPipeError:
        pass


if __name__ == "__main__":
    main()
