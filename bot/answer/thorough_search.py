"""Thorough search: a model plans the searches, reads what they find, and may have more looked for.

One small call writes up to four searches. What they find is fused by rank with what was found
already, and one call says which of the first thirty passages are relevant and
what is still missing; that is searched for and read once more. The answer is then written from the
relevant passages, behind them the best of the rest. The best of the first search stay among them
whatever the model says, so that a wrong reading costs little. Three calls at most: if one of the
first two fails, the answer is written from the first search. No word of a reply is shown but the
searches.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import regex

from bot.answer.events import Searching
from bot.answer.writing.completion import CompletionModel, complete, read_json_object
from bot.answer.writing.prompt_builder import escape_source, message_tokens
from bot.errors import ModelError
from bot.llm import Message, Schema
from bot.records import Hit, SearchResult
from bot.search.rank_fusion import fuse_ranks

log = logging.getLogger(__name__)

MAX_CALLS = 3  # one plan, two readings
MAX_SEARCHES = 4
SEARCH_CHARACTERS = 200
TITLES = 8  # of what was found already, told to whoever plans
READ_PASSAGES = 30
MORE_PASSAGES = 15  # of the second round
PASSAGE_CHARACTERS = 1_200  # of each that is read
WRITTEN_FROM = 20  # all evidence is within 20 for .98 of what needs two articles, within 12 for .91
ALWAYS_KEPT = 12  # of the first search: with 8, a liar cost one comparison of 85
NONE_RELEVANT = 0.4  # of the probability that the passages answer, if the reader finds none
PLAN_TOKENS, READ_TOKENS = 300, 300
REPLY_CHARACTERS = 4_000
CALL_S = 30.0  # later, the answer is written from what there is

PLAN_SCHEMA: Schema = {
    "type": "object",
    "properties": {"searches": {"type": "array", "items": {"type": "string"}}},
    "required": ["searches"],
    "additionalProperties": False,
}
READ_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "relevant": {"type": "array", "items": {"type": "integer"}},
        "missing": {"type": "string"},
    },
    "required": ["relevant", "missing"],
    "additionalProperties": False,
}
MARK = regex.compile(r"^\s*(?:[-*•]|\d{1,2}[.):])\s*")
RELEVANT = regex.compile(r"^\W*relevant\W*?:(.*)$", regex.MULTILINE | regex.IGNORECASE)
MISSING = regex.compile(r"^\W*missing\W*?:(.*)$", regex.MULTILINE | regex.IGNORECASE)
NOTHING = frozenset(("", "none", "nothing", "-"))

Search = Callable[[str], Awaitable[Sequence[Hit]]]
"""The best passages for a question, unjudged: the model reads them."""


class SearchingModel(CompletionModel, Protocol):
    """The part of a ``Writer`` used here."""

    @property
    def prompt_tokens(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader said of some passages: the indexes of the relevant ones, and what to seek."""

    relevant: tuple[int, ...] = ()
    missing: str = ""


@dataclass(frozen=True, slots=True)
class ThoroughSearch:
    """Searches again for a question. ``search`` keeps to the asker's scope."""

    question: str
    search: Search
    model: SearchingModel

    async def improve(self, findings: SearchResult) -> AsyncGenerator[Searching | SearchResult]:
        """What is looked for, as it happens, and last the passages to write from."""
        try:
            searches = await self._plan(findings)
            if searches:
                yield Searching(searches)
            hits = await self._find(searches, findings.hits)
            reading = await self._read(hits)
        except ModelError as error:
            log.warning("searched without the model's help: %s", error.message)
            yield findings
            return
        relevant = [hits[i] for i in reading.relevant]
        if reading.missing:
            yield Searching((reading.missing,))
            new = _without(await self._find((reading.missing,), ()), hits)[:MORE_PASSAGES]
            relevant += await self._read_more(new)
        yield _gather(findings, relevant, hits)

    async def _read_more(self, new: Sequence[Hit]) -> list[Hit]:
        """The relevant ones; none if the call fails."""
        try:
            return [new[i] for i in (await self._read(new)).relevant]
        except ModelError as error:
            log.warning("what was missing was not read: %s", error.message)
            return []

    async def _plan(self, findings: SearchResult) -> tuple[str, ...]:
        titles = list(dict.fromkeys(hit.passage.title for hit in findings.hits))[:TITLES]
        prompt = self.model.prompts.plan.render(
            question=escape_source(self.question),
            titles="\n".join(f"- {escape_source(title)}" for title in titles),
        )
        reply = await self._ask([{"role": "user", "content": prompt}], PLAN_TOKENS, PLAN_SCHEMA)
        return read_plan(reply, self.question)

    async def _find(self, searches: Sequence[str], earlier: Sequence[Hit]) -> list[Hit]:
        """The first hits of all searches and of an earlier one, fused by rank."""
        results = await asyncio.gather(*map(self.search, searches))
        return fuse_hits([earlier, *results])[:READ_PASSAGES]

    async def _read(self, hits: Sequence[Hit]) -> Reading:
        if not hits:
            return Reading()
        messages, count = await asyncio.to_thread(self._reading_prompt, hits)
        if not count:
            return Reading()
        return read_reading(await self._ask(messages, READ_TOKENS, READ_SCHEMA), count)

    def _reading_prompt(self, hits: Sequence[Hit]) -> tuple[list[Message], int]:
        """The prompt with as many of the passages as fit, and how many they are."""
        blocks = [_render(n, hit) for n, hit in enumerate(hits, 1)]
        while blocks:
            prompt = self.model.prompts.read.render(
                question=escape_source(self.question), passages="\n".join(blocks)
            )
            messages: list[Message] = [{"role": "user", "content": prompt}]
            if message_tokens(messages) <= self.model.prompt_tokens:
                return messages, len(blocks)
            blocks.pop()
        return [], 0

    async def _ask(self, messages: Sequence[Message], max_tokens: int, schema: Schema) -> str:
        return await complete(
            self.model,
            messages,
            max_tokens,
            max_characters=REPLY_CHARACTERS,
            deadline=asyncio.get_running_loop().time() + CALL_S,
            schema=schema,
        )


