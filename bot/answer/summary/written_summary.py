"""A summary that a model writes from all passages of the articles, by map and reduce.

What fits into one prompt is summed up in one call. A longer text is divided into parts of
consecutive passages; from each, in parallel, the model picks the sentences that matter, by writing
points that cite them. Only the cited sentences, as they stand in the articles, go into the last
call, so that the summary cites the articles and is checked against them, never against what a
model wrote. All calls are reserved together; if they can't be, or a part fails, the key sentences
stand in for the summary.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bot.answer.answer_draft import AnswerDraft, build_answer
from bot.answer.budget import QuestionBudget
from bot.answer.events import Completed, Event, Retracted
from bot.answer.model_answer import NOTHING_SUPPORTED, Writer, stream_sentences
from bot.answer.request_queue import OnPosition
from bot.answer.summary.summary_plan import SENTENCES, SENTENCES_EACH, SummaryPlan
from bot.answer.writing.completion import complete
from bot.answer.writing.prompt_builder import PackedPrompt, message_tokens, render_passage
from bot.answer.writing.sentence_stream import SentenceStream
from bot.embedding import Embedder
from bot.errors import ModelError
from bot.llm import Message
from bot.prompts import Prompt
from bot.records import Sentence, StoredPassage
from bot.strings import N_, _
from bot.tokens import count_tokens
from bot.verify.stream_verifier import StreamVerifier

MAX_CALLS = 24  # of one summary, the last one, its judgement and a repair included
MAX_PARTS = MAX_CALLS - 3
POINTS = 6  # of a part
POINT_TOKENS = 80  # that the model may write for each
REPLY_CHARACTERS = 8_000  # of a part's points; more than that many need
TOO_LONG = N_("The text is too long for the language model to read all of it.")

Chosen = Mapping[int, list[Sentence]]
"""The sentences that matter, by passage id."""


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive passages that fit into one prompt, and its messages."""

    passages: tuple[StoredPassage, ...]
    messages: tuple[Message, ...]

    @property
    def prompt(self) -> PackedPrompt:
        """The prompt, to look up what a citation marker names."""
        return PackedPrompt(self.messages, self.passages)


async def write_summary(
    draft: AnswerDraft,
    plan: SummaryPlan,
    writer: Writer,
    embedder: Embedder,
    budget: QuestionBudget,
    *,
    on_position: OnPosition,
) -> AsyncGenerator[Event]:
    """The summary's events. Ends without ``Completed`` if quotes have to take its place."""
    passages = [hit.passage for hit in plan.findings.hits]
    parts = await asyncio.to_thread(split_into_parts, passages, writer)
    if not 1 <= len(parts) <= MAX_PARTS:
        draft.note = _(TOO_LONG)
        return
    try:
        await _reserve(parts, writer, budget)
        chosen = await _choose_sentences(parts, writer, on_position) if len(parts) > 1 else None
    except ModelError as error:
        draft.record_failure(error)
        draft.note = error.message
        return
    prompt = await asyncio.to_thread(_last_prompt, plan, passages, chosen, writer)
    if not prompt.passages:
        draft.note = _(TOO_LONG)
        return
    draft.shown_article_ids = {passage.article_id for passage in passages}
    async with (
        writer.queue.slot(on_position),
        aclosing(_write(draft, plan, prompt, writer, embedder)) as events,
    ):
        async for event in events:
            yield event


# --- the parts -------------------------------------------------------------------------------


def split_into_parts(passages: Sequence[StoredPassage], writer: Writer) -> list[Part]:
    """The passages in order, in as few prompts as hold them. Costs CPU.

    Empty if a passage doesn't fit into a prompt of its own.
    """
    prompt = writer.prompts.summary_part
    room = writer.prompt_tokens - message_tokens(_render(prompt, "", part="99", parts="99"))
    groups: list[list[StoredPassage]] = [[]]
    left = room
    for passage in passages:
        tokens = count_tokens(render_passage(passage, len(groups[-1]) + 1) + "\n")
        if tokens > room:
            return []
        if tokens > left:
            groups.append([])
            left = room
        groups[-1].append(passage)
        left -= tokens
    return [
        Part(tuple(group), _render(prompt, _blocks(group), part=str(n), parts=str(len(groups))))
        for n, group in enumerate(groups, 1)
    ]


