"""The model's answer: its sentences with marks, turned into footnotes, as they get finished.

A sentence is said only when ``support`` has let it pass. Whatever the model's server does becomes
the answer's note; nothing is said before the first sentence that cites.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from itertools import takewhile

from bot.answer.answer_draft import AnswerDraft, add_contradictions, build_answer
from bot.answer.budget import QuestionBudget
from bot.answer.events import Completed, Event, Retracted
from bot.answer.server_queue import OnPosition, ServerQueue
from bot.answer.verify.repair import repair_sentences
from bot.answer.verify.stream_verifier import Checked, StreamVerifier
from bot.answer.writing.citations import DraftSentence
from bot.answer.writing.prompt_builder import PackedPrompt, Prompts, build_prompt
from bot.answer.writing.refusals import is_plain_refusal
from bot.answer.writing.sentence_stream import SentenceStream
from bot.embedding import Embedder
from bot.errors import ModelError
from bot.llm import Model, Profiles
from bot.llm.profile import prompt_tokens_in_time
from bot.records import Answer, ModelProfile, SearchResult, SupportCheck

log = logging.getLogger(__name__)

# Five full Discord cards: where a server that ignores the length limit is stopped.
ANSWER_CHARACTERS = 20_000
OUT_OF_ROOM = "The answer reached its length limit."
BREAKS_OFF = {  # finish reasons: OpenAI's, and another word for the first
    "length": OUT_OF_ROOM,
    "max_tokens": OUT_OF_ROOM,
    "content_filter": "The language model's content filter stopped the answer.",
}
PREVIEW_AFTER_S = 3.0  # a hosted model's come within 2 s, a small one's on a CPU after 40
CLOSENESS_S = 2.0  # for the embeddings of a sentence that the rules are unsure of; inside 30 ms
CUT_SHORT = "What arrived whole is shown."
WRITTEN_BY_THEN = "What it had written by then is shown."
# Of the likelihood that the passages answer: from here on a model's refusal is doubted. So likely
# are .37 of 240 of clapnq's questions that are answerable and .01 of 200 that are not (at .7: .55
# and .045; `footnote eval --run`). Less sure on other texts, for the weights saw these.
SURE = 0.8
MODEL_REFUSED = "The language model found no answer in the sources."
NOTHING_CITED = "The language model cited nothing."
NOTHING_SUPPORTED = "What the language model wrote is not what its sources say."


@dataclass(frozen=True, slots=True)
class Writer:
    """A model that answers: its server, its name, and how long prompt and answer may be.

    ``support``: "model" lets it repair what the rules do not let pass, in one more call.
    ``profile`` is what was known of the model when a question began, and ``profiles`` learn from
    it. ``first_words_s`` is how long its first words are waited for before quotes are shown;
    ``slots`` are its server's.
    ``in_time``: prompts are no longer than the model reads within its share of a minute.
    """

    server: Model
    model: str
    prompts: Prompts
    prompt_tokens: int
    answer_tokens: int
    support_check: SupportCheck = "rules"
    profile: ModelProfile = ModelProfile()
    limit_by_speed: bool = False
    profiles: Profiles = field(default_factory=Profiles)
    preview_after_s: float = PREVIEW_AFTER_S
    queue: ServerQueue = field(default_factory=ServerQueue)

    @property
    def weak(self) -> bool:
        """Whether the model was examined and failed."""
        return self.profile.is_weak

    def within_budget(self, budget: QuestionBudget) -> Writer:
        """The same, in what one question may take and what the model's window holds."""
        profiles = budget.profiles
        profile, wanted = profiles.get(self.model), self.prompt_tokens
        if self.limit_by_speed:
            wanted = prompt_tokens_in_time(profile, wanted)
        room = profiles.limits_for(self.model, wanted, self.answer_tokens)
        return replace(
            self,
            server=budget.metered_model(self.server),
            prompt_tokens=room.prompt,
            answer_tokens=room.answer,
            profile=profile,
            profiles=profiles,
        )


