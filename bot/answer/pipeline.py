"""A question → a stream of events that ends in an Answer.

Search, then either the model (its sentences with marks, turned into footnotes) or quotes
mode. Whatever the model's server does, an answer comes: quotes take its place, and the
answer says so. Knows nothing of Discord or the terminal.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.answer.assemble import SENTINEL, Packed, Prompts, assemble
from bot.answer.citations import Footnotes, SentenceStream
from bot.answer.events import Event, Finished, Found, Said, Withdrawn
from bot.answer.extractive import pick_quotes
from bot.embedding import Embedder
from bot.errors import ModelError, QuestionRefused
from bot.llm import ModelServer
from bot.records import Answer, AnswerSentence, Findings, Scope, Seconds, Usage
from bot.search.retrieve import search
from bot.store.base import Library

log = logging.getLogger(__name__)

QUESTION_CHARACTERS = 4_000
PASSAGES_READ = 12
NEAREST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Writer:
    """A model that answers: its server, its name, and how long prompt and answer may be."""

    server: ModelServer
    model: str
    prompts: Prompts
    prompt_tokens: int
    answer_tokens: int


@dataclass(slots=True)
class _Draft:
    """What is known of an answer while it grows."""

    question: str
    began: float = field(default_factory=time.perf_counter)
    search_s: float = 0.0
    first_token_s: float | None = None
    usage: Usage = Usage()
    note: str = ""
    sentences: list[AnswerSentence] = field(default_factory=list)

    def seconds(self) -> Seconds:
        return Seconds(self.search_s, self.first_token_s, time.perf_counter() - self.began)


class Answerer:
    """Answers questions from one library at a time. ``writer`` is None in quotes mode."""

    def __init__(self, embedder: Embedder, writer: Writer | None):
        self._embedder = embedder
        self._writer = writer

    async def answer(
        self, question: str, library: Library, scope: Scope, *, quotes: bool = False
    ) -> AsyncGenerator[Event]:
        """The events of one question. Raises QuestionRefused before the first."""
        question = checked(question)
        draft = _Draft(question)
        findings = await search(question, library, scope, self._embedder, limit=PASSAGES_READ)
        draft.search_s = time.perf_counter() - draft.began
        yield Found(findings)
        if self._writer is not None and not quotes and findings.hits:
            async with aclosing(self._written(draft, findings, self._writer)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, Finished):
                        return
        async with aclosing(self._quoted(draft, findings)) as events:
            async for event in events:
                yield event

    async def _written(
        self, draft: _Draft, findings: Findings, writer: Writer
    ) -> AsyncGenerator[Event]:
        """The model's answer. Ends without Finished when quotes have to take its place."""
        packed = assemble(writer.prompts, draft.question, findings.hits, writer.prompt_tokens)
        footnotes = Footnotes(packed.sentence)
        try:
            async with aclosing(self._stream(draft, packed, footnotes, writer)) as events:
                async for event in events:
                    yield event
        except ModelError as error:
            log.warning("model failed: %s", error)
            if not draft.sentences:
                draft.note = f"{error.message} These are the sources' own sentences instead."
                return
            draft.note = f"{error.message} The answer was cut short."
        if not draft.sentences and not draft.note:
            yield Finished(_abstained(draft, findings, "model", writer.model))
        elif not any(sentence.footnotes for sentence in draft.sentences):
            draft.note = "The model cited nothing, so these are the sources' own sentences."
            draft.sentences.clear()
            yield Withdrawn(draft.note)
        else:
            yield Finished(_finished(draft, "model", footnotes, findings, writer.model))

    async def _stream(
        self, draft: _Draft, packed: Packed, footnotes: Footnotes, writer: Writer
    ) -> AsyncGenerator[Event]:
        stream = SentenceStream(footnotes)
        start = ""  # held back until it cannot be the sentinel
        chunks = writer.server.stream(writer.model, packed.messages, writer.answer_tokens)
        async with aclosing(chunks):
            async for chunk in chunks:
                if chunk.usage is not None:
                    draft.usage += chunk.usage
                if chunk.text and draft.first_token_s is None:
                    draft.first_token_s = time.perf_counter() - draft.began
                if chunk.finish == "length":
                    draft.note = "The answer reached its length limit and was cut short."
                start += chunk.text
                if SENTINEL.startswith(start.strip()[: len(SENTINEL)]):
                    continue
                for event in _said(draft, footnotes, stream.feed(start)):
                    yield event
                start = ""
        rest = [] if start.strip().startswith(SENTINEL) else stream.feed(start)
        for event in _said(draft, footnotes, rest + stream.finish()):
            yield event

    async def _quoted(self, draft: _Draft, findings: Findings) -> AsyncGenerator[Event]:
        picks = await pick_quotes(draft.question, findings, self._embedder)
        if not picks:
            yield Finished(_abstained(draft, findings, "quotes", None))
            return
        footnotes = Footnotes(lambda passage, sentence: None)
        sentences: list[AnswerSentence] = []
        for passage, sentence in picks:
            n = footnotes.cite(passage, sentence.start, sentence.end)
            quote = AnswerSentence(passage.quote(sentence), (n,), paragraph=bool(sentences))
            sentences.append(quote)
        for event in _said(draft, footnotes, sentences):
            yield event
        yield Finished(_finished(draft, "quotes", footnotes, findings, None))


def checked(question: str) -> str:
    """The question in one line. Raises QuestionRefused."""
    question = " ".join(question.split())
    if not any(character.isalnum() for character in question):
        raise QuestionRefused("There is no question in this. Ask in a few words, please.")
    if len(question) > QUESTION_CHARACTERS:
        raise QuestionRefused(
            f"The question has {len(question):,} characters; {QUESTION_CHARACTERS:,} is the most. "
            "Shorten it, or hand long text in as an article and ask about that."
        )
    return question


def _said(draft: _Draft, footnotes: Footnotes, sentences: list[AnswerSentence]) -> list[Event]:
    events: list[Event] = []
    told = max((n for s in draft.sentences for n in s.footnotes), default=0)
    for sentence in sentences:
        if sentence.text.strip(" .") == SENTINEL:
            continue
        draft.sentences.append(sentence)
        new = [c for c in footnotes.citations[told:] if c.n in sentence.footnotes]
        events.append(Said(sentence, tuple(new)))
        told = max(told, *sentence.footnotes, 0) if sentence.footnotes else told
    return events


def _finished(
    draft: _Draft, mode: str, footnotes: Footnotes, findings: Findings, model: str | None
) -> Answer:
    return Answer(
        question=draft.question,
        answered=True,
        mode=mode,
        sentences=tuple(draft.sentences),
        citations=tuple(footnotes.citations),
        nearest=findings.hits[:NEAREST_SHOWN],
        model=model,
        usage=draft.usage,
        seconds=draft.seconds(),
        note=draft.note,
    )


def _abstained(draft: _Draft, findings: Findings, mode: str, model: str | None) -> Answer:
    return Answer(
        question=draft.question,
        answered=False,
        mode=mode,
        nearest=findings.hits[:NEAREST_SHOWN],
        model=model,
        usage=draft.usage,
        seconds=draft.seconds(),
        note=draft.note,
    )
