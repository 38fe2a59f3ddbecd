"""What is known of a server's models while the bot runs, and what a prompt may have for it.

``Profiles`` holds what was measured and examined (it is kept in the store by whoever measured),
and learns from every call: how many tokens a model makes of what we count, and whether its server
cut a prompt in silence. Knows nothing of prompts, money and the store.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from math import ceil
from typing import Any, NamedTuple

from bot.records import ModelProfile

log = logging.getLogger(__name__)

FIRST_COUNT = 1.5  # a model's tokens for one of ours, until it has told; seen: .8 to 1.4
CUT_SHARE = 0.85  # of our count: a server that read less has cut the prompt
CUT_TOKENS = 1_024  # shorter prompts fit every window; a count below is of what was not cached
ANSWER_SHARE = 4  # an answer gets at most 1/4 of the window


class Room(NamedTuple):
    """The most tokens that a prompt (in our count) and an answer may have."""

    prompt: int
    answer: int


class Profiles:
    """The models of one server, by name."""

    def __init__(self) -> None:
        self._profiles: dict[str, ModelProfile] = {}
        self._counts: dict[str, float] = {}  # a model's tokens for one of ours, the most seen
        self._cut: set[str] = set()  # whose servers were found to cut, which is said once

    def of(self, model: str) -> ModelProfile:
        """What is known; an empty profile for a model never heard of."""
        return self._profiles.get(model, ModelProfile())

    def keep(self, model: str, profile: ModelProfile) -> None:
        """Takes the place of what was known."""
        self._profiles[model] = profile

    def learn(self, model: str, **found: Any) -> ModelProfile:
        """Adds to what is known (fields of ModelProfile); returns all of it."""
        self._profiles[model] = replace(self.of(model), **found)
        return self._profiles[model]

    def most_read(self, model: str, counted: int) -> int:
        """The most tokens that a prompt of ``counted`` of ours has in the model's own count."""
        return ceil(counted * self._counts.get(model, FIRST_COUNT))

    def likely_read(self, model: str, counted: int) -> int:
        """The same as it likely is: in our count, where the model's own is not known."""
        return ceil(counted * self._counts.get(model, 1.0))

    def compare(self, model: str, counted: int, told: int) -> None:
        """Learns from what a server says that it read of a prompt of ``counted`` tokens of ours."""
        if counted >= CUT_TOKENS <= told < CUT_SHARE * counted:
            self._was_cut(model, told)
        else:
            self.count(model, counted, told)

    def count(self, model: str, counted: int, told: int) -> None:
        """Notes how many tokens a model makes of ours: the most that was seen, rounded up."""
        self._counts[model] = max(self._counts.get(model, 1.0), (told + 1) / counted)

    def _was_cut(self, model: str, read: int) -> None:
        window = min(read, self.of(model).window or read)
        self.learn(model, window=window)
        if model not in self._cut:
            self._cut.add(model)
            log.warning(
                "the server of %s cuts prompts in silence at %d tokens: shorter ones are sent "
                "from now on. Raise its window (Ollama: OLLAMA_CONTEXT_LENGTH).",
                model,
                read,
            )

    def room(self, model: str, prompt_tokens: int, answer_tokens: int) -> Room:
        """What fits into the model's window, at most what the operator allows."""
        window = self.of(model).window
        if window is None:
            return Room(prompt_tokens, answer_tokens)
        answer = max(1, min(answer_tokens, window // ANSWER_SHARE))
        ratio = self._counts.get(model, FIRST_COUNT)
        return Room(max(1, min(prompt_tokens, int((window - answer) / ratio))), answer)
