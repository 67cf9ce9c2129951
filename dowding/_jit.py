"""The only place that knows Numba: one decorator for kernels, and a disk cache that cannot go stale.

Numba's own cache checks only the file in which a cached function stands, so an upgrade that changes a callee in
another file leaves the old machine code running. Here the cache folder's name holds a digest of every source file
of the package and of the versions of Python, Numba and NumPy: any change starts a new folder.
"""

import contextlib
import hashlib
import os
import platform
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import partial, update_wrapper
from pathlib import Path
from typing import Any, Generic, ParamSpec, TextIO, TypeVar, cast, overload

import llvmlite
import numba
import numpy as np
from numba.extending import typeof_impl

from dowding._bundle import BundleType, handle_of
from dowding._bundle import bundle as bundle
from dowding._elementwise import each, has_several, is_of_numbers
from dowding._linking import IntermediateCompiler, IntermediateLibrary, keep_when_written
from dowding._passes import KernelCompiler, mark
from dowding._typing import quicken

P = ParamSpec("P")
R = TypeVar("R")

PACKAGE_FOLDER = Path(__file__).resolve().parent
READING_SIDE = (
    "analysis", "catalogue", "formats", "plots", "scenario", "study", "surveying", "web", "assessing.py", "explaining.py",
    "cli.py", "cli_study.py", "commands.py", "commands_study.py", "drawing.py", "printing.py", "__init__.py", "__main__.py",
)  # fmt: skip
FOLDERS_KEPT = 3  # digest folders left standing when a new one is made


