"""What of Numba's compiler a kernel passes through: kernels have no closures, array expressions, generators or counted references.

Left out are the passes that look for these, the notes on types that nobody reads, and, after each pass, the search for the life of
every variable: without references to count, nothing is to be done where a variable dies.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any, cast

from numba.core import compiler, compiler_machinery, postproc, transforms, typed_passes, untyped_passes

Base: Any = cast(Any, compiler).CompilerBase
PassManager: Any = cast(Any, compiler_machinery).PassManager
PostProcessor: Any = cast(Any, postproc).PostProcessor
UNTYPED, TYPED = cast(Any, untyped_passes), cast(Any, typed_passes)
BEFORE_LOWERING = (
    UNTYPED.TranslateByteCode, UNTYPED.FixupArgs, UNTYPED.IRProcessing, UNTYPED.RewriteSemanticConstants, UNTYPED.DeadBranchPrune,
    UNTYPED.GenericRewrites, UNTYPED.RewriteDynamicRaises, UNTYPED.ReconstructSSA, UNTYPED.DeadBranchPrune,
    TYPED.NopythonTypeInference, TYPED.PreLowerStripPhis, TYPED.InlineOverloads, TYPED.NoPythonSupportedFeatureValidation,
)  # fmt: skip
_KERNELS: set[CodeType] = set()
_process = PostProcessor.run


class KernelCompiler(Base):  # type: ignore[misc]
    """Numba's compiler with the passes that a kernel needs."""

    lowering = TYPED.NativeLowering

    def define_pipelines(self) -> list[Any]:
        """One list of passes."""
        self.state.type_annotation = ""
        manager = PassManager("kernel")
        for step in (*BEFORE_LOWERING, self.lowering, TYPED.NoPythonBackend):
            manager.add_pass(step, step._name)
        manager.finalize()
        return [manager]


def _run(self: Any, emit_dels: bool = False, extend_lifetimes: bool = False) -> None:
    """As Numba's own; of a kernel only the flow of control is put in order."""
    form = self.func_ir
    if form.func_id.code not in _KERNELS:
        _process(self, emit_dels, extend_lifetimes)
        return
    form.blocks = cast(Any, transforms).canonicalize_cfg(form.blocks)
    form.variable_lifetime = cast(Any, postproc).VariableLifetime(form.blocks)
    form.generator_info = None


def mark(function: Callable[..., Any]) -> None:
    """Note that `function` is a kernel."""
    _KERNELS.add(function.__code__)


PostProcessor.run = _run
