"""Pure functions of the bot, called in a child process: what goes through the pipes.

A request names the function and has its arguments, an answer has what it returned, both as JSON
(``values``). The child calls what the bot names; the bot checks the types of what the child says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, BinaryIO

from bot.child_process import frames
from bot.child_process.values import Seen, read_values, types_of, write_values


def call(
    requests: BinaryIO, answers: BinaryIO, function: Callable[..., Any], arguments: Sequence[Any]
) -> Any:
    """What a function of a module of the bot returns in the child. Raises ValueError, EOFError."""
    kinds, returned = types_of(function)
    seen = Seen()
    name = f"{function.__module__}:{function.__name__}"
    _send(requests, [name, write_values(kinds, arguments, seen)])
    (value,) = read_values([returned], _load(frames.receive(answers)), seen)
    return value


def answer(request: bytes, answers: BinaryIO) -> None:
    """Do in the child what a request asks for."""
    name, written = _load(request)
    module, _, function_name = name.partition(":")
    function = getattr(import_module(module), function_name)
    kinds, returned = types_of(function)
    seen = Seen()
    value = function(*read_values(kinds, written, seen))
    _send(answers, write_values([returned], [value], seen))


def _send(stream: BinaryIO, value: list[Any]) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    frames.send(stream, frames.dump_text(text))


def _load(frame: bytes) -> Any:
    return json.loads(frames.load_text(frame))
