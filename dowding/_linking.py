"""How kernels are linked: those that only other kernels call stay intermediate code until a whole program is made of them.

Numba optimises each compiled function together with all that it calls, and makes machine code of it, before its caller does both
again: a chain of ten calls pays ten times for what stands at its end. Here a kernel without a way in from Python is kept as
LLVM's intermediate code only, apart from its callees and not optimised beyond single functions; what Python calls is linked
with all that it reaches, optimised and turned into machine code once.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import llvmlite.binding as llvm
from numba.core import codegen

from dowding._lowering import PutOff, write_what_waits
from dowding._passes import KernelCompiler

JITCodeLibrary: Any = cast(Any, codegen).JITCodeLibrary
KIND = "intermediate"  # how such code is marked on disk
_FOUND: dict[str, Any] = {}  # intermediate code by its key


class _WithoutMachineCode:
    """Stands for the code generator where Numba would note an environment in machine code that does not exist."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def set_env(self, name: str, environment: object) -> None:
        """Nothing to set: kernels use no Python objects."""


class IntermediateLibrary(JITCodeLibrary):  # type: ignore[misc]
    """Code that only other kernels call: kept apart from its callees, never optimised and never made into machine code by itself."""

    folder = Path()  # where such code lies on disk
    _linking_libraries: list[Any]
    key = ""  # a digest of the function's name, which no other process gives: what its code is called on disk
    lower: Callable[[], None] | None = None  # makes the code, which is not there yet

    def begin(self, name: str, lower: Callable[[], None]) -> None:
        """Give the code its name, and the way in which it will be made."""
        self.key, self.lower = hashlib.sha256(name.encode()).hexdigest(), lower
        self.when_written: list[Callable[[], None]] = []
        _FOUND[self.key] = self

    @property
    def codegen(self) -> Any:
        return _WithoutMachineCode(self._codegen)

    def _ensure_finalized(self) -> None:
        if self.lower is None:
            super()._ensure_finalized()

    def _optimize_functions(self, ll_module: Any) -> None:
        """As Numba's own, with one manager of passes for all functions of a module, and none for those that are only named."""
        ll_module.data_layout = self._codegen._data_layout
        passes, builder = self._codegen._function_pass_manager()
        for function in ll_module.functions:
            if not function.is_declaration:
                passes.run(function, builder)

    def finalize(self) -> None:
        """Link with what Numba itself compiled; kernels are linked when a program is made of them."""
        self._raise_if_finalized()
        callees = [library.key for library in dict.fromkeys(self._linking_libraries) if isinstance(library, IntermediateLibrary)]
        for library in dict.fromkeys(self._linking_libraries):
            if not isinstance(library, IntermediateLibrary):
                self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.external:
                function.linkage = "linkonce_odr"  # the same code may come along several ways
        self._be(self._final_module, callees)

    def _be(self, module: Any, callees: list[str]) -> None:
        self._final_module = self._shared_module = module
        self._finalize_dynamic_globals()
        self.callees, self._finalized = callees, True

    def write(self) -> None:
        """Make the code, and keep it on disk."""
        if self.lower is not None:
            self.lower()
            self.lower = None
        self._ensure_finalized()
        path = self.folder / self.key
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(json.dumps(self.callees).encode() + b"\n" + self._final_module.as_bitcode())
        part.replace(path)

    def read(self) -> None:
        """Take over the code that another process made."""
        head, _, code = (self.folder / self.key).read_bytes().partition(b"\n")
        self.lower = None
        self._be(llvm.parse_bitcode(code), json.loads(head))

    def tell(self) -> None:
        """Do what waited for the code to be on disk."""
        while self.when_written:
            self.when_written.pop()()

    def get_pointer_to_function(self, name: str) -> int:
        """Zero, Numba's sign that there is no such machine code."""
        return 0

    def serialize_using_object_code(self) -> tuple[str, str, str]:
        """What Numba's own cache keeps: where the code lies."""
        return self.name, KIND, self.key


def _find(key: str, generator: Any) -> IntermediateLibrary:
    """The code of this name, from this process or from the disk."""
    if key not in _FOUND:
        found = IntermediateLibrary(generator, "kernel")
        found.key, found.when_written = key, []
        found.read()
        _FOUND[key] = found
    return cast(IntermediateLibrary, _FOUND[key])


def _callers_first(roots: list[IntermediateLibrary], generator: Any) -> list[IntermediateLibrary]:
    """All code that is reached from some, each once, and after all that call it: LLVM drops what nobody has called for yet."""
    done: dict[str, IntermediateLibrary] = {}
    seen: set[str] = set()
    waiting = [(library, False) for library in roots]
    while waiting:
        library, callees_done = waiting.pop()
        if callees_done:
            done[library.key] = library
        elif library.key not in seen:
            seen.add(library.key)
            waiting.append((library, True))
            waiting.extend((_find(key, generator), False) for key in library.callees)
    return list(reversed(done.values()))


class Library(JITCodeLibrary):  # type: ignore[misc]
    """Numba's library, which also reads intermediate code back from disk and takes all that it reaches into one program."""

    _linking_libraries: list[Any]

    @classmethod
    def _unserialize(cls, generator: Any, state: tuple[str, str, Any]) -> Any:
        _, kind, data = state
        return _find(data, generator) if kind == KIND else super()._unserialize(generator, state)

    def finalize(self) -> None:
        """Link each kernel that is reached once, then as Numba does."""
        if any(isinstance(library, IntermediateLibrary) for library in self._linking_libraries):
            write_what_waits()
        own = [library for library in self._linking_libraries if isinstance(library, IntermediateLibrary)]
        self._linking_libraries = [library for library in self._linking_libraries if not isinstance(library, IntermediateLibrary)]
        self._linking_libraries += _callers_first(own, self._codegen)
        self._has_kernels = bool(own)
        super().finalize()

    def _optimize_final_module(self) -> None:
        """Numba's full passes without the cheap ones before them, which look for counted references."""
        if self._has_kernels and (missing := [x.name for x in self._final_module.functions if x.is_declaration and x.name[:3] == "_ZN"]):
            raise AssertionError(f"{self.name}: called, but not linked: {missing[0]}")
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)


cast(Any, codegen).JITCPUCodegen._library_class = Library


def keep_when_written(save: Callable[[Any, Any], None], signature: Any, result: Any) -> None:
    """Let Numba's cache `save` the result of a compile, when its code is there."""
    if result.library.lower is None:
        save(signature, result)
    else:
        result.library.when_written.append(lambda: save(signature, result))


class IntermediateCompiler(KernelCompiler):
    """The kernels' compiler, into an IntermediateLibrary."""

    lowering = PutOff

    def __init__(self, typingctx: Any, targetctx: Any, library: Any, *rest: Any) -> None:
        super().__init__(typingctx, targetctx, library, *rest)
        if self.state.library is None:
            self.state.library = IntermediateLibrary(self.state.targetctx.codegen(), "kernel")
