"""How kernels are linked: those that only other kernels call stay intermediate code until a whole program is made of them.

Numba optimises each compiled function together with all that it calls, and makes machine code of it, before its caller does both
again: a chain of ten calls pays ten times for what stands at its end. Here a kernel without a way in from Python is kept as
LLVM's intermediate code only, linked with its callees but not optimised beyond single functions; what Python calls is
optimised and turned into machine code once, with all that it reaches.
"""

from collections.abc import Hashable
from functools import cache
from typing import Any, cast

import llvmlite.binding as llvm
from numba.core import codegen, compiler, targetconfig

JITCodeLibrary: Any = cast(Any, codegen).JITCodeLibrary
NumbaCompiler: Any = cast(Any, compiler).Compiler
KIND = "intermediate"  # how such code is marked on disk


class _WithoutMachineCode:
    """Stands for the code generator where Numba would note an environment in machine code that does not exist."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def set_env(self, name: str, environment: object) -> None:
        """Nothing to set: kernels use no Python objects."""


class IntermediateLibrary(JITCodeLibrary):  # type: ignore[misc]
    """Code that only other kernels call: never optimised as a whole and never made into machine code by itself."""

    @property
    def codegen(self) -> Any:
        return _WithoutMachineCode(self._codegen)

    def _optimize_functions(self, ll_module: Any) -> None:
        """As Numba's own, with one manager of passes for all functions of a module, and none for those that are only named."""
        ll_module.data_layout = self._codegen._data_layout
        passes, builder = self._codegen._function_pass_manager()
        for function in ll_module.functions:
            if not function.is_declaration:
                passes.run(function, builder)

    def finalize(self) -> None:
        """Link with the callees and stop there."""
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Zero, Numba's sign that there is no such machine code."""
        self._ensure_finalized()
        return 0

    def serialize_using_object_code(self) -> tuple[str, str, bytes]:
        """What the cache on disk keeps: intermediate code."""
        self._ensure_finalized()
        return self.name, KIND, self._get_module_for_linking().as_bitcode()


class Library(JITCodeLibrary):  # type: ignore[misc]
    """Numba's library, which also reads intermediate code back from disk."""

    @classmethod
    def _unserialize(cls, generator: Any, state: tuple[str, str, Any]) -> Any:
        name, kind, data = state
        if kind != KIND:
            return super()._unserialize(generator, state)
        library = IntermediateLibrary(generator, name)
        library._final_module = library._shared_module = llvm.parse_bitcode(data)
        library._finalize_dynamic_globals()
        library._finalized = True
        return library


cast(Any, codegen).JITCPUCodegen._library_class = Library


class IntermediateCompiler(NumbaCompiler):  # type: ignore[misc]
    """Numba's compiler into an IntermediateLibrary."""

    def __init__(self, typingctx: Any, targetctx: Any, library: Any, *rest: Any) -> None:
        super().__init__(typingctx, targetctx, library, *rest)
        if self.state.library is None:
            self.state.library = IntermediateLibrary(self.state.targetctx.codegen(), "kernel")


def _values(self: Any) -> dict[str, Any]:
    """As Numba's own, by one merge of two dictionaries: asking each of thirty options took a tenth of a compile under a profile."""
    return {**_defaults(cast(Hashable, type(self))), **self._values}


@cache
def _defaults(kind: Hashable) -> dict[str, Any]:
    return {name: option.default for name, option in cast(Any, kind).options.items()}


@cache
def _hash_of_names(kind: Hashable) -> int:
    return hash(tuple(sorted(cast(Any, kind).options)))


cast(Any, targetconfig).TargetConfig.values = _values
# as Numba's own: of the options' names alone
cast(Any, targetconfig).TargetConfig.__hash__ = lambda self: _hash_of_names(cast(Hashable, type(self)))