def source_digest(folder: Path = PACKAGE_FOLDER) -> str:
    """A digest of the Python sources below `folder` and of the versions that shape compiled code.

    What lies in READING_SIDE holds no kernels and nothing that a kernel uses (a test holds that), so it does not count.
    """
    digest = hashlib.sha256()
    versions = (platform.python_version(), numba.__version__, llvmlite.__version__, np.__version__, platform.machine())
    digest.update(repr(versions).encode())
    for source in sorted(folder.rglob("*.py")):
        place = source.relative_to(folder)
        if place.parts[0] in READING_SIDE:
            continue
        digest.update(place.as_posix().encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _cache_root() -> Path:
    """The first writable of: DOWDING_CACHE_DIR, the user's cache folder, a folder of this user's under the temporary one."""
    candidates = []
    if given := os.environ.get("DOWDING_CACHE_DIR"):
        candidates.append(Path(given))
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        candidates.append(Path(xdg) / "dowding")
    with contextlib.suppress(RuntimeError):  # no HOME and no entry in the password file, as in a container with a random user
        candidates.append(Path.home() / ".cache" / "dowding")
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    candidates.append(Path(tempfile.gettempdir()) / f"dowding-{user}")
    for candidate in candidates:
        if _writable(candidate):
            return candidate
    return Path(tempfile.mkdtemp(prefix="dowding-"))


def _prune(root: Path, keep: Path) -> None:
    """Remove all but the newest few digest folders; another process may be doing the same, so nothing here may fail."""
    folders = [p for p in root.glob("kernels-*") if p.is_dir() and p != keep]
    folders.sort(key=lambda p: p.stat().st_mtime if p.exists() else 0.0, reverse=True)
    for old in folders[FOLDERS_KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def _cache_folder() -> Path:
    root = _cache_root()
    folder = root / f"kernels-{source_digest()}"
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _prune(root, folder)
    return folder


CACHE_FOLDER = _cache_folder()
IntermediateLibrary.folder = CACHE_FOLDER / "code"
quicken()


_settings = cast(Any, numba.config)  # Numba sets these names at run time
_njit = cast(Any, numba.njit)  # some options below are not in its published signature


_SEEN: set[str] = set()  # kernels whose machine code is on the disk
_ONE_AT_A_TIME = threading.Lock()  # Numba's cache folder is one setting for all threads, and is turned over for each kernel


def _compile(function: Callable[P, R], *, entry: bool, fused: bool = False, inlined: bool = False) -> Callable[P, R]:
    kept = _settings.CACHE_DIR
    # Numba's cache cannot tell code with a way in from Python from code without: a folder for each
    _settings.CACHE_DIR = str(CACHE_FOLDER / ("entry" if entry else "inner"))
    try:
        # Without the runtime that counts references a kernel cannot allocate, and compiles several times faster;
        # what Python never calls needs no code to unpack Python's arguments, which for bundles of arrays is most of it.
        compile_it = _njit(
            cache=True, nogil=True, error_model="numpy", boundscheck=False, _nrt=False, no_cfunc_wrapper=True,
            no_cpython_wrapper=not entry, fastmath={"contract"} if fused else False, forceinline=inlined,
            pipeline_class=KernelCompiler if entry else IntermediateCompiler,
        )  # fmt: skip
        code = compile_it(function)
        if not entry:
            code._cache.save_overload = partial(keep_when_written, code._cache.save_overload)
        return cast(Callable[P, R], code)
    finally:
        _settings.CACHE_DIR = kept


def _refusing_arrays(entry: Any) -> Any:
    """The same way in from Python, which refuses to give out a tuple of arrays: what stands in a bundle has no owner to give.

    Numba itself refuses a bare array that is not one of the arguments.
    """
    add_code = entry.add_overload

    def add_checked(code: Any) -> None:
        returned = code.signature.return_type
        if any(isinstance(part, numba.types.Array | BundleType) for part in (getattr(returned, "types", None) or ())):
            raise TypeError(f"kernel {entry.__name__} gives arrays to Python; let it fill some that it is given")
        add_code(code)

    entry.add_overload = add_checked
    return entry


class Kernel(Generic[P, R]):
    """A compiled function: other kernels call its bare machine code; a way in from Python is made at Python's first call.

    One of numbers alone takes arrays from Python too, element by element.
    """

    def __init__(self, function: Callable[P, R], **options: bool) -> None:
        self.function = function
        self.options = options
        self.of_numbers = is_of_numbers(function)
        mark(function)
        self.code = _compile(function, entry=False, **options)
        self._entry: Callable[P, R] | None = None
        self._ways_in: dict[tuple[Any, ...], Callable[..., R]] = {}  # by the kinds of all arguments: the machine code itself
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the machine code, compiled before for these types.

        Numba asks each argument for its type at every call, which takes some microseconds for a bundle: here its kind is enough.
        """
        values: Any = args
        given: list[Any] = []
        kinds: list[Any] = []
        for value in values:
            kind = type(value)
            if kind is np.ndarray:
                kinds += (value.dtype, value.ndim, value.flags.num)
            elif getattr(kind, "_is_bundle", False):
                value = value.__dict__.get("handle") or handle_of(value)
                kinds.append(type(value))  # a class of its own for each kind of bundle
            elif isinstance(value, tuple):
                return self._run(args, kwargs)
            else:
                kinds.append(kind)
            given.append(value)
        if kwargs:
            return self._run(args, kwargs)
        key = tuple(kinds)
        way_in = self._ways_in.get(key)
        if way_in is not None:
            return way_in(*given)
        result = self._run(args, kwargs)
        entry = cast(Any, self._entry)
        code = entry.overloads.get(tuple([entry.typeof_pyval(value) for value in given]))
        if code is not None:
            self._ways_in[key] = code.entry_point
        return result

    def _run(self, args: Any, kwargs: Any) -> R:
        """Run the machine code by Numba's own way in, which compiles what is not there."""
        if self.of_numbers and has_several(args, kwargs):
            return cast(R, each(self, self.function.__annotations__, args, kwargs))
        if self._entry is None:
            with _ONE_AT_A_TIME:
                if self._entry is None:
                    self._entry = _refusing_arrays(_compile(self.function, entry=True, **self.options))
        entry = cast("Callable[..., R]", self._entry)  # quoted: to build that type at each call took 10 us
        given = [value if (handle := handle_of(value)) is None else handle for value in args]
        named = {name: value if (handle := handle_of(value)) is None else handle for name, value in kwargs.items()}
        return entry(*given, **named)

    def __reduce__(self) -> str:
        """Pickled by name, as functions are."""
        return self.function.__qualname__


@typeof_impl.register(Kernel)
def _typeof_kernel(value: Kernel[..., Any], _context: object) -> Any:
    return numba.types.Dispatcher(value.code)


@overload
def kernel(function: Callable[P, R]) -> Callable[P, R]: ...


@overload
def kernel(*, fused: bool = False, inlined: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def kernel(function: Callable[P, R] | None = None, *, fused: bool = False, inlined: bool = False) -> Any:
    """Compile `function` at its first call, without the GIL and without allocation, and keep the machine code on disk.

    `fused` lets a product and a sum be rounded once, by one instruction. `inlined` puts the code where it is called: a call costs
    some nanoseconds for each array passed, 0.3 us for a bundle of thirty, which the compiler's own judgement does not know.
    With NUMBA_DISABLE_JIT=1 the plain Python function is returned, so that a debugger can walk through it.
    """
    if function is None:
        return partial(_kernel, fused=fused, inlined=inlined)
    return _kernel(function, fused=fused, inlined=inlined)


def _kernel(function: Callable[P, R], fused: bool, inlined: bool) -> Callable[P, R]:
    return function if _settings.DISABLE_JIT else Kernel(function, fused=fused, inlined=inlined)


def is_compiled(name: str) -> bool:
    """Whether a kernel of this (unqualified) name has machine code in the cache folder, from this process or an earlier one."""
    if _settings.DISABLE_JIT or name in _SEEN:
        return True
    if any(CACHE_FOLDER.rglob(f"*.{name}-*.nbc")):
        _SEEN.add(name)  # what is on the disk stays there while we run: a study need not look before each replicate
        return True
    return False


def announce_compile(name: str, stream: TextIO | None = None) -> None:
    """Say on `stream` (standard error if None), before the first call, that a compile is about to happen."""
    if not is_compiled(name):
        message = "compiling the simulation kernels for this machine; this happens once and takes some minutes"
        print(message, file=sys.stderr if stream is None else stream, flush=True)
