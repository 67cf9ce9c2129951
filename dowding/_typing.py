"""Numba's compiler made quicker: what it asks again and again, hundreds of thousands of times for our kernels, it remembers.

Each answer here depends only on what it is remembered by, so that the compiled code is the same.
"""

from collections.abc import Hashable
from functools import cache
from typing import Any, cast

from llvmlite import ir as llvm_ir
from numba.core import ir, targetconfig, types

Function: Any = cast(Any, types.functions).BaseFunction
Variable: Any = cast(Any, ir).Var
Instruction: Any = cast(Any, ir).Inst
Options: Any = cast(Any, targetconfig).TargetConfig

_find_call_type = Function.get_call_type
_find_size = cast(Any, llvm_ir).Type.get_abi_size
_sizes: dict[tuple[str, str], int] = {}


def _get_call_type(self: Any, context: Any, args: Any, kws: Any) -> Any:
    """The signature with which a function of Numba's own is called for types of arguments."""
    if kws:
        return _find_call_type(self, context, args, kws)
    known = self.__dict__.setdefault("_known_calls", {})
    found = known.get(args)
    if found is None:
        found = known[args] = _find_call_type(self, context, args, kws)
    return found


def _list_variables(self: Any, value: Any) -> list[Any]:
    """The variables in a part of an instruction."""
    found: list[Any] = []
    waiting = [value]
    while waiting:
        part = waiting.pop()
        kind = type(part)
        if kind is Variable:
            found.append(part)
        elif kind is dict:
            waiting.extend(reversed(part.values()))
        elif kind is tuple or kind is list:
            waiting.extend(reversed(part))
        elif isinstance(part, Instruction):
            found.extend(part.list_vars())
    return found


def _get_abi_size(self: Any, target_data: Any, context: Any = None) -> int:
    """Bytes of an LLVM type."""
    if context is not None:
        return cast(int, _find_size(self, target_data, context))
    name = str(self), str(target_data)
    if name not in _sizes:
        _sizes[name] = _find_size(self, target_data)
    return _sizes[name]


def _values(self: Any) -> dict[str, Any]:
    """As Numba's own, by one merge of two dictionaries: asking each of thirty options took a tenth of a compile under a profile."""
    return {**_defaults(cast(Hashable, type(self))), **self._values}


@cache
def _defaults(kind: Hashable) -> dict[str, Any]:
    return {name: option.default for name, option in cast(Any, kind).options.items()}


@cache
def _hash_of_names(kind: Hashable) -> int:
    return hash(tuple(sorted(cast(Any, kind).options)))


def quicken() -> None:
    """Let Numba remember."""
    Function.get_call_type = _get_call_type
    Instruction._rec_list_vars = _list_variables
    cast(Any, llvm_ir).Type.get_abi_size = _get_abi_size
    Options.values = _values
    Options.__hash__ = lambda self: _hash_of_names(cast(Hashable, type(self)))  # as Numba's own: of the options' names alone
