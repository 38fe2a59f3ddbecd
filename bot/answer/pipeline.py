"""A question → a stream of events that ends in an Answer.

It is made to stand alone (``rewrite``) and searched for as ``plan`` says; then either the model
writes (its sentences with marks, turned into footnotes) or quotes answer. A sentence of a model's
is said only when ``support`` has let it pass. Whatever the model's server does, an answer comes:
quotes take its place when nothing was said yet, else what arrived whole stands, and the answer
says so. Nothing of a model's is said before its first sentence that cites. Knows nothing of
Discord or the terminal.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from bot.answer.budget import Asker, Budget, DeadlineEmbedder, QuestionBudget
from bot.answer.catalog.catalog_answers import AskContext
from bot.answer.contradictions import contradicting
from bot.answer.events import Completed, Event, Retracted, Retrieved, SentenceAdded
from bot.answer.extractive import REFUSE_BELOW
from bot.answer.plan import LIBRARY, QUOTES, Plan, answer_extractively, make_plan
from bot.answer.question.rewrite import contextualize
from bot.answer.verify.repair import repair_sentences
from bot.answer.verify.stream_verifier import Checked, StreamVerifier
from bot.answer.writing.citations import CitationNumbers, DraftSentence, SentenceStream
from bot.answer.writing.prompt_builder import PackedPrompt, Prompts, build_prompt
from bot.embedding import Embedder, metered
from bot.errors import ModelError, QuestionRefused
from bot.llm import Chunk, Model
from bot.records import (
    Answer,
    AnswerMode,
    AnswerSentence,
    Filter,
    ModelProfile,
    Scope,
    SearchResult,
    Seconds,
    SupportCheck,
)
from bot.store.protocols import Library
from bot.store.values import EVERYTHING, StoredAnswer

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
CLOSENESS_S = 2.0  # for the embeddings of a sentence that the rules are unsure of; inside 30 ms
CUT_SHORT = "What arrived whole is shown."
# Of the likelihood that the passages answer: from here on a model's refusal is doubted.
SURE = 0.8
REFUSED = "The language model found no answer in the sources."
NOTHING_CITED = "The language model cited nothing."
NOTHING_CARRIED = "What the language model wrote is not what its sources say."
IN_QUOTES = "These are the sources' own sentences instead."


@dataclass(frozen=True, slots=True)
class Writer:
    """A model that answers: its server, its name, and how long prompt and answer may be.

    ``support``: "model" lets it repair what the rules do not let pass, in one more call.
    ``profile`` is what was known of the model when a question began.
    """

    server: Model
    model: str
    prompts: Prompts
    prompt_tokens: int
    answer_tokens: int
    support: SupportCheck = "rules"
    profile: ModelProfile = ModelProfile()

    @property
    def weak(self) -> bool:
        """Whether the model was examined and failed."""
        return self.profile.weak

    def within(self, budget: QuestionBudget) -> Writer:
        """The same, in what one question may take and what the model's window holds."""
        profiles = budget.profiles
        room = profiles.room(self.model, self.prompt_tokens, self.answer_tokens)
        return replace(
            self,
            server=budget.of(self.server),
            prompt_tokens=room.prompt,
            answer_tokens=room.answer,
            profile=profiles.of(self.model),
        )


@dataclass(slots=True)
class _Draft:
    """What is known of an answer while it grows."""

    question: str
    understood: str = ""  # as it stands alone
    missing: tuple[str, ...] = ()
    began: float = field(default_factory=time.perf_counter)
    search_s: float = 0.0
    first_token_s: float | None = None
    note: str = ""
    footnotes: CitationNumbers = field(default_factory=CitationNumbers)
    sentences: list[AnswerSentence] = field(default_factory=list)  # said
    waiting: list[DraftSentence] = field(default_factory=list)  # not said: nothing is cited yet
    rests_on: set[int] = field(default_factory=set)  # articles, beside those that are cited
    read: set[int] = field(default_factory=set)  # articles that the model was shown
    whole_scope: bool = False

    def take(self, chunk: Chunk) -> None:
        """Notes when the first words came."""
        if chunk.text and self.first_token_s is None:
            self.first_token_s = time.perf_counter() - self.began

    def says(self, sentences: Sequence[DraftSentence], *, uncited: bool = False) -> list[Event]:
        """The events of new sentences. Uncited ones wait for one that is cited, if they must."""
        events: list[Event] = []
        self.waiting += sentences
        while self.waiting and (uncited or self.sentences or any(s.cited for s in self.waiting)):
            told = len(self.footnotes.citations)
            sentence = self.footnotes.number(self.waiting.pop(0))
            events.append(SentenceAdded(sentence, tuple(self.footnotes.citations[told:])))
            self.sentences.append(sentence)
        return events

    def articles(self) -> frozenset[int]:
        """All that it rests on."""
        cited = {citation.article_id for citation in self.footnotes.citations}
        return frozenset(cited | self.rests_on | self.read)

    def seconds(self) -> Seconds:
        return Seconds(self.search_s, self.first_token_s, time.perf_counter() - self.began)


