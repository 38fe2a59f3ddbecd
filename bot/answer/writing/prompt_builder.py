"""Passages and a question → the messages for a model, within a token budget.

Rules and two answered examples come first, the same for every question; then the passages, in the
order of their articles, and the question last: so a server that keeps what it has read reads a
follow-up's prompt only from where it differs. Every sentence of a passage is numbered
``[passage.sentence]`` on a line of its own; these numbers exist only inside one prompt. Nothing in
a source, nor in a question, is a mark, closes a fence, ends an attribute or begins a line. Costs
CPU (tokens are counted, about 1 ms a page): callers leave the event loop.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answer.writing.citation_markers import SENTINEL, escape_markers
from bot.prompts import Prompt, load, load_turns
from bot.records import Hit, Sentence, StoredPassage
from bot.tokens import count_tokens, truncate_to_tokens

FENCE = re.compile(r"<(?=[\s/]*passage)", re.IGNORECASE)
ATTRIBUTE_CHARACTERS = 200  # a title, an author, a heading: longer ones are cut
QUESTION_SHARE = 4  # of the budget, a question gets at most 1/4
MESSAGE_TOKENS = 4  # what a chat format adds to a message, as OpenAI counts it
REPLY_TOKENS = 3  # and to open the reply

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class PackedPrompt:
    """A prompt: its messages, and which passage and sentence each number stands for.

    There are no passages when not even one fits: then there is nothing to ask a model.
    """

    messages: tuple[Message, ...]
    passages: tuple[StoredPassage, ...]

    def find_sentence(self, passage: int, sentence: int) -> tuple[StoredPassage, Sentence] | None:
        """What the mark ``[passage.sentence]`` stands for, None when there is no such."""
        if not 1 <= passage <= len(self.passages):
            return None
        found = self.passages[passage - 1]
        if not 1 <= sentence <= len(found.sentences):
            return None
        return found, found.sentences[sentence - 1]


@dataclass(frozen=True, slots=True)
class Prompts:
    """The templates, loaded and checked at start-up; ``examples`` are turns before the question.

    None of the examples refuses: with one that did, a small model refused half of what it knew.
    """

    rules: Prompt
    examples: tuple[Message, ...]
    question: Prompt
    check: Prompt
    rewrite: Prompt

    @classmethod
    def load(cls) -> Prompts:
        """Raises SettingsError when a prompt file does not fit."""
        return cls(
            load("answer", "sentinel"),
            load_turns("examples"),
            load("question", "passages", "question"),
            load("check", "passages", "question", "sentences", "strike"),
            load("rewrite", "turns", "question"),
        )


def build_prompt(prompts: Prompts, question: str, hits: Sequence[Hit], budget: int) -> PackedPrompt:
    """The best passages that ``budget`` tokens hold together with rules, examples and question.

    A passage that is too long for what is left makes room for the next. They are numbered in the
    order of articles and of their places there, whatever their rank.
    """
    rules = prompts.rules.render(sentinel=SENTINEL)
    question = truncate_to_tokens(escape_source(question), budget // QUESTION_SHARE)
    left = budget - message_tokens(_messages(prompts, rules, question, ()))
    taken: list[StoredPassage] = []
    for hit in hits:
        cost = count_tokens(render_passage(hit.passage, len(taken) + 1) + "\n")
        if cost <= left:
            left -= cost
            taken.append(hit.passage)
    while taken:  # the parts' tokens are not quite the whole's: the whole decides
        ordered = sorted(taken, key=_place)
        messages = _messages(prompts, rules, question, ordered)
        if message_tokens(messages) <= budget:
            return PackedPrompt(messages, tuple(ordered))
        taken.pop()
    return PackedPrompt((), ())


def _place(passage: StoredPassage) -> tuple[int, int, int]:
    return passage.article_id, passage.version_id, passage.start


def message_tokens(messages: Sequence[Message]) -> int:
    """What the messages cost as a prompt."""
    texts = sum(count_tokens(message["content"]) + MESSAGE_TOKENS for message in messages)
    return texts + REPLY_TOKENS


def _messages(
    prompts: Prompts, rules: str, question: str, passages: Sequence[StoredPassage]
) -> tuple[Message, ...]:
    blocks = "\n".join(
        render_passage(passage, number) for number, passage in enumerate(passages, 1)
    )
    asked = prompts.question.render(passages=blocks, question=question)
    return (
        {"role": "system", "content": rules},
        *prompts.examples,
        {"role": "user", "content": asked},
    )


def render_passage(passage: StoredPassage, number: int) -> str:
    """A passage as the model reads it: its origin, then its numbered sentences."""
    section = passage.heading if passage.heading != passage.title else ""
    origin = {
        "title": passage.title,
        "author": passage.author,
        "published": passage.published,
        "section": section,
    }
    facts = [f'{name}="{_attribute(value)}"' for name, value in origin.items() if value]
    lines = [
        f"[{number}.{i}] {escape_source(passage.quote(sentence))}"
        for i, sentence in enumerate(passage.sentences, 1)
    ]
    return "\n".join([f"<passage {number} {' '.join(facts)}>", *lines, "</passage>"])


def _attribute(text: str) -> str:
    cut = escape_source(text)[:ATTRIBUTE_CHARACTERS]
    return cut.translate({ord('"'): "'", ord("<"): "‹", ord(">"): "›"})


def escape_source(text: str) -> str:
    """One line, in which nothing is a mark or a fence of ours."""
    return FENCE.sub("‹", escape_markers(" ".join(text.split())))
