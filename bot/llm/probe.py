"""What a server says of itself and of a model, and how fast it reads and writes.

Looking costs nothing; measuring is two short calls, through whatever ``Model`` books them. Servers
say very different things: what one does not say is not known, and no failure.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from bot.errors import ModelError
from bot.llm.client import Model, ModelServer
from bot.llm.dialect import Message
from bot.llm.error_translation import status_of
from bot.tokens import count_tokens

OLLAMA_WINDOW = 4_096  # its default; OLLAMA_CONTEXT_LENGTH or a model's num_ctx say otherwise
# vLLM's, Groq's, OpenRouter's, Mistral's, LM Studio's names for it in a list of models.
WINDOWS = ("max_model_len", "context_window", "context_length", "max_context_length")
SHUT_DOWN = ("shutdown_date", "deprecation", "deprecated_at", "expiration_date")
NUM_CTX = re.compile(r"^num_ctx\s+(\d+)", re.MULTILINE)
REFUSES_KEY = (401, 403)
NAMED_MODELS = 8  # of a server's, in a line for the operator

SENTENCE = (
    "The ferry leaves the harbour at nine in the morning and takes forty minutes to the island, "
    "where a bus waits that stops at the school, the lighthouse and the old salt works. "
)
READ_SENTENCES = 14  # about 500 tokens: 15 s at 35 a second
WRITTEN_TOKENS = 48
WARMING_TOKENS = 16  # the least that some hosted models take
TASK = "\n\nDo not comment on this text. Write the numbers from one to thirty as English words."


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a server says of itself. None: it does not say."""

    reachable: bool
    key_accepted: bool | None = None
    models: tuple[str, ...] | None = None
    model_listed: bool | None = None
    shutdown: str | None = None  # when the model is shut down, as the server writes it
    window: int | None = None  # tokens
    slots: int | None = None  # questions that it answers at once
    software: str = ""  # "Ollama" or "llama.cpp", where it gives itself away
    problem: str = ""  # why it could not be looked at, in words


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second; None: the server does not stream, or does not tell tokens."""

    reading: float | None
    writing: float | None
    streams: bool


async def fetch_server_facts(server: ModelServer, model: str) -> ServerFacts:
    """What the server says. Raises nothing: what goes wrong is in the facts."""
    try:
        listed = await server.get_json("models")
    except ModelError as error:
        status = status_of(error)
        if status in REFUSES_KEY:
            return ServerFacts(True, key_accepted=False, problem=error.message)
        if status is None:
            return ServerFacts(False, problem=error.message)
        listed = None
    rows = _rows(listed)
    mine = _of(rows, model)
    window, program, slots = await _window(server, model)
    return ServerFacts(
        reachable=True,
        key_accepted=True if rows else None,
        models=tuple(str(row["id"]) for row in rows) or None,
        model_listed=mine is not None if rows else None,
        shutdown=next((str(mine[name]) for name in SHUT_DOWN if mine.get(name)), None)
        if mine
        else None,
        window=window or _first_count(mine or {}, WINDOWS),
        slots=slots,
        software=program,
    )


def _rows(listed: Any) -> list[Mapping[str, Any]]:
    """The rows of a list of models, whatever else a server sent."""
    data = listed.get("data") if isinstance(listed, Mapping) else listed
    rows = data if isinstance(data, list) else []
    return [row for row in rows if isinstance(row, Mapping) and row.get("id")]


def _of(rows: Sequence[Mapping[str, Any]], model: str) -> Mapping[str, Any] | None:
    """The row of a model; Ollama adds a tag to its name."""
    names = (model, f"{model}:latest", f"models/{model}")
    return next((row for row in rows if row["id"] in names), None)


def _first_count(row: Mapping[str, Any], names: Sequence[str]) -> int | None:
    found = (row.get(name) for name in names)
    return next((n for n in found if isinstance(n, int) and n > 0), None)


async def _window(server: ModelServer, model: str) -> tuple[int | None, str, int | None]:
    """The window of Ollama's or llama.cpp's, which of them it is, and its slots where it tells.
    OpenAI's own is neither."""
    if not server.address:
        return None, "", None
    properties = await _document(server, "/props")  # first: llama.cpp imitates Ollama, too
    generation = properties.get("default_generation_settings")
    if isinstance(generation, Mapping):
        slots = _first_count(properties, ("total_slots",))
        return _first_count(generation, ("n_ctx",)), "llama.cpp", slots
    shown = await _document(server, "/api/show", {"model": model})
    if "model_info" in shown or "modelfile" in shown:
        return await _ollama_window(server, model, shown), "Ollama", None
    return None, "", None