class Answerer:
    """Answers questions from one library at a time. ``writer`` is None in quotes mode."""

    def __init__(self, embedder: Embedder, writer: Writer | None, budget: Budget | None = None):
        self._embedder = embedder
        self._writer = writer
        self._budget = budget or Budget()

    async def answer(
        self,
        question: str,
        library: Library,
        scope: Scope,
        *,
        quotes: bool = False,
        asker: Asker | None = None,
        wanted: Filter = EVERYTHING,
        turns: Sequence[StoredAnswer] = (),
    ) -> AsyncGenerator[Event]:
        """The events of one question. Raises QuestionRefused before the first.

        Without an ``asker`` it is the operator's. ``wanted`` says in which articles to look;
        ``turns`` are what was asked before in the same thread, oldest first.
        """
        question = check_question(question)
        budget = QuestionBudget(self._budget, library.ledger, asker)
        writer = None if quotes or self._writer is None else self._writer.within(budget)
        context = AskContext(
            library, scope, DeadlineEmbedder(metered(self._embedder, budget)), wanted
        )
        async with aclosing(self._events(question, context, writer, turns)) as events:
            async for event in events:
                if isinstance(event, Completed):
                    event = Completed(await budget.bill(event.answer))
                yield event

    async def _events(
        self,
        question: str,
        context: AskContext,
        writer: Writer | None,
        turns: Sequence[StoredAnswer],
    ) -> AsyncGenerator[Event]:
        draft = _Draft(question, whole_scope=context.wanted != EVERYTHING)
        draft.rests_on |= context.wanted.articles or set()
        draft.understood = await contextualize(question, turns, writer)
        plan = await make_plan(draft.understood, context, fresh=not turns, limit=PASSAGES_READ)
        draft.search_s = time.perf_counter() - draft.began
        yield Retrieved(plan.findings)
        if writer is not None and plan.for_model and _worth_asking(writer, plan.findings):
            async with aclosing(_written(draft, plan.findings, writer, context.embedder)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, Completed):
                        return
        async with aclosing(_quoted(draft, plan, context)) as events:
            async for event in events:
                yield event


def _worth_asking(writer: Writer, findings: SearchResult) -> bool:
    """A weak model makes an answer of passages that hold none: the evidence decides there."""
    return not writer.weak or findings.answerable >= REFUSE_BELOW


async def _written(
    draft: _Draft, findings: SearchResult, writer: Writer, embedder: Embedder
) -> AsyncGenerator[Event]:
    """The model's answer. Ends without Finished when quotes have to take its place."""
    prompt = await asyncio.to_thread(
        build_prompt, writer.prompts, draft.understood, findings.hits, writer.prompt_tokens
    )
    if not prompt.passages:
        draft.note = "No passage fits into PROMPT_TOKENS; the operator should raise it."
        return
    draft.read = {passage.article_id for passage in prompt.passages}
    stream = SentenceStream(prompt.sentence)
    verifier = StreamVerifier(draft.understood, settling=writer.support == "model")
    async with aclosing(_said(draft, prompt, stream, verifier, writer, embedder)) as events:
        async for event in events:
            yield event
    if draft.sentences:
        await _other_sides(draft, findings)
    if stream.refused and not draft.sentences and findings.answerable >= SURE:
        draft.note = REFUSED
    elif draft.sentences or stream.refused:
        yield Completed(_answer(draft, "model", findings, writer.model))
    elif draft.waiting or verifier.left_out:
        cited = any(one.written.cited for one in verifier.left_out)
        draft.note = draft.note or (NOTHING_CARRIED if cited else NOTHING_CITED)
        draft.waiting.clear()
        yield Retracted(draft.note)
    else:
        draft.note = draft.note or "The language model gave no answer."


async def _quoted(draft: _Draft, plan: Plan, context: AskContext) -> AsyncGenerator[Event]:
    """The answer without a model: quotes, rows of the database, or what comes nearest."""
    draft.read.clear()
    draft.rests_on |= plan.named
    draft.whole_scope |= plan.mode == LIBRARY
    found = await answer_extractively(plan, context)
    draft.missing = found.missing
    if not found.written:
        yield Completed(
            replace(_answer(draft, plan.mode, plan.findings), clarification=plan.clarification)
        )
        return
    draft.note = f"{draft.note} {IN_QUOTES}" if draft.note else ""
    for event in draft.says(found.written, uncited=plan.mode == LIBRARY):
        yield event
    if plan.mode == QUOTES:
        for event in draft.says(await _other_sides(draft, plan.findings)):
            yield event
    yield Completed(_answer(draft, plan.mode, plan.findings))


