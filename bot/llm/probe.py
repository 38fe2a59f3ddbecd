"""Finds out what a server says about itself and a model, and how fast the model is.

Fetching facts is free; measuring takes two short calls, through whichever ``Model`` books them.
Servers say very different things: what one does not say is unknown, not an error.
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
from bot.strings import _
from bot.tokens import count_tokens

OLLAMA = "Ollama"
OLLAMA_WINDOW = 4_096  # its default; OLLAMA_CONTEXT_LENGTH or a model's num_ctx say otherwise
# The names of vLLM, Groq, OpenRouter, Mistral and LM Studio in a list of models.
WINDOW_FIELDS = ("max_model_len", "context_window", "context_length", "max_context_length")
SHUTDOWN_FIELDS = ("shutdown_date", "deprecation", "deprecated_at", "expiration_date")
NUM_CTX = re.compile(r"^num_ctx\s+(\d+)", re.MULTILINE)
KEY_REFUSED = (401, 403)
MAX_NAMED_MODELS = 8  # in a line for the operator

SENTENCE = (
    "The ferry leaves the harbour at nine in the morning and takes forty minutes to the island, "
    "where a bus waits that stops at the school, the lighthouse and the old salt works. "
)
PROMPT_SENTENCES = 14  # about 500 tokens: 15 s at 35 a second
MEASURED_TOKENS = 48
WARMUP_TOKENS = 16  # the least that some hosted models accept
TASK = "\n\nDo not comment on this text. Write the numbers from one to thirty as English words."


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a server says about itself. None: it does not say."""

    models: tuple[str, ...] | None = None
    model_listed: bool | None = None
    shutdown: str | None = None  # when the model is shut down, as the server writes it
    window: int | None = None  # tokens
    slots: int | None = None  # requests that it answers at once
    software: str = ""  # "Ollama" or "llama.cpp", if it can be recognized
    problem: str = ""  # why the facts could not be fetched


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens per second; None if the server does not stream or report tokens."""

    reading: float | None
    writing: float | None
    streams: bool


async def fetch_server_facts(server: ModelServer, model: str) -> ServerFacts:
    """What the server says. Raises nothing: errors are in ``problem``."""
    try:
        listed = await server.get_json("models")
    except ModelError as error:
        if status_of(error) in (*KEY_REFUSED, None):
            return ServerFacts(problem=error.message)
        listed = None
    rows = _rows(listed)
    row = _find_row(rows, model) or {}
    window, software, slots = await _window(server, model)
    return ServerFacts(
        models=tuple(str(each["id"]) for each in rows) or None,
        model_listed=bool(row) if rows else None,
        shutdown=next((str(row[name]) for name in SHUTDOWN_FIELDS if row.get(name)), None),
        window=window or _first_count(row, WINDOW_FIELDS),
        slots=slots,
        software=software,
    )


def _rows(listed: Any) -> list[Mapping[str, Any]]:
    """The rows of a list of models; none if the response has another shape."""
    data = listed.get("data") if isinstance(listed, Mapping) else listed
    rows = data if isinstance(data, list) else []
    return [row for row in rows if isinstance(row, Mapping) and row.get("id")]


def _find_row(rows: Sequence[Mapping[str, Any]], model: str) -> Mapping[str, Any] | None:
    """The row of a model; Ollama adds a tag to its name."""
    names = (model, f"{model}:latest", f"models/{model}")
    return next((row for row in rows if row["id"] in names), None)


def _first_count(row: Mapping[str, Any], names: Sequence[str]) -> int | None:
    values = (row.get(name) for name in names)
    return next((n for n in values if isinstance(n, int) and n > 0), None)


async def _window(server: ModelServer, model: str) -> tuple[int | None, str, int | None]:
    """The context window, the software and the slots of an Ollama or llama.cpp server."""
    if not server.address:
        return None, "", None
    properties = await _document(server, "/props")  # first, since llama.cpp also imitates Ollama
    generation = properties.get("default_generation_settings")
    if isinstance(generation, Mapping):
        slots = _first_count(properties, ("total_slots",))
        return _first_count(generation, ("n_ctx",)), "llama.cpp", slots
    shown = await _document(server, "/api/show", {"model": model})
    if "model_info" in shown or "modelfile" in shown:
        return await _ollama_window(server, model, shown), OLLAMA, None
    return None, "", None


async def _ollama_window(server: ModelServer, model: str, shown: Mapping[str, Any]) -> int:
    """The window of the model as loaded, else as it would be loaded."""
    running = (await _document(server, "/api/ps")).get("models")
    names = (model, f"{model}:latest")
    for row in running if isinstance(running, list) else []:
        if isinstance(row, Mapping) and row.get("name") in names:
            loaded = _first_count(row, ("context_length",))
            if loaded:
                return loaded
    own = NUM_CTX.search(str(shown.get("parameters") or ""))
    configured = int(own[1]) if own else OLLAMA_WINDOW
    info = shown.get("model_info")
    info = info if isinstance(info, Mapping) else {}
    trained = _first_count(info, [name for name in info if name.endswith(".context_length")])
    return min(configured, trained or configured)


async def _document(server: ModelServer, path: str, body: Any = None) -> Mapping[str, Any]:
    """A document of the server; empty if there is none."""
    try:
        document = await server.get_json(path, body)
    except ModelError:
        return {}
    return document if isinstance(document, Mapping) else {}


async def measure_speed(server: Model, model: str) -> Speed:
    """How fast a model reads and writes. Raises ModelError.

    The first call may have to load the model, so it does not count. The text begins with a random
    number, so that the server cannot have it cached.
    """
    await _timed(server, model, [{"role": "user", "content": "Say yes."}], WARMUP_TOKENS)
    text = f"Text {secrets.token_hex(8)}. {SENTENCE * PROMPT_SENTENCES}{TASK}"
    return await _timed(server, model, [{"role": "user", "content": text}], MEASURED_TOKENS)


async def _timed(server: Model, model: str, messages: Sequence[Message], max_tokens: int) -> Speed:
    clock = asyncio.get_running_loop().time
    began = clock()
    times: list[float] = []
    text, read, written = "", 0, 0
    async with aclosing(server.stream(model, messages, max_tokens)) as chunks:
        async for chunk in chunks:
            if chunk.text or chunk.reasoning:
                times.append(clock())
                text += chunk.reasoning + chunk.text
            if chunk.usage:
                read, written = chunk.usage.prompt_tokens, chunk.usage.completion_tokens
    read = read or sum(count_tokens(message["content"]) for message in messages)
    written = written or count_tokens(text)
    if len(times) < 2:
        whole_s = clock() - began
        return Speed(None, written / whole_s if written else None, streams=False)
    reading_s, writing_s = times[0] - began, times[-1] - times[0]
    return Speed(_rate(read, reading_s), _rate(written - 1, writing_s), streams=True)


def _rate(tokens: int, seconds: float) -> float | None:
    return tokens / seconds if tokens > 0 and seconds > 0 else None


def operator_warnings(facts: ServerFacts, model: str) -> list[str]:
    """Warnings for the operator, one line each."""
    if facts.problem:
        return [facts.problem]
    warnings = []
    if facts.model_listed is False and facts.models:
        models = ", ".join(facts.models[:MAX_NAMED_MODELS])
        more = len(facts.models) - MAX_NAMED_MODELS
        if more > 0:
            models = _("{models} and {n} more").format(models=models, n=more)
        missing = _("The server does not list {model}. It has: {models}.")
        warnings.append(missing.format(model=model, models=models))
    if facts.shutdown:
        shutdown = _("{model} will be shut down by its server ({date}): choose another.")
        warnings.append(shutdown.format(model=model, date=facts.shutdown))
    return warnings