async def _ollama_window(server: ModelServer, model: str, shown: Mapping[str, Any]) -> int:
    """That of the model as it is loaded; else as it would be."""
    running = (await _document(server, "/api/ps")).get("models")
    names = (model, f"{model}:latest")
    for row in running if isinstance(running, list) else []:
        if isinstance(row, Mapping) and row.get("name") in names:
            loaded = _first_count(row, ("context_length",))
            if loaded:
                return loaded
    own = NUM_CTX.search(str(shown.get("parameters") or ""))
    wanted = int(own[1]) if own else OLLAMA_WINDOW
    info = shown.get("model_info")
    info = info if isinstance(info, Mapping) else {}
    trained = _first_count(info, [name for name in info if name.endswith(".context_length")])
    return min(wanted, trained or wanted)


async def _document(server: ModelServer, path: str, body: Any = None) -> Mapping[str, Any]:
    """One document of the server's; empty where there is none."""
    try:
        found = await server.get_json(path, body)
    except ModelError:
        return {}
    return found if isinstance(found, Mapping) else {}


async def measure_speed(server: Model, model: str) -> Speed:
    """How fast a model reads and writes. Raises ModelError.

    A first call may have to load the model, so it does not count. The text begins with something
    new, for a server that has read the same before has it ready.
    """
    await _timed(server, model, [{"role": "user", "content": "Say yes."}], WARMING_TOKENS)
    text = f"Text {secrets.token_hex(8)}. {SENTENCE * READ_SENTENCES}{TASK}"
    return await _timed(server, model, [{"role": "user", "content": text}], WRITTEN_TOKENS)


async def _timed(server: Model, model: str, messages: Sequence[Message], max_tokens: int) -> Speed:
    clock = asyncio.get_running_loop().time
    began = clock()
    times: list[float] = []
    pieces, read, written = "", 0, 0
    async with aclosing(server.stream(model, messages, max_tokens)) as chunks:
        async for chunk in chunks:
            if chunk.text or chunk.reasoning:
                times.append(clock())
                pieces += chunk.reasoning + chunk.text
            if chunk.usage:
                read, written = chunk.usage.prompt_tokens, chunk.usage.completion_tokens
    read = read or sum(count_tokens(message["content"]) for message in messages)
    written = written or count_tokens(pieces)
    if len(times) < 2:
        whole_s = clock() - began
        return Speed(None, written / whole_s if written else None, streams=False)
    reading_s, writing_s = times[0] - began, times[-1] - times[0]
    return Speed(_rate(read, reading_s), _rate(written - 1, writing_s), streams=True)


def _rate(tokens: int, seconds: float) -> float | None:
    return tokens / seconds if tokens > 0 and seconds > 0 else None


def operator_warnings(facts: ServerFacts, model: str) -> list[str]:
    """What the operator should know, one line each."""
    if facts.problem:
        return [facts.problem]
    found = []
    if facts.model_listed is False and facts.models:
        there = ", ".join(facts.models[:NAMED_MODELS])
        more = len(facts.models) - NAMED_MODELS
        others = f" and {more} more" if more > 0 else ""
        found.append(f"The server does not list {model}. It has: {there}{others}.")
    if facts.shutdown:
        found.append(f"{model} will be shut down by its server ({facts.shutdown}): choose another.")
    return found
