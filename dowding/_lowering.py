"""Kernels' intermediate code written by several processes: half of a compile, and the half that needs no other kernel.

To find the types in a kernel, those of the kernels that it calls must be known; to write its code, only their names. So the writing
is put off, and processes split off from this one (which share all that it knows) write the code of some kernels each into files.
"""

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any, cast

from numba.core import bytecode, compiler, compiler_machinery, funcdesc, lowering

BATCH = 40  # kernels that one process writes while others' types are being found
SHARE = 6  # kernels that a process takes at a time when all types are known
MOST = 4  # processes beside this one: the finding of types, which one process does, takes about half of the time

LoweringPass: Any = cast(Any, compiler_machinery).LoweringPass
Lower: Any = cast(Any, lowering).Lower
_waiting: list[Any] = []  # libraries whose code is still to be written
_begun: dict[int, list[Any]] = {}  # those that another process writes, by its number


def _free() -> int:
    """How many more processes may be split off: none where that is unsafe."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 0
    return max(0, min(len(os.sched_getaffinity(0)) - 1, MOST) - len(_begun))


def number_anew() -> None:
    """Let no function of this process have the name of one of another.

    Numba numbers functions, and the types of records in their names, from one in each process, so that on disk and in a program that
    is linked of what several have made one name would stand for different code.
    """
    cast(Any, bytecode).FunctionIdentity._unique_ids = count(int.from_bytes(os.urandom(7), "big"))


def _write_all(libraries: list[Any]) -> None:
    for library in libraries:
        library.write()


def _split_off(work: Callable[[], object]) -> int:
    """The number of a new process that does `work`."""
    number = os.fork()
    if number:
        return number
    result = 1
    try:
        number_anew()
        gc.disable()  # it would touch, and so copy, all that is shared
        work()
        result = 0
    finally:
        os._exit(result)


def _ended_well(number: int) -> bool:
    try:
        return os.waitpid(number, 0)[1] == 0
    except ChildProcessError:  # it was waited for before, and what followed was interrupted
        return False


def _gather(number: int) -> None:
    """Take over what a process has written; whatever went wrong there is done again, and told, here."""
    well = _ended_well(number)
    for library in _begun[number]:
        (library.read if well else library.write)()
        library.tell()
    del _begun[number]


def _has_ended(number: int) -> bool:
    try:
        return os.waitid(os.P_PID, number, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _gather_ended() -> None:
    for number in [number for number in _begun if _has_ended(number)]:
        _gather(number)


def put_off(library: Any) -> None:
    """Have the code of `library` written later, here or by another process."""
    _waiting.append(library)
    if len(_waiting) >= BATCH:
        _gather_ended()
        if _free():
            batch = _waiting.copy()
            _waiting.clear()
            _begun[_split_off(partial(_write_all, batch))] = batch


def _take_shares(tickets: int, shares: list[list[Any]]) -> Iterator[int]:
    """Write shares, each against a ticket from a pipe from which other processes take theirs too; which are written."""
    while ticket := os.read(tickets, 1):
        _write_all(shares[ticket[0]])
        yield ticket[0]


def _write_together(libraries: list[Any]) -> None:
    """Write the code of at most 255 shares, here and in as many processes as may be."""
    shares = [libraries[first : first + SHARE] for first in range(0, len(libraries), SHARE)]
    tickets, given = os.pipe()
    os.write(given, bytes(range(len(shares))))
    os.close(given)
    others: list[int] = []
    here: set[int] = set()

    def call_others() -> None:
        _gather_ended()
        while len(others) < min(_free(), len(shares) - len(here) - 1):
            others.append(_split_off(lambda: list(_take_shares(tickets, shares))))

    call_others()
    for position in _take_shares(tickets, shares):
        here.add(position)
        call_others()
    os.close(tickets)
    well = min([_ended_well(number) for number in others], default=True)  # each is waited for
    for position, share in enumerate(shares):
        for library in share:
            if position not in here:
                (library.read if well else library.write)()
            library.tell()


def write_what_waits() -> None:
    """Have all code written, and wait for it."""
    while _waiting:
        now = _waiting[: 255 * SHARE]
        del _waiting[: len(now)]
        try:
            _write_together(now)
        finally:  # an interrupted compile is gone on with by the next
            _waiting.extend(library for library in now if library.lower is not None)
    for number in list(_begun):
        _gather(number)


class PutOff(LoweringPass):  # type: ignore[misc]
    """Numba's lowering of a kernel that only kernels call: what callers must know of it is known, the rest is put off."""

    _name = "put_off"

    def __init__(self) -> None:
        LoweringPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Numba's way into a pass."""
        target, flags, library = state.targetctx, state.flags, state.library
        found = cast(Any, funcdesc).PythonFunctionDescriptor.from_specialized_function(
            state.func_ir, state.typemap, state.return_type, state.calltypes, mangler=target.mangler, inline=flags.forceinline,
            noalias=flags.noalias, abi_tags=[flags.get_mangle_string()],
        )  # fmt: skip
        environment = cast(Any, lowering).Environment.from_fndesc(found)
        form, metadata, reloaded, home = state.func_ir, state.metadata, state.reload_init, os.getpid()

        def lower() -> None:
            with cast(Any, compiler).ConfigStack().enter(flags.copy()), target.push_code_library(library):
                Lower(target, library, found, form, metadata=metadata).lower()
            reloaded.extend(library._reload_init)
            if os.getpid() != home and (reloaded or environment.consts):
                raise RuntimeError("the code needs objects of the process that makes it")

        library.begin(found.mangled_name, lower)
        function = target.get_executable(library, found, environment)
        target.insert_user_function(function, found, [library])
        state["cr"] = cast(Any, compiler)._LowerResult(found, None, cfunc=function, env=environment)
        put_off(library)
        return True


cast(Any, compiler_machinery).register_pass(mutates_CFG=True, analysis_only=False)(PutOff)
number_anew()