def _render(number: int, hit: Hit) -> str:
    text = " ".join(escape_source(hit.passage.text).split())[:PASSAGE_CHARACTERS]
    title = escape_source(hit.passage.title)
    return f"<passage {number}>{title} | {text}</passage {number}>"


def _gather(findings: SearchResult, relevant: Sequence[Hit], hits: Sequence[Hit]) -> SearchResult:
    """The relevant passages, the best of the first search, and the rest, each once."""
    chosen = list(relevant)[: WRITTEN_FROM - ALWAYS_KEPT]
    chosen += _without(findings.hits[:ALWAYS_KEPT], chosen)
    chosen += _without([*relevant, *hits], chosen)
    probability = findings.answer_probability * (1.0 if relevant else NONE_RELEVANT)
    return replace(findings, hits=tuple(chosen[:WRITTEN_FROM]), answer_probability=probability)


def fuse_hits(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Several rankings as one, by reciprocal ranks."""
    hits = {hit.passage.id: hit for ranking in reversed(rankings) for hit in ranking}
    return [hits[i] for i in fuse_ranks([[hit.passage.id for hit in r] for r in rankings])]


def _without(hits: Sequence[Hit], others: Sequence[Hit]) -> list[Hit]:
    """The hits whose passages are not among the others', each once."""
    left = {hit.passage.id: hit for hit in hits}
    return [left[key] for key in left if key not in {hit.passage.id for hit in others}]


def read_plan(reply: str, question: str) -> tuple[str, ...]:
    """The searches of a reply, in JSON or a line each; without the question itself."""
    document = read_json_object(reply)
    lines = document.get("searches") if document is not None else reply.splitlines()
    searches = list(dict.fromkeys(_searches(lines if isinstance(lines, list) else [])))
    return tuple(s for s in searches if s.casefold() != question.casefold())[:MAX_SEARCHES]


def read_reading(reply: str, count: int) -> Reading:
    """The relevant ones of ``count`` passages by index, and what is missing."""
    document = read_json_object(reply)
    if document is not None:
        numbers, missing = document.get("relevant"), document.get("missing")
        listed = [n for n in numbers if type(n) is int] if isinstance(numbers, list) else []
    else:
        lines = RELEVANT.search(reply), MISSING.search(reply)
        listed = [int(n) for n in regex.findall(r"\d{1,3}", lines[0][1])] if lines[0] else []
        missing = lines[1][1] if lines[1] else ""
    relevant = tuple(dict.fromkeys(n - 1 for n in listed if 1 <= n <= count))
    return Reading(relevant, next(_searches([missing]), ""))


def _searches(lines: Sequence[Any]) -> Iterator[str]:
    for line in lines:
        if not isinstance(line, str):
            continue
        search = " ".join(MARK.sub("", line.strip(" *_")).strip(" \t\"'“”`*_").split())
        is_introduction = search.endswith(":")  # "Here are the searches:"
        is_empty = is_introduction or search.casefold() in NOTHING
        if not is_empty and len(search) <= SEARCH_CHARACTERS:
            yield search
