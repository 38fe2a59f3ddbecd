"""Builds the prompt for an answer from passages and a question, within a token budget.

The rules and two worked examples come first, the same for every question, then the passages in the
order of their articles, and the question last, so that a server with a prompt cache reads a
follow-up's prompt only from where it differs. Each sentence of a passage has a line and a number
``[passage.sentence]``, valid only within one prompt. Source texts and questions are escaped: they
cannot contain a citation marker, close a fence, end an attribute or begin a line. Counting tokens
costs about 1 ms of CPU per page: call it outside the event loop.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.answer.writing.citation_markers import SENTINEL, escape_markers
from bot.llm import Message
from bot.prompts import Prompt, load, load_turns
from bot.records import Hit, Sentence, StoredPassage
from bot.tokens import count_tokens, truncate_to_tokens

# What opens or closes a tag of a prompt.
FENCE = re.compile(
    r"<(?=[\s/]*(?:passage|(?:sentence|source|question|titles|before|article)\b))", re.IGNORECASE
)
MAX_ATTRIBUTE_CHARACTERS = 200  # longer titles, authors and headings are cut
QUESTION_BUDGET_DIVISOR = 4  # a question gets at most 1/4 of the budget
MESSAGE_TOKENS = 4  # added by the chat format to each message, by OpenAI's count
REPLY_TOKENS = 3  # added to open the reply


@dataclass(frozen=True, slots=True)
class PackedPrompt:
    """The messages of a prompt, and its passages in the order of their numbers.

    Both are empty if not even one passage fits.
    """

    messages: tuple[Message, ...]
    passages: tuple[StoredPassage, ...]

    def find_sentence(self, passage: int, sentence: int) -> tuple[StoredPassage, Sentence] | None:
        """The sentence that the citation marker ``[passage.sentence]`` names, or None."""
        if not 1 <= passage <= len(self.passages):
            return None
        cited = self.passages[passage - 1]
        if not 1 <= sentence <= len(cited.sentences):
            return None
        return cited, cited.sentences[sentence - 1]


@dataclass(frozen=True, slots=True)
class Prompts:
    """The templates, loaded and checked at start-up; ``examples`` are turns before the question.

    None of the examples refuses: with one that did, a small model refused half of the questions
    that it could answer.
    """

    rules: Prompt
    examples: tuple[Message, ...]
    question: Prompt
    judge: Prompt
    plan: Prompt
    read: Prompt
    check: Prompt
    rewrite: Prompt
    suggest: Prompt
    summarise: Prompt
    summarise_several: Prompt
    summary_part: Prompt

    @classmethod
    def load(cls) -> Prompts:
        """Raises SettingsError if a prompt file lacks a placeholder or has an unknown one."""
        return cls(
            load("answer", "sentinel"),
            load_turns("examples"),
            load("question", "passages", "question"),
            load("judge", "sentences"),
            load("plan", "question", "titles"),
            load("read", "question", "passages"),
            load("check", "passages", "question", "sentences", "strike"),
            load("rewrite", "turns", "question"),
            load("suggest", "title", "text"),
            load("summarise", "passages", "sentences"),
            load("summarise_several", "passages", "sentences"),
            load("summary_part", "passages", "sentences", "part", "parts"),
        )


def build_prompt(prompts: Prompts, question: str, hits: Sequence[Hit], budget: int) -> PackedPrompt:
    """A prompt of at most ``budget`` tokens with as many of the best passages as fit.

    A passage that is too long for the rest of the budget is skipped. Passages are numbered in the
    order of their articles and positions, not by rank.
    """
    rules = prompts.rules.render(sentinel=SENTINEL)
    question = truncate_to_tokens(escape_source(question), budget // QUESTION_BUDGET_DIVISOR)
    left = budget - message_tokens(_messages(prompts, rules, question, ()))
    packed: list[StoredPassage] = []
    for hit in hits:
        cost = count_tokens(render_passage(hit.passage, len(packed) + 1) + "\n")
        if cost <= left:
            left -= cost
            packed.append(hit.passage)
    while packed:  # the tokens of the parts do not add up exactly: the whole prompt decides
        ordered = sorted(packed, key=_position)
        messages = _messages(prompts, rules, question, ordered)
        if message_tokens(messages) <= budget:
            return PackedPrompt(messages, tuple(ordered))
        packed.pop()
    return PackedPrompt((), ())


def _position(passage: StoredPassage) -> tuple[int, int, int]:
    return passage.article_id, passage.version_id, passage.start


def message_tokens(messages: Sequence[Message]) -> int:
    """The tokens of the messages as a prompt."""
    texts = sum(count_tokens(message["content"]) + MESSAGE_TOKENS for message in messages)
    return texts + REPLY_TOKENS


def _messages(
    prompts: Prompts, rules: str, question: str, passages: Sequence[StoredPassage]
) -> tuple[Message, ...]:
    blocks = "\n".join(
        render_passage(passage, number) for number, passage in enumerate(passages, 1)
    )
    prompt = prompts.question.render(passages=blocks, question=question)
    return (
        {"role": "system", "content": rules},
        *prompts.examples,
        {"role": "user", "content": prompt},
    )


def render_passage(
    passage: StoredPassage, number: int, only: Collection[Sentence] | None = None
) -> str:
    """A passage as the model reads it: its metadata, then its numbered sentences.

    ``only``: leave out its other sentences; the numbers stay the same.
    """
    section = passage.heading if passage.heading != passage.title else ""
    metadata = {
        "title": passage.title,
        "author": passage.author,
        "published": passage.published,
        "section": section,
    }
    attributes = [f'{name}="{_attribute(value)}"' for name, value in metadata.items() if value]
    lines = [
        f"[{number}.{i}] {escape_source(passage.quote(sentence))}"
        for i, sentence in enumerate(passage.sentences, 1)
        if only is None or sentence in only
    ]
    return "\n".join([f"<passage {number} {' '.join(attributes)}>", *lines, "</passage>"])


def _attribute(text: str) -> str:
    cut = escape_source(text)[:MAX_ATTRIBUTE_CHARACTERS]
    return cut.translate({ord('"'): "'", ord("<"): "‹", ord(">"): "›"})


def escape_source(text: str) -> str:
    """The text in one line, without anything that looks like a citation marker or a fence."""
    return FENCE.sub("‹", escape_markers(" ".join(text.split())))
