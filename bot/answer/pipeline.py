"""A question → a stream of events that ends in an Answer.

Search, then either the model (its sentences with marks, turned into footnotes) or quotes
mode. Whatever the model's server does, an answer comes: quotes take its place when nothing
was said yet, else what arrived whole stands, and the answer says so. Nothing of a model's is
said before its first sentence that cites. Knows nothing of Discord or the terminal.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.answer.assemble import Packed, Prompts, assemble
from bot.answer.citations import Footnotes, SentenceStream
from bot.answer.events import Event, Finished, Found, Said, Withdrawn
from bot.answer.extractive import pick_quotes
from bot.embedding import Embedder
from bot.errors import ModelError, QuestionRefused
from bot.llm import Chunk, ModelServer
from bot.records import Answer, AnswerSentence, Citation, Findings, Scope, Seconds, Usage
from bot.search.retrieve import search
from bot.store.base import Library

log = logging.getLogger(__name__)

QUESTION_CHARACTERS = 4_000
PASSAGES_READ = 12
NEAREST_SHOWN = 3
# Five full Discord cards: where a server that ignores the length limit is stopped.
ANSWER_CHARACTERS = 20_000
OUT_OF_ROOM = "The answer reached its length limit."
BREAKS_OFF = {  # finish reasons: OpenAI's, and another word for the first
    "length": OUT_OF_ROOM,
    "max_tokens": OUT_OF_ROOM,
    "content_filter": "The language model's content filter stopped the answer.",
}
CUT_SHORT = "What arrived whole is shown."
IN_QUOTES = "These are the sources' own sentences instead."


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
    sentences: list[AnswerSentence] = field(default_factory=list)  # said
    waiting: list[AnswerSentence] = field(default_factory=list)  # not said: nothing is cited yet
    told: int = 0  # citations

    def take(self, chunk: Chunk) -> None:
        """Notes when the first words came, and the usage: the last one told is the whole."""
        if chunk.text and self.first_token_s is None:
            self.first_token_s = time.perf_counter() - self.began
        self.usage = chunk.usage or self.usage

    def says(
        self, sentences: Sequence[AnswerSentence], citations: Sequence[Citation]
    ) -> list[Event]:
        """The events of new sentences; ``citations`` are all so far. Uncited ones wait for one
        that is cited."""
        events: list[Event] = []
        self.waiting += sentences
        while self.waiting and (self.told or any(s.footnotes for s in self.waiting)):
            sentence = self.waiting.pop(0)
            known = max(self.told, *sentence.footnotes, 0)
            events.append(Said(sentence, tuple(citations[self.told : known])))
            self.sentences.append(sentence)
            self.told = known
        return events

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
        packed = await asyncio.to_thread(
            assemble, writer.prompts, draft.question, findings.hits, writer.prompt_tokens
        )
        if not packed.passages:
            draft.note = "No passage fits into PROMPT_TOKENS; the operator should raise it."
            return
        footnotes = Footnotes(packed.sentence)
        stream = SentenceStream(footnotes)
        async with aclosing(_said(draft, packed, stream, writer)) as events:
            async for event in events:
                yield event
        if draft.sentences:
            yield Finished(_finished(draft, "model", footnotes, findings, writer.model))
        elif stream.refused:
            yield Finished(_abstained(draft, findings, "model", writer.model))
        elif draft.waiting:
            draft.note = draft.note or "The language model cited nothing."
            draft.waiting.clear()
            yield Withdrawn(draft.note)
        else:
            draft.note = draft.note or "The language model gave no answer."

    async def _quoted(self, draft: _Draft, findings: Findings) -> AsyncGenerator[Event]:
        picks = await pick_quotes(draft.question, findings, self._embedder)
        if not picks:
            yield Finished(_abstained(draft, findings, "quotes", None))
            return
        draft.note = f"{draft.note} {IN_QUOTES}" if draft.note else ""
        footnotes = Footnotes(lambda passage, sentence: None)
        sentences: list[AnswerSentence] = []
        for passage, sentence in picks:
            n = footnotes.cite(passage, sentence.start, sentence.end)
            quote = AnswerSentence(passage.quote(sentence), (n,), paragraph=bool(sentences))
            sentences.append(quote)
        for event in draft.says(sentences, footnotes.citations):
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


async def _said(
    draft: _Draft, packed: Packed, stream: SentenceStream, writer: Writer
) -> AsyncGenerator[Event]:
    """The model's sentences as they get finished. What goes wrong becomes the draft's note."""
    citations = stream.footnotes.citations
    left = ANSWER_CHARACTERS
    cut = ""
    chunks = writer.server.stream(writer.model, packed.messages, writer.answer_tokens)
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                draft.take(chunk)
                cut = cut or BREAKS_OFF.get(chunk.finish or "", "")
                for event in draft.says(stream.feed(chunk.text[:left]), citations):
                    yield event
                left -= len(chunk.text)
                if left < 0:
                    cut = OUT_OF_ROOM
                    break
    except ModelError as error:
        log.warning("model failed: %s", error.message)
        cut = error.message
    rest = stream.cut() if cut else stream.finish()
    for event in draft.says(rest, citations):
        yield event
    draft.note = f"{cut} {CUT_SHORT}" if cut and draft.sentences else cut


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
