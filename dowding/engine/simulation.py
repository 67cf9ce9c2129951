"""One replicate from Python: make the memory, let the clock run, empty its buffers, and give back tables."""

from collections.abc import Callable

from dowding import _jit
from dowding.engine.output import Chunks, all_tables
from dowding.engine.run import BANK_FULL, BUFFERS_FULL, advance, begin, make_run
from dowding.errors import RunError
from dowding.model import Compiled
from dowding.tables import Columns

STANDARD = frozenset({"truth", "dwells", "detections", "tracks", "events"})
EVERYTHING = STANDARD | {"looks"}


def simulate_tables(
    compiled: Compiled,
    seed: int | None = None,
    replicate: int = 0,
    wanted: frozenset[str] = STANDARD,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Columns]:
    """Run one replicate and give its tables; `targets`, `sensors`, `assets` and `shots` come always, others as `wanted`.

    `progress` is called with the share of the run that is done, at times. Raises RunError if the tracker's memory is full.
    """
    model = compiled.model
    number = compiled.resolved.seed if seed is None else seed
    _jit.announce_compile("advance")
    run, chunks = make_run(model, wanted), Chunks()
    begin(model, run, number, replicate)
    while (code := advance(model, run, number, replicate)) == BUFFERS_FULL:
        chunks.drain(run.record)
        if progress is not None:
            progress(float(run.state.queue.event["time"][0]) / model.defence.settings.duration)
    if code == BANK_FULL:
        raise RunError(
            f"the tracker's memory for {run.banks.every.track.shape[1]} tracks is full before {run.state.queue.event['time'][0]:.0f} s",
            hint="lower false_alarms_per_scan of the radars, or raise tracker.confirm_hits",
        )
    chunks.drain(run.record)
    return all_tables(compiled, run.state, chunks, wanted)