def _render(prompt: Prompt, passages: str, **values: str) -> tuple[Message, ...]:
    values.setdefault("sentences", str(POINTS))
    return ({"role": "user", "content": prompt.render(passages=passages, **values)},)


def _blocks(passages: Sequence[StoredPassage], chosen: Chosen | None = None) -> str:
    return "\n".join(
        render_passage(passage, n, None if chosen is None else chosen[passage.id])
        for n, passage in enumerate(passages, 1)
    )


async def _reserve(parts: Sequence[Part], writer: Writer, budget: QuestionBudget) -> None:
    """Reserve the calls for the parts, the summary, and its judgement and repair if made."""
    sizes = [(writer.prompt_tokens, writer.answer_tokens)]
    sizes *= 3 if writer.judges else 1
    if len(parts) > 1:
        counts = await asyncio.to_thread(lambda: [message_tokens(p.messages) for p in parts])
        sizes += [(count, POINTS * POINT_TOKENS) for count in counts]
    await budget.reserve_calls(writer.model_name, sizes)


async def _choose_sentences(
    parts: Sequence[Part], writer: Writer, on_position: OnPosition
) -> Chosen:
    """The sentences that the model finds important, of all parts. Raises ModelError."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_read_part(part, writer, on_position)) for part in parts]
    except* ModelError as errors:
        error = errors.exceptions[0]
    else:
        return {key: sentences for task in tasks for key, sentences in task.result().items()}
    raise error


async def _read_part(part: Part, writer: Writer, on_position: OnPosition) -> Chosen:
    """The sentences of a part that the model's points cite."""
    async with writer.queue.slot(on_position):
        reply = await complete(
            writer,
            part.messages,
            POINTS * POINT_TOKENS,
            max_characters=REPLY_CHARACTERS,
            optional=False,
        )
    return await asyncio.to_thread(_cited_sentences, reply, part, writer)


def _cited_sentences(reply: str, part: Part, writer: Writer) -> dict[int, list[Sentence]]:
    stream = SentenceStream(part.prompt.find_sentence, writer.profile.reasons_first)
    spans = [span for draft in (*stream.feed(reply), *stream.finish()) for span in draft.spans]
    chosen: dict[int, list[Sentence]] = {}
    for passage, start, end in spans:
        cited = [s for s in passage.sentences if start <= s.start and s.end <= end]
        of_passage = chosen.setdefault(passage.id, [])
        of_passage += [sentence for sentence in cited if sentence not in of_passage]
    return chosen


# --- the last call ---------------------------------------------------------------------------


def _last_prompt(
    plan: SummaryPlan, passages: Sequence[StoredPassage], chosen: Chosen | None, writer: Writer
) -> PackedPrompt:
    """The prompt that asks for the summary. Costs CPU.

    If the chosen sentences are too many, each passage gives up its last one, until they fit.
    """
    several = len(plan.sources) > 1
    prompt = writer.prompts.summarise_several if several else writer.prompts.summarise
    sentences = str(plan.sentences or (SENTENCES_EACH if several else SENTENCES))
    most = max(map(len, chosen.values()), default=0) if chosen is not None else 1
    for limit in range(most, 0, -1):
        limited = None if chosen is None else {key: s[:limit] for key, s in chosen.items()}
        shown = tuple(p for p in passages if limited is None or p.id in limited)
        messages = _render(prompt, _blocks(shown, limited), sentences=sentences)
        if shown and message_tokens(messages) <= writer.prompt_tokens:
            return PackedPrompt(messages, shown)
    return PackedPrompt((), ())


async def _write(
    draft: AnswerDraft, plan: SummaryPlan, prompt: PackedPrompt, writer: Writer, embedder: Embedder
) -> AsyncGenerator[Event]:
    stream = SentenceStream(prompt.find_sentence, writer.profile.reasons_first)
    verifier = StreamVerifier("", prompt.passages, holds=writer.judges)
    draft.max_sentences = plan.sentences if len(plan.sources) == 1 else None
    sentences = stream_sentences(draft, prompt, stream, verifier, writer, embedder)
    async with aclosing(sentences) as events:
        async for event in events:
            yield event
            if draft.is_full:
                break
    if draft.sentences:
        yield Completed(build_answer(draft, "summary", plan.findings, writer.model_name))
    else:
        draft.note = draft.note or _(NOTHING_SUPPORTED)
        yield Retracted(draft.note)
