"""The answer that a model writes, sentence by sentence, with its marks turned into footnotes.

A sentence is shown once ``verify`` accepts it, and none before the first that cites something.
If the model's server fails, the answer's note says so.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from itertools import takewhile

from bot.answer.answer_draft import AnswerDraft, add_contradictions, build_answer
from bot.answer.asked_subject import note_on_other_subject
from bot.answer.budget import QuestionBudget
from bot.answer.deadlines import embed_in_time
from bot.answer.events import Checking, Completed, Event, Retracted, Retrieved, Searching
from bot.answer.repair import repair_sentences
from bot.answer.request_queue import OnPosition, RequestQueue
from bot.answer.second_opinion import judge_pending
from bot.answer.thorough_search import MAX_CALLS as LOOKING_CALLS
from bot.answer.thorough_search import ThoroughSearch
from bot.answer.writing.prompt_builder import PackedPrompt, Prompts, build_prompt
from bot.answer.writing.refusals import is_plain_refusal
from bot.answer.writing.sentence_stream import SentenceStream
from bot.answer_records import Answer, ModelProfile, SearchMode, SupportCheck
from bot.citations import DraftSentence
from bot.embedding import Embedder
from bot.errors import ModelError
from bot.llm import FinishReason, Model, Profiles
from bot.llm.profile import prompt_tokens_in_time
from bot.records import SearchResult
from bot.strings import N_, _
from bot.verify.stream_verifier import CheckedSentence, StreamVerifier

log = logging.getLogger(__name__)

ANSWER_CHARACTERS = 20_000  # five full Discord cards; stops a server that ignores the length limit
# Longer chunks are read in a thread: a whole answer, from a server that doesn't stream, takes
# 140 ms for 20,000 characters; one of this length 7 ms.
INLINE_CHARACTERS = 1_000
LENGTH_LIMIT = N_("The answer reached its length limit.")
INCOMPLETE: Mapping[FinishReason | None, str] = {
    "length": LENGTH_LIMIT,
    "content_filter": N_("The language model's content filter stopped the answer."),
}
PREVIEW_AFTER_S = 3.0  # a hosted model's first words come within 2 s, a small one's on a CPU in 40
FINISHED_SENTENCES = N_("Only its finished sentences are shown.")
WRITTEN_SO_FAR = N_("This is what it had written so far.")
# Two readings of 30 passages, some 6,000 tokens each, within half a minute.
THOROUGH_FROM_TOKENS_PER_S = 400.0
# Above this probability that the passages answer, a model's refusal is doubted. On clapnq .37 of
# 240 answerable questions reach it and .01 of 200 unanswerable ones (at .7: .55 and .045; `footnote
# eval --run`). Less certain on other texts, since the weights were fitted to these.
DOUBT_REFUSAL_FROM = 0.8
MODEL_REFUSED = N_("The language model found no answer in the sources.")
NOTHING_CITED = N_("The language model didn't cite any sources.")
NOTHING_SUPPORTED = N_("The sources don't support what the language model wrote.")


@dataclass(frozen=True, slots=True)
class Writer:
    """A model that writes answers: its server, its name, and its limits in tokens.

    With ``support_check`` "model", one more call judges what the rules accept, and another may
    repair what fails.
    ``search_mode``: whether it also looks for passages.
    ``profile`` is what was known of the model when the question began; ``profiles`` keep learning.
    ``preview_after_s``: how long to wait for its first words before quotes are shown.
    ``limit_by_speed``: keep prompts short enough to be read within the model's share of a minute.
    """

    server: Model
    model_name: str
    prompts: Prompts
    prompt_tokens: int
    answer_tokens: int
    support_check: SupportCheck = "rules"
    search_mode: SearchMode = "quick"
    profile: ModelProfile = ModelProfile()
    limit_by_speed: bool = False
    profiles: Profiles = field(default_factory=Profiles)
    preview_after_s: float = PREVIEW_AFTER_S
    queue: RequestQueue = field(default_factory=RequestQueue)

    @property
    def weak(self) -> bool:
        """Whether the model failed its examination."""
        return self.profile.is_weak

    @property
    def judges(self) -> bool:
        """Whether it gives a second opinion on its own text."""
        return self.support_check == "model"

    @property
    def searches_thoroughly(self) -> bool:
        """Whether it plans searches and reads what they find."""
        if self.search_mode != "auto":
            return self.search_mode == "thorough"
        speed = self.profile.reading_tokens_per_s or 0.0
        return self.profile.is_able and speed >= THOROUGH_FROM_TOKENS_PER_S

    def within_budget(self, budget: QuestionBudget, server_id: str = "") -> Writer:
        """A copy limited to what one question may spend and what the model's window holds.

        ``server_id``: whose turn it takes in the queue.
        """
        profiles = budget.profiles
        profile, prompt_tokens = profiles.get(self.model_name), self.prompt_tokens
        if self.limit_by_speed:
            prompt_tokens = prompt_tokens_in_time(profile, prompt_tokens)
        limits = profiles.limits_for(self.model_name, prompt_tokens, self.answer_tokens)
        profiled = replace(self, profile=profile)
        budget.plan_calls(
            self.model_name,
            limits,
            calls=3 if self.judges else 1,
            looking=LOOKING_CALLS if profiled.searches_thoroughly else 0,
        )
        return replace(
            profiled,
            server=budget.metered_model(self.server),
            queue=self.queue.for_server(server_id),
            prompt_tokens=limits.prompt,
            answer_tokens=limits.answer,
            profiles=profiles,
        )


async def write_answer(
    draft: AnswerDraft,
    findings: SearchResult,
    writer: Writer,
    embedder: Embedder,
    *,
    on_position: OnPosition,
    deadline: float,
    thorough: ThoroughSearch | None = None,
) -> AsyncGenerator[Event]:
    """The model's answer, once its server has a free slot.

    Ends without ``Completed`` if quotes have to take its place. ``deadline`` (the event loop's
    clock) is the latest start. ``thorough`` looks for better passages first.
    """
    began = time.perf_counter()
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout_at(deadline):
                await stack.enter_async_context(writer.queue.slot(on_position))
        except TimeoutError:
            draft.note = _("The language model was busy with other questions.")
            return
        finally:
            draft.queued_s = time.perf_counter() - began
        if thorough is not None:
            async with aclosing(thorough.improve(findings)) as steps:
                async for step in steps:
                    if isinstance(step, Searching):
                        yield step
                    else:
                        findings = step
                        yield Retrieved(findings)
        async with aclosing(_write(draft, findings, writer, embedder)) as events:
            async for event in events:
                yield event


async def _write(
    draft: AnswerDraft, findings: SearchResult, writer: Writer, embedder: Embedder
) -> AsyncGenerator[Event]:
    question = draft.prompt_question or draft.standalone_question
    prompt = await asyncio.to_thread(
        build_prompt, writer.prompts, question, findings.hits, writer.prompt_tokens
    )
    if not prompt.passages:
        draft.note = _("No passage fits within PROMPT_TOKENS. The operator should raise it.")
        return
    draft.shown_article_ids = {passage.article_id for passage in prompt.passages}
    if draft.subject is not None:
        await draft.subject.read(prompt.passages)
    stream = SentenceStream(prompt.find_sentence, writer.profile.reasons_first)
    verifier = StreamVerifier(question, prompt.passages, holds=writer.judges)
    async with aclosing(
        stream_sentences(draft, prompt, stream, verifier, writer, embedder)
    ) as events:
        async for event in events:
            yield event
    if stream.has_unopened_reasoning:
        writer.profiles.update(writer.model_name, reasons_first=True)
    if draft.sentences:
        draft.unanswered_parts = draft.unsaid_parts
        await add_contradictions(draft, findings)
    if not draft.sentences and (unsaid := draft.unsaid):
        draft.pending.clear()
        draft.note = note_on_other_subject(unsaid)
        yield Retracted(draft.note)
        return
    refused = not draft.sentences and (
        stream.refused or await _is_worded_refusal(draft, verifier, embedder)
    )
    if refused and findings.answer_probability >= DOUBT_REFUSAL_FROM:
        draft.pending.clear()
        draft.note = _(MODEL_REFUSED)
    elif draft.sentences or refused:
        yield Completed(build_answer(draft, "model", findings, writer.model_name))
    elif draft.pending or verifier.left_out:
        has_citation = any(checked.draft.spans for checked in verifier.left_out)
        draft.note = draft.note or _(NOTHING_SUPPORTED if has_citation else NOTHING_CITED)
        draft.pending.clear()
        yield Retracted(draft.note)
    else:
        draft.note = draft.note or _("The language model gave no answer.")


async def _is_worded_refusal(
    draft: AnswerDraft, verifier: StreamVerifier, embedder: Embedder
) -> bool:
    """Whether the text opens with uncited sentences that say the sources do not answer."""
    unshown = [*draft.pending, *(checked.draft for checked in verifier.left_out)]
    unmarked = [s.text for s in takewhile(lambda sentence: not sentence.spans, unshown)]
    return not draft.note and await is_plain_refusal(unmarked, embedder)


async def stream_sentences(
    draft: AnswerDraft,
    prompt: PackedPrompt,
    stream: SentenceStream,
    verifier: StreamVerifier,
    writer: Writer,
    embedder: Embedder,
) -> AsyncGenerator[Event]:
    """The model's sentences as they are finished and accepted. Errors become the draft's note."""
    try:
        async with aclosing(
            _stream_sentences(draft, prompt, stream, verifier, writer, embedder)
        ) as events:
            async for event in events:
                yield event
    except asyncio.CancelledError:
        draft.unjudged = verifier.release_pending({})
        raise


async def _stream_sentences(
    draft: AnswerDraft,
    prompt: PackedPrompt,
    stream: SentenceStream,
    verifier: StreamVerifier,
    writer: Writer,
    embedder: Embedder,
) -> AsyncGenerator[Event]:
    characters_left = ANSWER_CHARACTERS
    problem, failed = "", False
    chunks = writer.server.stream(writer.model_name, prompt.messages, writer.answer_tokens)
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                draft.record_chunk(chunk)
                problem = problem or _incomplete_note(chunk.finish_reason)
                sentences = await _feed(stream, chunk.text[:characters_left])
                for event in draft.add_sentences(await _verify(verifier, sentences, embedder)):
                    yield event
                characters_left -= len(chunk.text)
                if characters_left < 0:
                    problem = _(LENGTH_LIMIT)
                    break
    except ModelError as error:
        draft.record_failure(error)
        problem, failed = error.message, True
    rest = await asyncio.to_thread(stream.finish_truncated if problem else stream.finish)
    for event in draft.add_sentences(await _verify(verifier, rest, embedder)):
        yield event
    repaired: dict[int, list[CheckedSentence]] = {}
    if verifier.has_citations and not failed:  # a server that has just failed isn't asked again
        yield Checking(len(verifier.pending))
        repaired = await _judge_and_repair(prompt, verifier, writer)
    for event in draft.add_sentences(verifier.release_pending(repaired)):
        yield event
    draft.note = _note(problem, verifier.note, has_sentences=bool(draft.sentences))


async def _feed(stream: SentenceStream, text: str) -> list[DraftSentence]:
    """The sentences that ``text`` completes; the event loop stays free."""
    if len(text) <= INLINE_CHARACTERS:
        return stream.feed(text)
    return await asyncio.to_thread(stream.feed, text)


def _incomplete_note(finish_reason: FinishReason | None) -> str:
    note = INCOMPLETE.get(finish_reason)
    return _(note) if note else ""


async def finish_stopped(
    draft: AnswerDraft, findings: SearchResult, writer: Writer, reason: str
) -> Answer | None:
    """The answer of a model that was stopped; None if no sentence was finished."""
    draft.stopped = True
    draft.pending.clear()
    draft.note = reason
    if not draft.sentences:
        return None
    draft.note = f"{reason} {_(WRITTEN_SO_FAR)}"
    draft.unanswered_parts = draft.unsaid_parts
    await add_contradictions(draft, findings)
    return build_answer(draft, "model", findings, writer.model_name)


def _note(problem: str, left_out: str, *, has_sentences: bool) -> str:
    if not has_sentences:
        return problem
    return " ".join(filter(None, [problem, left_out, problem and _(FINISHED_SENTENCES)]))


async def _verify(
    verifier: StreamVerifier, sentences: Sequence[DraftSentence], embedder: Embedder
) -> list[DraftSentence]:
    """The sentences that may be shown now. The rules run in a thread: long sentences take time."""
    accepted: list[DraftSentence] = []
    for sentence in sentences:
        cosine = await _cosine_to_sources(verifier, sentence, embedder)
        checked = await asyncio.to_thread(verifier.check_sentence, sentence, cosine)
        accepted += verifier.take(checked)
    return accepted


async def _cosine_to_sources(
    verifier: StreamVerifier, sentence: DraftSentence, embedder: Embedder
) -> float | None:
    """The highest cosine of a sentence and its quotes; None if unknown or not needed."""
    if not await asyncio.to_thread(verifier.needs_similarity, sentence):
        return None
    texts = [sentence.text, *(s.quote for s in sentence.spans)]
    vectors = await embed_in_time(embedder, texts)
    return None if vectors is None else float((vectors[1:] @ vectors[0]).max())


async def _judge_and_repair(
    prompt: PackedPrompt, verifier: StreamVerifier, writer: Writer
) -> dict[int, list[CheckedSentence]]:
    """The replacements of pending sentences that the rules refused or the model doubts.

    If a call fails, the rules' judgement alone holds, or the failed sentences stay out.
    """
    try:
        await judge_pending(verifier, writer)
    except ModelError as error:
        log.warning("checked by the rules alone: %s", error.message)
    if not verifier.pending_failures:
        return {}
    try:
        return await repair_sentences(verifier, prompt, writer)
    except ModelError as error:
        log.warning("nothing repaired: %s", error.message)
        return {}