async def _other_sides(draft: _Draft, findings: SearchResult) -> list[DraftSentence]:
    """What other articles have instead of what was cited; the note tells both sides."""
    found = await asyncio.to_thread(contradicting, draft.footnotes.ranges, findings.hits)
    draft.rests_on |= {cited.passage.article_id for _, cited in found}
    draft.note = " ".join(filter(None, [draft.note, *dict.fromkeys(d.note for d, _ in found)]))
    ranges = dict.fromkeys(cited for _, cited in found if cited not in draft.footnotes.ranges)
    return [DraftSentence(cited.quote, (cited,), paragraph=True) for cited in ranges]


def check_question(question: str) -> str:
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
    draft: _Draft,
    prompt: PackedPrompt,
    stream: SentenceStream,
    verifier: StreamVerifier,
    writer: Writer,
    embedder: Embedder,
) -> AsyncGenerator[Event]:
    """The model's sentences as they get finished and pass. What goes wrong becomes the note."""
    left = ANSWER_CHARACTERS
    cut, failed = "", False
    chunks = writer.server.stream(writer.model, prompt.messages, writer.answer_tokens)
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                draft.take(chunk)
                cut = cut or BREAKS_OFF.get(chunk.finish or "", "")
                for event in draft.says(
                    await _passed(verifier, stream.feed(chunk.text[:left]), embedder)
                ):
                    yield event
                left -= len(chunk.text)
                if left < 0:
                    cut = OUT_OF_ROOM
                    break
    except ModelError as error:
        log.warning("model failed: %s", error.message)
        cut, failed = error.message, True
    rest = await _passed(verifier, stream.cut() if cut else stream.finish(), embedder)
    for event in draft.says(rest):
        yield event
    # A server that has just failed is not asked again.
    for event in draft.says(await _settled(prompt, verifier, writer, failed=failed)):
        yield event
    draft.note = _note(cut, verifier.note, said=bool(draft.sentences))


def _note(cut: str, left_out: str, *, said: bool) -> str:
    if not said:
        return cut
    return " ".join(filter(None, [cut, left_out, cut and CUT_SHORT]))


async def _passed(
    verifier: StreamVerifier, written: Sequence[DraftSentence], embedder: Embedder
) -> list[DraftSentence]:
    """Those that may be shown. The rules run in a thread: a long sentence takes its time."""
    passed: list[DraftSentence] = []
    for sentence in written:
        closeness = await _closeness(verifier, sentence, embedder)
        judged = await asyncio.to_thread(verifier.judge, sentence, closeness)
        passed += verifier.take(judged)
    return passed


async def _closeness(
    verifier: StreamVerifier, written: DraftSentence, embedder: Embedder
) -> float | None:
    """How close a sentence is to what it cites, where the rules heed it; None if unknown."""
    if not await asyncio.to_thread(verifier.needs_similarity, written):
        return None
    try:
        async with asyncio.timeout(CLOSENESS_S):
            vectors = await embedder.embed([written.text, *(c.quote for c in written.cited)])
    except (ModelError, TimeoutError) as error:
        log.warning("checked by words alone: %s", str(error) or "the embeddings took too long")
        return None
    return float((vectors[1:] @ vectors[0]).max())


async def _settled(
    prompt: PackedPrompt, verifier: StreamVerifier, writer: Writer, *, failed: bool
) -> list[DraftSentence]:
    """What was held back, repaired by the model where it can; else as the rules have it."""
    found: dict[int, list[Checked]] = {}
    if verifier.failed and not failed:
        try:
            found = await repair_sentences(verifier, prompt, writer)
        except ModelError as error:
            log.warning("nothing repaired: %s", error.message)
    return verifier.settle(found)


def _answer(
    draft: _Draft, mode: AnswerMode, findings: SearchResult, model: str | None = None
) -> Answer:
    """The draft as it is now: an answer if it says anything, else an abstention."""
    return Answer(
        question=draft.question,
        answered=bool(draft.sentences),
        mode=mode,
        sentences=tuple(draft.sentences),
        citations=tuple(draft.footnotes.citations),
        nearest=findings.hits[:NEAREST_SHOWN],
        model=model,
        seconds=draft.seconds(),
        note=draft.note,
        standalone_question=draft.understood if draft.understood != draft.question else "",
        unanswered_parts=draft.missing,
        article_ids=draft.articles(),
        whole_scope=draft.whole_scope,
    )
