"""Bundles: named tuples of arrays that kernels receive as one pointer each.

Numba takes a named tuple apart and passes each word of each array in it as an argument of its own: a bundle of thirty arrays is two
hundred arguments, at every call from kernel to kernel, in the code to compile and at run time. A class marked `@bundle` stays a
named tuple in Python, and is a pointer to a block of memory in kernels, where the words of its arrays (address, sizes, strides) and
its numbers lie one after the other. The block is filled once, at the bundle's first way into a kernel, so a bundle never changes;
what its arrays hold may.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import config, extending, types
from numba.core import cgutils, pythonapi
from numba.core.typing import templates
from numba.np import numpy_support
from numpy.typing import NDArray

# Numba tells no types of its own
numba_types: Any = cast(Any, types)
numba_extending: Any = cast(Any, extending)
builders: Any = cast(Any, cgutils)
Attributes: Any = cast(Any, templates).AttributeTemplate
Opaque: Any = cast(Any, extending).models.OpaqueModel
NativeValue: Any = cast(Any, pythonapi).NativeValue

T = TypeVar("T")
WORD = 8  # bytes
_POINTER = ir.IntType(8).as_pointer()
_WORD = ir.IntType(64)


class BundleType(numba_types.Type):  # type: ignore[misc]
    """What kernels know of a bundle: the names and types of its fields."""

    def __init__(self, title: str, fields: tuple[tuple[str, Any], ...]) -> None:
        self.fields = dict(fields)
        self.offsets: dict[str, int] = {}
        words = 0
        for name, kind in fields:
            self.offsets[name] = words * WORD
            words += _words(kind)
        # the name becomes part of the name of each function that takes it, so it is short
        digest = hashlib.sha256(repr([(name, str(kind)) for name, kind in fields]).encode()).hexdigest()[:12]
        super().__init__(name=f"{title}.{digest}")

    @property
    def key(self) -> Any:
        """What two equal types share."""
        return self.name


def _words(kind: Any) -> int:
    """How many words of 64 bits a value of a Numba type takes in a bundle."""
    if isinstance(kind, numba_types.Array):
        return 2 + 2 * int(kind.ndim)
    if isinstance(kind, numba_types.NoneType):
        return 0
    if isinstance(kind, numba_types.BaseTuple):
        return sum(_words(part) for part in kind)
    if isinstance(kind, BundleType) or kind in (numba_types.float64, numba_types.int64, numba_types.boolean):
        return 1
    raise TypeError(f"a bundle cannot hold {kind}")


class Handle(NamedTuple):
    """Where a bundle's block of memory stands.

    A named tuple with a class of its own for each type of bundle: Numba tells those apart fastest, by name.
    """

    address: int


@cache
def _handle_class(title: str, fields: tuple[tuple[str, Any], ...]) -> type[Handle]:
    kind = BundleType(title, fields)
    return type(kind.name, (Handle,), {"kind": kind})


def _filled(owner: Any) -> Handle:
    """A new block for a bundle."""
    parts = [_described(value) for value in owner]
    fields = tuple(zip(owner._fields, (kind for kind, _ in parts), strict=True))
    block = np.array([word for _, words in parts for word in words] or [0], np.uint64)
    handle: Any = _handle_class(type(owner).__name__, fields)(int(block.__array_interface__["data"][0]))
    handle.kept = block, tuple(owner)  # what must live as long as it
    return cast(Handle, handle)


@cache
def _array_kind(dtype: Any, ndim: int, layout: str, writeable: bool) -> Any:
    return numba_types.Array(cast(Any, numpy_support).from_dtype(dtype), ndim, layout, readonly=not writeable)


def _described(value: Any) -> tuple[Any, list[int]]:
    """The Numba type of a field's value, and the words that stand for it."""
    if isinstance(value, np.ndarray):
        face = value.__array_interface__
        flags = value.flags
        layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
        words = [face["data"][0], value.size, *value.shape, *value.strides]
        return _array_kind(value.dtype, value.ndim, layout, flags.writeable), [word & 0xFFFFFFFFFFFFFFFF for word in words]
    if value is None:
        return numba_types.none, []
    if isinstance(value, bool | np.bool_):
        return numba_types.boolean, [int(value)]
    if isinstance(value, int | np.integer):
        return numba_types.int64, [int(value) & 0xFFFFFFFFFFFFFFFF]
    if isinstance(value, float):
        return numba_types.float64, [int(np.float64(value).view(np.uint64))]
    handle = handle_of(value)
    if handle is not None:
        return cast(Any, handle).kind, [handle.address]
    if isinstance(value, tuple):
        parts = [_described(part) for part in value]
        kinds = tuple(kind for kind, _ in parts)
        words = [word for _, words in parts for word in words]
        if hasattr(value, "_fields"):
            return numba_types.NamedTuple(kinds, type(value)), words
        return numba_types.Tuple(kinds), words
    raise TypeError(f"a bundle cannot hold {type(value).__name__}")


def handle_of(value: Any) -> Handle | None:
    """The memory of a bundle, filled at first; None for what is not one."""
    if not getattr(type(value), "_is_bundle", False):
        return None
    if "handle" not in value.__dict__:
        # of threads that come here together all must use the first one's block: another bundle's block may point to it already
        value.__dict__.setdefault("handle", _filled(value))
    return cast(Handle, value.__dict__["handle"])


