"""How a question is answered, and what was found for it, before anything is written.

A question about the library is answered by its rows; a comparison from two articles, each by
itself; a question in parts by each part; one that says too little by asking back, with what comes
nearest. Everything else is searched for as it is. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Final

from bot.answer.extractive import Pick, pick_quotes
from bot.answer.question.parts import asked_back, is_unclear, split_parts
from bot.answer.shelves.compare import Side, compared, quotes_of, together
from bot.answer.shelves.forms import Kind, read_form
from bot.answer.shelves.listing import Shelf, listed
from bot.answer.writing.citations import CitedRange, Written
from bot.records import AnswerMode, Findings
from bot.search.retrieve import search
from bot.store.values import EVERYTHING

ADDED = re.compile(r" \([^()]*\)(?=\?$)")
LIBRARY: Final = "library"
QUOTES: Final = "quotes"


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that a question asks, and what was found for it alone."""

    text: str
    findings: Findings

    @property
    def asked(self) -> str:
        """As it was asked, without what was added to make it stand alone."""
        return ADDED.sub("", self.text)


@dataclass(frozen=True, slots=True)
class Plan:
    """``rows`` are the database's answer, ``asks`` is a question back; both need no model."""

    question: str  # as it stands alone
    findings: Findings
    rows: tuple[Written, ...] = ()
    sides: tuple[Side, ...] = ()
    parts: tuple[Part, ...] = ()
    asks: str = ""
    named: frozenset[int] = frozenset()  # articles that the rows name

    @property
    def mode(self) -> AnswerMode:
        """The answer's, when no model writes it."""
        return LIBRARY if self.rows else QUOTES

    @property
    def for_model(self) -> bool:
        """Whether a model may write the answer."""
        return bool(self.findings.hits) and not self.rows and not self.asks


async def planned(question: str, shelf: Shelf, *, fresh: bool, limit: int) -> Plan:
    """What to do about ``question``. ``fresh``: nothing was asked before, so it may be asked
    back; ``limit`` passages at most are found."""
    by_form = await _by_form(question, shelf)
    if by_form is not None:
        return by_form
    within = await narrowed(shelf)
    findings = await _search(question, shelf, within, limit)
    if fresh and is_unclear(question) and len(_articles(findings)) > 1:
        return Plan(question, findings, asks=asked_back(question))
    texts = split_parts(question)
    if len(texts) == 1:
        return Plan(question, findings)
    parts = tuple([Part(text, await _search(text, shelf, within, limit)) for text in texts])
    every = _joined([findings, *(part.findings for part in parts)], limit)
    return Plan(question, every, parts=parts)


async def _by_form(question: str, shelf: Shelf) -> Plan | None:
    form = read_form(question)
    if form is None:
        return None
    if form.kind is Kind.COMPARE:
        sides = await compared(form, shelf)
        return Plan(question, together(sides), sides=sides) if sides else None
    listing = await listed(form, shelf)
    if listing is None:
        return None
    return Plan(question, listing.findings, rows=listing.sentences, named=listing.named)


async def narrowed(shelf: Shelf) -> list[int] | None:
    """The articles that are wanted; None for all."""
    if shelf.wanted == EVERYTHING:
        return None
    return await shelf.library.matching(shelf.wanted, shelf.scope)


async def _search(question: str, shelf: Shelf, within: list[int] | None, limit: int) -> Findings:
    return await search(
        question, shelf.library, shelf.scope, shelf.embedder, limit=limit, within=within
    )


def _articles(findings: Findings) -> set[int]:
    return {hit.passage.article_id for hit in findings.hits}


def _joined(found: Sequence[Findings], limit: int) -> Findings:
    """By turns the best of each, every passage once."""
    turns = chain.from_iterable(zip_longest(*(each.hits for each in found)))
    once = {hit.passage.id: hit for hit in reversed([hit for hit in turns if hit is not None])}
    return Findings(
        tuple(reversed(once.values()))[:limit],
        max(each.answerable for each in found),
        found[0].passages,
    )


@dataclass(frozen=True, slots=True)
class Quoted:
    """An answer in the sources' own words, or the database's; ``missing`` was not found."""

    written: tuple[Written, ...]
    missing: tuple[str, ...] = ()


async def quoted(plan: Plan, shelf: Shelf) -> Quoted:
    """What answers without a model; nothing when the evidence is too thin."""
    if plan.rows or plan.asks:
        return Quoted(plan.rows)
    if plan.sides:
        written, silent = await quotes_of(plan.sides, shelf)
        return Quoted(written, tuple(silent)) if written else Quoted(())
    each = [await pick_quotes(part.text, part.findings, shelf.embedder) for part in plan.parts]
    if not any(each):
        return Quoted(_as_written(await pick_quotes(plan.question, plan.findings, shelf.embedder)))
    picks = list(dict.fromkeys(chain.from_iterable(each)))
    missing = [part.asked for part, found in zip(plan.parts, each, strict=True) if not found]
    return Quoted(_as_written(picks), tuple(missing))


def _as_written(picks: Sequence[Pick]) -> tuple[Written, ...]:
    return tuple(
        Written(
            passage.quote(sentence), (CitedRange(passage, sentence.start, sentence.end),), i > 0
        )
        for i, (passage, sentence) in enumerate(picks)
    )
