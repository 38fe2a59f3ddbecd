"""A second opinion: one call in which the model judges all sentences that the rules accepted.

The prompt shows each sentence with what it cites. The reply has a fixed form: a number, "ok" or
"doubt", and one of a few reasons; as JSON where the server can be bound to a schema, else a line
each. Nothing else is read from it, so no word of it is shown or asked again. It can only let a
sentence fail: an article that orders "ok" gains nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import regex

from bot.answer.writing.completion import CompletionModel, complete, read_json_object
from bot.answer.writing.prompt_builder import Prompts, escape_source, message_tokens
from bot.citations import CitedSpan
from bot.llm import Message, Schema
from bot.verify.stream_verifier import CheckedSentence, StreamVerifier, sentence_before

log = logging.getLogger(__name__)

SENTENCES = 20  # judged at most; an answer has five
VERDICT_TOKENS = 40  # of a verdict as JSON, with room for reasoning
REPLY_TOKENS = 200  # besides
REPLY_CHARACTERS = 8_000
# A small model on a CPU reads four sentences and their sources in 50 s. Longer, nobody waits for
# what the rules have accepted.
MAX_S = 90.0
OK, DOUBT = "ok", "doubt"
DOUBTS: Mapping[str, str] = {  # reason → what the repairing call is told
    "figure": "a second reading found another figure or date in its source",
    "name": "a second reading found another name in its source",
    "opposite": "a second reading found that its source says the opposite",
    "relation": "a second reading found that its source connects these things in another way",
    "certainty": "a second reading found that its source doesn't say it with this certainty",
    "unsaid": "a second reading found that its source doesn't say all of it",
}
SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "verdicts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "sentence": {"type": "integer"},
                    "verdict": {"type": "string", "enum": [OK, DOUBT]},
                    "reason": {"type": "string", "enum": ["none", *DOUBTS]},
                },
                "required": ["sentence", "verdict", "reason"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["verdicts"],
    "additionalProperties": False,
}
LINE = regex.compile(
    r"^[^\w\n]{0,3}(\d{1,2})[^\w\n]{1,6}(ok|doubt)\b[^\w\n]*(\w*)",
    regex.MULTILINE | regex.IGNORECASE,
)


class Judge(CompletionModel, Protocol):
    """The part of a ``Writer`` used here."""

    @property
    def prompt_tokens(self) -> int: ...
    @property
    def answer_tokens(self) -> int: ...


async def judge_pending(verifier: StreamVerifier, judge: Judge) -> None:
    """Fail the pending sentences that the model doubts. Raises ModelError.

    Of what it doesn't judge, the rules' judgement holds, and the log says so.
    """
    cited = verifier.pending_cited
    if not cited:
        return
    sentences = list(cited.values())[:SENTENCES]
    messages = await asyncio.to_thread(
        build_judge_prompt, judge.prompts, sentences, judge.prompt_tokens
    )
    verdicts = await _ask(messages, len(sentences), judge) if messages else {}
    for index, doubt in zip(cited, map(verdicts.get, range(1, len(cited) + 1)), strict=True):
        if doubt:
            verifier.doubt(index, doubt)
    if left := len(cited) - len(verdicts):
        log.warning("checked by the rules alone: %d of %d sentences", left, len(cited))


async def _ask(messages: Sequence[Message], count: int, judge: Judge) -> dict[int, str]:
    reply = await complete(
        judge,
        messages,
        min(judge.answer_tokens, REPLY_TOKENS + count * VERDICT_TOKENS),
        max_characters=REPLY_CHARACTERS,
        deadline=asyncio.get_running_loop().time() + MAX_S,
        schema=SCHEMA,
    )
    return read_verdicts(reply, count)


def build_judge_prompt(
    prompts: Prompts, sentences: Sequence[CheckedSentence], budget: int
) -> tuple[Message, ...]:
    """The message with as many of the sentences as fit into ``budget`` tokens; empty if none."""
    blocks = [_render(n, checked) for n, checked in enumerate(sentences, 1)]
    while blocks:
        messages = ({"role": "user", "content": prompts.judge.render(sentences="\n".join(blocks))},)
        if message_tokens(messages) <= budget:
            return messages
        blocks.pop()
    return ()


def _render(number: int, checked: CheckedSentence) -> str:
    sources = [f"<source>{_source(span)}</source>" for span in checked.draft.spans]
    text = f"<sentence {number}>{escape_source(checked.draft.text)}</sentence {number}>"
    return "\n".join([text, *sources])


def _source(span: CitedSpan) -> str:
    """What is cited, behind the article's title and the sentence before, which pronouns mean."""
    parts = (span.passage.title, sentence_before(span), span.quote)
    return " | ".join(escape_source(part) for part in parts if part)


def read_verdicts(reply: str, count: int) -> dict[int, str]:
    """The doubt about each judged sentence, by its number from 1; empty if there is none.

    Where a number is judged twice, a doubt holds.
    """
    verdicts: dict[int, str] = {}
    for number, verdict, reason in _verdicts(reply):
        if not 1 <= number <= count:
            continue
        doubt = DOUBTS.get(reason.lower(), DOUBTS["unsaid"]) if verdict.lower() == DOUBT else ""
        verdicts[number] = verdicts.get(number) or doubt
    return verdicts


def _verdicts(reply: str) -> Iterator[tuple[int, str, str]]:
    """Number, verdict and reason of each entry."""
    document = read_json_object(reply)
    entries = document.get("verdicts") if document is not None else None
    if not isinstance(entries, list):
        yield from ((int(line[1]), line[2], line[3]) for line in LINE.finditer(reply))
        return
    for entry in entries:
        match entry:
            case {"sentence": int(number), "verdict": "ok" | "doubt" as verdict, **rest}:
                yield number, verdict, str(rest.get("reason", ""))
