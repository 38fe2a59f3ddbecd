"""Passages and a question → the messages for a model, within a token budget.

Every sentence of a passage is numbered ``[passage.sentence]``; these numbers exist only
inside one prompt. Digits in square brackets that stand in the sources are shown in
parentheses, so that they cannot be taken for marks, and nothing in a source can close
its fence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.prompts import Prompt, load
from bot.records import Hit, Sentence, StoredPassage
from bot.tokens import count_tokens, cut_to_tokens

SENTINEL = "NOT_IN_THE_LIBRARY"
BRACKETED_DIGITS = re.compile(r"[\[【]([\d\s,.;–-]*\d[\d\s,.;–-]*)[\]】]")
FENCE = re.compile(r"<(?=/?\s*passage)", re.IGNORECASE)
QUESTION_SHARE = 4  # of the budget, a question gets at most 1/4


@dataclass(frozen=True, slots=True)
class Packed:
    """A prompt: its messages, and which passage and sentence each number stands for."""

    messages: tuple[dict[str, str], ...]
    passages: tuple[StoredPassage, ...]

    def sentence(self, passage: int, sentence: int) -> tuple[StoredPassage, Sentence] | None:
        """What the mark ``[passage.sentence]`` stands for, None when there is no such."""
        if not 1 <= passage <= len(self.passages):
            return None
        found = self.passages[passage - 1]
        if not 1 <= sentence <= len(found.sentences):
            return None
        return found, found.sentences[sentence - 1]


@dataclass(frozen=True, slots=True)
class Prompts:
    """The two templates, loaded and checked at start-up."""

    rules: Prompt
    question: Prompt

    @classmethod
    def load(cls) -> Prompts:
        """Raises SettingsError when a prompt file does not fit."""
        return cls(load("answer", "sentinel"), load("question", "passages", "question"))


def assemble(prompts: Prompts, question: str, hits: Sequence[Hit], budget: int) -> Packed:
    """The best passages that fit into ``budget`` tokens together with rules and question."""
    rules = prompts.rules.render(sentinel=SENTINEL)
    question = cut_to_tokens(question, budget // QUESTION_SHARE)
    left = budget - count_tokens(rules) - count_tokens(question) - 50
    taken: list[StoredPassage] = []
    blocks: list[str] = []
    for hit in hits:
        block = shown(hit.passage, len(taken) + 1)
        left -= count_tokens(block) + 1
        if left < 0 and taken:
            break
        taken.append(hit.passage)
        blocks.append(block)
    asked = prompts.question.render(passages="\n".join(blocks), question=question)
    messages = ({"role": "system", "content": rules}, {"role": "user", "content": asked})
    return Packed(messages, tuple(taken))


def shown(passage: StoredPassage, number: int) -> str:
    """A passage as the model reads it: its origin, then its numbered sentences."""
    origin = [f'title="{_safe(passage.title)}"']
    if passage.author:
        origin.append(f'author="{_safe(passage.author)}"')
    if passage.published:
        origin.append(f'published="{_safe(passage.published)}"')
    if passage.heading and passage.heading != passage.title:
        origin.append(f'section="{_safe(passage.heading)}"')
    lines = [
        f"[{number}.{i}] {_safe(passage.quote(sentence))}"
        for i, sentence in enumerate(passage.sentences, 1)
    ]
    return "\n".join([f"<passage {number} {' '.join(origin)}>", *lines, "</passage>"])


def _safe(text: str) -> str:
    text = BRACKETED_DIGITS.sub(r"(\1)", " ".join(text.split()))
    return FENCE.sub("‹", text)
