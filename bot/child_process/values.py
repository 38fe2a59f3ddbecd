"""Frozen values as JSON and back, by the types that a function declares.

A dataclass or named tuple is the list of its fields. One that stands in several places, like a long
text, is written once and is a number afterwards; so an answer names what was in its request instead
of repeating it. Promises: what is read has the declared types, or ValueError is raised; nothing is
ever unpickled. Knows nothing of processes.
"""

from __future__ import annotations

import base64
import dataclasses
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

LONG_TEXT = 40  # characters
Write = Callable[[Any, "Seen"], Any]
Read = Callable[[Any, "Seen"], Any]
SCALARS: tuple[type, ...] = (str, int, bool, float, type(None))
LISTS: Mapping[Any, type] = {list: list, Sequence: tuple, Collection: tuple, frozenset: frozenset}


class Seen:
    """What was written or read before, in one conversation: by its number, and its number.

    It keeps the values, so that no other one takes their place in memory.
    """

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.numbers: dict[int, int] = {}

    def add(self, value: Any) -> None:
        """Give the next number to a value."""
        self.numbers[id(value)] = len(self.values)
        self.values.append(value)


def write_values(kinds: Sequence[Any], values: Iterable[Any], seen: Seen) -> list[Any]:
    """JSON of values of some types."""
    return [_codec(kind)[0](value, seen) for kind, value in zip(kinds, values, strict=True)]


def read_values(kinds: Sequence[Any], written: Any, seen: Seen) -> list[Any]:
    """The values of such JSON. Raises ValueError if it is no such JSON."""
    _check(isinstance(written, list) and len(written) == len(kinds))
    return [_codec(kind)[1](value, seen) for kind, value in zip(kinds, written, strict=True)]


def types_of(function: Callable[..., Any]) -> tuple[list[Any], Any]:
    """The types of a function's arguments, and of what it returns."""
    return _types_of(function)


@cache
def _types_of(function: Callable[..., Any]) -> tuple[list[Any], Any]:
    hints = get_type_hints(function)
    return [kind for name, kind in hints.items() if name != "return"], hints["return"]


def _check(is_valid: bool) -> None:
    if not is_valid:
        raise ValueError("a value of another type than declared")


@cache
def _codec(kind: Any) -> tuple[Write, Read]:
    """How a type is written and read."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is str:
        return _write_text, _read_text
    if kind in SCALARS:
        return _scalar(kind)
    if kind is bytes:
        return _write_bytes, _read_bytes
    if kind is date:
        return _write_date, _read_date
    if origin is Literal:
        return _literal(frozenset(inner))
    if origin in (typing.Union, types.UnionType):
        return _optional(inner)
    if origin is tuple and inner[-1] is not Ellipsis:
        return _fixed(inner)
    if origin in (tuple, *LISTS):
        return _list(inner[0], LISTS.get(origin, tuple))
    if origin in (dict, Mapping):
        return _mapping(*inner)
    if dataclasses.is_dataclass(kind):
        return _record(kind, [field.name for field in dataclasses.fields(kind)])
    if hasattr(kind, "_fields"):
        return _record(kind, kind._fields)
    raise TypeError(f"no values of the type {kind} go to a process")


def _scalar(kind: type) -> tuple[Write, Read]:
    allowed = (int, float) if kind is float else (kind,)

    def read(written: Any, _seen: Seen) -> Any:
        _check(type(written) in allowed)
        return written

    return (lambda value, _seen: value), read


def _write_text(value: str, seen: Seen) -> str | int:
    if len(value) < LONG_TEXT:
        return value
    number = seen.numbers.get(id(value))
    if number is None:
        seen.add(value)
        return value
    return number


def _read_text(written: Any, seen: Seen) -> Any:
    if type(written) is int:
        return _seen_before(written, str, seen)
    _check(type(written) is str)
    if len(written) >= LONG_TEXT:
        seen.add(written)
    return written


def _seen_before(number: int, kind: type, seen: Seen) -> Any:
    _check(0 <= number < len(seen.values))
    value = seen.values[number]
    _check(type(value) is kind)
    return value


def _write_bytes(value: bytes, _seen: Seen) -> str:
    return base64.b85encode(value).decode()


def _read_bytes(written: Any, _seen: Seen) -> bytes:
    _check(type(written) is str)
    return base64.b85decode(written)


def _write_date(value: date, _seen: Seen) -> int:
    return value.toordinal()


def _read_date(written: Any, _seen: Seen) -> date:
    _check(type(written) is int)
    return date.fromordinal(written)


def _literal(allowed: frozenset[Any]) -> tuple[Write, Read]:
    def read(written: Any, _seen: Seen) -> Any:
        _check(type(written) in SCALARS and written in allowed)
        return written

    return (lambda value, _seen: value), read


def _optional(inner: tuple[Any, ...]) -> tuple[Write, Read]:
    (kind,) = [each for each in inner if each is not type(None)]
    write_inner, read_inner = _codec(kind)

    def write(value: Any, seen: Seen) -> Any:
        return None if value is None else write_inner(value, seen)

    def read(written: Any, seen: Seen) -> Any:
        return None if written is None else read_inner(written, seen)

    return write, read


def _list(kind: Any, make: type) -> tuple[Write, Read]:
    write_inner, read_inner = _codec(kind)

    def write(values: Iterable[Any], seen: Seen) -> list[Any]:
        return [write_inner(value, seen) for value in values]

    def read(written: Any, seen: Seen) -> Any:
        _check(type(written) is list)
        return make([read_inner(each, seen) for each in written])

    return write, read


def _fixed(kinds: Sequence[Any]) -> tuple[Write, Read]:
    def write(values: Sequence[Any], seen: Seen) -> list[Any]:
        return write_values(kinds, values, seen)

    def read(written: Any, seen: Seen) -> tuple[Any, ...]:
        return tuple(read_values(kinds, written, seen))

    return write, read


def _mapping(key: Any, value: Any) -> tuple[Write, Read]:
    write_keys, read_keys = _codec(tuple[key, ...])
    write_inner, read_inner = _codec(tuple[value, ...])

    def write(mapping: Mapping[Any, Any], seen: Seen) -> list[Any]:
        return [write_keys(mapping, seen), write_inner(mapping.values(), seen)]

    def read(written: Any, seen: Seen) -> dict[Any, Any]:
        _check(type(written) is list and len(written) == 2)
        keys, values = read_keys(written[0], seen), read_inner(written[1], seen)
        _check(len(keys) == len(values))
        return dict(zip(keys, values, strict=True))

    return write, read


def _record(kind: Any, names: Sequence[str]) -> tuple[Write, Read]:
    """Numbered after its fields, as whoever reads it can only have it then."""
    hints = get_type_hints(kind)
    codecs = [_codec(hints[name]) for name in names]
    writers = [(name, codec[0]) for name, codec in zip(names, codecs, strict=True)]
    readers = [codec[1] for codec in codecs]

    def write(value: Any, seen: Seen) -> list[Any] | int:
        number = seen.numbers.get(id(value))
        if number is not None:
            return number
        written = [write_field(getattr(value, name), seen) for name, write_field in writers]
        seen.add(value)
        return written

    def read(written: Any, seen: Seen) -> Any:
        if type(written) is int:
            return _seen_before(written, kind, seen)
        _check(type(written) is list and len(written) == len(readers))
        value = kind(
            *[read_field(each, seen) for read_field, each in zip(readers, written, strict=True)]
        )
        seen.add(value)
        return value

    return write, read
