"""The processor's cycle counter, read inside compiled code."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def ticks(_context: Any) -> Any:
    """The processor's cycle counter."""

    def read(_target: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        return builder.call(builder.module.declare_intrinsic("llvm.readcyclecounter", fnty=ir.FunctionType(ir.IntType(64), [])), [])

    return types.int64(), read