def bundle(cls: type[T]) -> type[T]:
    """Mark a named tuple whose fields are arrays, numbers, None and other bundles: kernels receive a pointer to it."""

    def reduce(self: Any) -> Any:
        return type(self), tuple(self)

    body = {
        "__doc__": cls.__doc__, "__module__": cls.__module__, "__qualname__": cls.__qualname__, "_is_bundle": True,
        "__annotations__": cls.__annotations__, "__reduce__": reduce,
    }  # fmt: skip
    return cast(type[T], type(cls.__name__, (cls,), body))


@numba_extending.typeof_impl.register(Handle)  # type: ignore[untyped-decorator]
def _typeof_handle(value: Any, _context: object) -> Any:
    return value.kind


@numba_extending.register_model(BundleType)
class _BundleModel(Opaque):  # type: ignore[misc]
    """A pointer."""


@numba_extending.unbox(BundleType)  # type: ignore[untyped-decorator]
def _unbox_handle(_kind: BundleType, handle: Any, c: Any) -> NativeValue:
    address = c.pyapi.long_as_longlong(c.pyapi.tuple_getitem(handle, 0))  # a borrowed reference
    return NativeValue(c.builder.inttoptr(address, _POINTER), is_error=builders.is_not_null(c.builder, c.pyapi.err_occurred()))


@numba_extending.infer_getattr
class _BundleAttributes(Attributes):  # type: ignore[misc]
    key = BundleType

    def generic_resolve(self, kind: BundleType, name: str) -> Any:
        return kind.fields.get(name)


@numba_extending.lower_getattr_generic(BundleType)  # type: ignore[untyped-decorator]
def _field(context: Any, builder: Any, kind: BundleType, value: Any, name: str) -> Any:
    return _loaded(context, builder, kind.fields[name], value, kind.offsets[name])


def _word(builder: Any, base: Any, offset: int, kind: Any) -> Any:
    """One word of a block; the block never changes, so that a loop needs to read it but once."""
    place = builder.gep(base, [ir.Constant(_WORD, offset)])
    found = builder.load(builder.bitcast(place, kind.as_pointer()))
    found.set_metadata("invariant.load", builder.module.add_metadata([]))
    return found


def _loaded(context: Any, builder: Any, kind: Any, base: Any, offset: int) -> Any:
    """The value of a Numba type that stands at an offset (bytes) of a block."""
    if isinstance(kind, numba_types.Array):
        shape = context.get_value_type(kind)
        meminfo, parent, _count, _size, data, extents, steps = shape.elements
        n = kind.ndim
        sizes, strides = ir.Constant(extents, ir.Undefined), ir.Constant(steps, ir.Undefined)
        for k in range(n):
            sizes = builder.insert_value(sizes, _word(builder, base, offset + WORD * (2 + k), _WORD), k)
            strides = builder.insert_value(strides, _word(builder, base, offset + WORD * (2 + n + k), _WORD), k)
        item = context.get_constant(numba_types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
        made = ir.Constant(shape, ir.Undefined)
        parts = (
            ir.Constant(meminfo, None), ir.Constant(parent, None), _word(builder, base, offset + WORD, _WORD), item,
            _word(builder, base, offset, data), sizes, strides,
        )  # fmt: skip
        for k, part in enumerate(parts):
            made = builder.insert_value(made, part, k)
        return made
    if isinstance(kind, numba_types.NoneType):
        return context.get_dummy_value()
    if isinstance(kind, numba_types.BaseTuple):
        values = []
        for part in kind:
            values.append(_loaded(context, builder, part, base, offset))
            offset += _words(part) * WORD
        return context.make_tuple(builder, kind, values)
    if kind == numba_types.boolean:
        return builder.trunc(_word(builder, base, offset, _WORD), ir.IntType(1))
    return _word(builder, base, offset, context.get_value_type(kind))


def blocks_of(bundles: Sequence[Any]) -> NDArray[np.uint64]:
    """The blocks of bundles of one type, (bundle, word), for `nth`; the bundles' arrays must live as long as it."""
    return np.stack([cast(Any, handle_of(each)).kept[0] for each in bundles])


def _nth_plain(every: Any, _first: Any, _blocks: Any, row: int) -> Any:
    return type(every)(*(field[row] if isinstance(field, np.ndarray) else field for field in every))


@numba_extending.intrinsic  # type: ignore[untyped-decorator]
def _nth(_context: Any, every: Any, first: BundleType, blocks: Any, row: Any) -> Any:
    def put(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = signature.args
        array = context.make_array(kinds[2])(context, builder, args[2])
        along = builder.mul(context.cast(builder, args[3], kinds[3], numba_types.intp), builders.unpack_tuple(builder, array.strides)[0])
        return builder.gep(builder.bitcast(array.data, _POINTER), [along])

    return first(every, first, blocks, row), put


# nth(every, first, blocks, row): bundle number `row` of a bundle whose arrays have one more axis, in front; `first` is the first of them,
# and `blocks` those of all, by `blocks_of`
nth: Callable[[T, T, NDArray[np.uint64], int], T] = _nth_plain if cast(Any, config).DISABLE_JIT else _nth