async def write_answer(
    draft: AnswerDraft,
    findings: SearchResult,
    writer: Writer,
    embedder: Embedder,
    *,
    tell: OnPosition,
    ends_by: float,
) -> AsyncGenerator[Event]:
    """The model's answer, once its server has a turn for it; until then ``tell`` hears how many
    are before. Ends without Finished when quotes have to take its place; the latest at
    ``ends_by``, a time of the loop's clock."""
    began = time.perf_counter()
    async with AsyncExitStack() as turn:
        try:
            async with asyncio.timeout_at(ends_by):
                await turn.enter_async_context(writer.queue.slot(tell))
        except TimeoutError:
            draft.note = "The language model was busy with other questions."
            return
        finally:
            draft.queued_s = time.perf_counter() - began
        async with aclosing(_in_turn(draft, findings, writer, embedder)) as events:
            async for event in events:
                yield event


async def _in_turn(
    draft: AnswerDraft, findings: SearchResult, writer: Writer, embedder: Embedder
) -> AsyncGenerator[Event]:
    prompt = await asyncio.to_thread(
        build_prompt, writer.prompts, draft.standalone_question, findings.hits, writer.prompt_tokens
    )
    if not prompt.passages:
        draft.note = "No passage fits into PROMPT_TOKENS; the operator should raise it."
        return
    draft.shown_article_ids = {passage.article_id for passage in prompt.passages}
    stream = SentenceStream(prompt.find_sentence, writer.profile.reasons_first)
    verifier = StreamVerifier(
        draft.standalone_question, prompt.passages, settling=writer.support_check == "model"
    )
    async with aclosing(_said(draft, prompt, stream, verifier, writer, embedder)) as events:
        async for event in events:
            yield event
    if stream.has_unopened_reasoning:
        writer.profiles.update(writer.model, reasons_first=True)
    if draft.sentences:
        await add_contradictions(draft, findings)
    refused = not draft.sentences and (stream.refused or await _declined(draft, verifier, embedder))
    if refused and findings.answer_probability >= SURE:
        draft.pending.clear()
        draft.note = MODEL_REFUSED
    elif draft.sentences or refused:
        yield Completed(build_answer(draft, "model", findings, writer.model))
    elif draft.pending or verifier.left_out:
        cited = any(one.written.spans for one in verifier.left_out)
        draft.note = draft.note or (NOTHING_SUPPORTED if cited else NOTHING_CITED)
        draft.pending.clear()
        yield Retracted(draft.note)
    else:
        draft.note = draft.note or "The language model gave no answer."


async def _declined(draft: AnswerDraft, verifier: StreamVerifier, embedder: Embedder) -> bool:
    """Whether the model said in plain words that nothing answers: it began without a mark, and
    broke off nowhere."""
    unsaid = [*draft.pending, *(one.written for one in verifier.left_out)]
    unmarked = [one.text for one in takewhile(lambda one: not one.spans, unsaid)]
    return not draft.note and await is_plain_refusal(unmarked, embedder)


async def _said(
    draft: AnswerDraft,
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
                cut = cut or BREAKS_OFF.get(chunk.finish_reason or "", "")
                for event in draft.add_sentences(
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
    rest = await _passed(verifier, stream.finish_truncated() if cut else stream.finish(), embedder)
    for event in draft.add_sentences(rest):
        yield event
    # A server that has just failed is not asked again.
    for event in draft.add_sentences(await _settled(prompt, verifier, writer, failed=failed)):
        yield event
    draft.note = _note(cut, verifier.note, said=bool(draft.sentences))


async def finish_stopped(
    draft: AnswerDraft, findings: SearchResult, writer: Writer, reason: str
) -> Answer | None:
    """The answer of a model that was stopped: what it has said. None when it said nothing."""
    draft.stopped = True
    draft.pending.clear()
    draft.note = reason
    if not draft.sentences:
        return None
    draft.note = f"{reason} {WRITTEN_BY_THEN}"
    await add_contradictions(draft, findings)
    return build_answer(draft, "model", findings, writer.model)


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
            vectors = await embedder.embed([written.text, *(c.quote for c in written.spans)])
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
