"""Repair all failed sentences with one call to the model.

The prompt shows each sentence with the reasons why it failed, and the passages under the same
numbers as in the first prompt. The model cites again, rewrites or deletes it. Its replacements are
read and checked like any other sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

import regex

from bot.answer.writing.completion import CompletionModel, complete
from bot.answer.writing.prompt_builder import (
    PackedPrompt,
    Prompts,
    escape_source,
    message_tokens,
    render_passage,
)
from bot.answer.writing.sentence_stream import SentenceStream
from bot.llm import Message
from bot.verify.findings import Rule
from bot.verify.stream_verifier import CheckedSentence, StreamVerifier

STRIKE = "STRIKE"
SENTENCES = 20  # repaired at most; an answer has five
REPLY_CHARACTERS = 8_000  # two thousand tokens; more than that many sentences need
LINE = regex.compile(r"^\W{0,3}(\d{1,2})\W{0,3}[:.)]\s*(.+)$", regex.MULTILINE)
REASON_TEXTS: dict[Rule, str] = {
    "number": "the number {} is not in its source",
    "unit": "{} has another unit in its source",
    "date": "the date {} is not in its source",
    "name": "{} is not named there in its source",
    "quotation": "the words “{}” are not in its source",
    "negation": "its source denies or asserts the opposite at “{}”",
    "antonym": "its source has the opposite of “{}”",
    "attribution": "its source only reports it (“{}”)",
    "hypothetical": "the passage says what would have been, not what was",
    "binding": "in its source {} belongs to something else",
    "order": "its source has it the other way round (“{}”)",
    "exclusive_word": "its source has something else in place of “{}”",
    "quantifier": "its source says less than “{}”",
    "certainty": "its source only calls it possible (“{}”)",
    "cause": "its source doesn't name this as the cause (“{}”)",
    "speaker": "its source does not say that {} said it",
    "question_echo": "its source does not say “{}”, only the question does",
    "unrelated_source": "its source speaks of something else",
    "uncited": "it names no source",
    "too_long": "it is too long to be checked",
    "doubted": "{}",
}


class Repairer(CompletionModel, Protocol):
    """The part of a ``Writer`` used here."""

    @property
    def prompt_tokens(self) -> int: ...
    @property
    def answer_tokens(self) -> int: ...


async def repair_sentences(
    verifier: StreamVerifier, prompt: PackedPrompt, writer: Repairer
) -> dict[int, list[CheckedSentence]]:
    """The replacements of each failed sentence, keyed by index in ``verifier.pending``.

    Raises ModelError.
    """
    failed = dict(list(verifier.pending_failures.items())[:SENTENCES])
    messages = await asyncio.to_thread(
        build_repair_prompt,
        writer.prompts,
        prompt,
        verifier.question,
        list(failed.values()),
        writer.prompt_tokens,
    )
    if not messages:
        return {}
    text = await complete(writer, messages, writer.answer_tokens, max_characters=REPLY_CHARACTERS)
    return await asyncio.to_thread(read_reply, text, verifier, prompt, failed)


def build_repair_prompt(
    prompts: Prompts,
    prompt: PackedPrompt,
    question: str,
    failed: Sequence[CheckedSentence],
    budget: int,
) -> tuple[Message, ...]:
    """The message; empty if not one passage fits into ``budget`` tokens."""
    sentences = "\n".join(f"{n}: {_describe(checked)}" for n, checked in enumerate(failed, 1))
    cited_ids = {span.passage.id for checked in failed for span in checked.draft.spans}
    blocks = {n: render_passage(p, n) for n, p in enumerate(prompt.passages, 1)}
    cited = [n for n, p in enumerate(prompt.passages, 1) if p.id in cited_ids]
    numbers = [*cited, *(n for n in blocks if n not in cited)]
    while numbers:
        text = prompts.check.render(
            passages="\n".join(blocks[n] for n in sorted(numbers)),
            question=escape_source(question),
            sentences=sentences,
            strike=STRIKE,
        )
        messages = ({"role": "user", "content": text},)
        if message_tokens(messages) <= budget:
            return messages
        numbers.pop()
    return ()


def _describe(checked: CheckedSentence) -> str:
    reasons = [
        REASON_TEXTS.get(reason.rule, "its source does not say it").format(
            escape_source(reason.words)
        )
        for reason in checked.verdict.reasons
    ]
    return f"{escape_source(checked.draft.text)} ({'; '.join(reasons)})"


def read_reply(
    text: str, verifier: StreamVerifier, prompt: PackedPrompt, failed: Mapping[int, CheckedSentence]
) -> dict[int, list[CheckedSentence]]:
    """The sentences of a reply that pass the rules, keyed by the index of those they replace."""
    indexes = list(failed)
    replacements: dict[int, list[CheckedSentence]] = {}
    for line in LINE.finditer(text):
        number = int(line[1])
        if not 1 <= number <= len(indexes) or STRIKE in line[2]:
            continue
        index = indexes[number - 1]
        if index in replacements:
            continue
        stream = SentenceStream(prompt.find_sentence)
        drafts = [*stream.feed(line[2]), *stream.finish()]
        checked = [verifier.check_replacement(draft, failed[index]) for draft in drafts]
        if checked and all(each.verdict.supported and each.draft.spans for each in checked):
            replacements[index] = checked
    return replacements
