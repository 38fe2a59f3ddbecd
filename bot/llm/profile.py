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
from urllib.parse import urlsplit, urlunsplit

from bot.records import ModelProfile

log = logging.getLogger(__name__)

FIRST_COUNT = 1.5  # a model's tokens for one of ours, until it has told; seen: .8 to 1.4
SHORT_TOKENS = 200  # a prompt of fewer says more of the template than of the text
CUT_SHARE = 0.85  # of our count: a server that read less has cut the prompt
CUT_TOKENS = 1_024  # shorter prompts fit every window; a count below is of what was not cached
TARGET_ANSWER_S = 60.0  # in which a whole answer should be there, where PROMPT_TOKENS is not set
ANSWER_WRITTEN = 200  # tokens of an answer of four sentences with their marks
LEAST_PROMPT = 1_500  # rules and examples (640, which a server keeps ready) and two passages
PROMPT_STEP = 500
ANSWER_SHARE = 4  # an answer gets at most 1/4 of the window


def profile_key(address: str) -> str:
    """The address under which a server's models are kept: no account, and with or without /v1."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2].lower()
    path = parts.path.rstrip("/").removesuffix("/v1")
    return urlunsplit((parts.scheme, host, path, "", ""))


def estimate_answer_s(profile: ModelProfile, prompt_tokens: int) -> float | None:
    """How long an answer takes, reading and writing; None where the speed is not known."""
    reading, writing = profile.reading_tokens_per_s, profile.writing_tokens_per_s
    if not reading or not writing:
        return None
    return prompt_tokens / reading + ANSWER_WRITTEN / writing


def prompt_tokens_in_time(profile: ModelProfile, most: int) -> int:
    """The tokens of a prompt with which an answer is there after ``ANSWER_S``, at most ``most``."""
    reading, writing = profile.reading_tokens_per_s, profile.writing_tokens_per_s
    if not reading or not writing:
        return most
    tokens = int(reading * (TARGET_ANSWER_S - ANSWER_WRITTEN / writing))
    return min(most, max(LEAST_PROMPT, tokens - tokens % PROMPT_STEP))


class TokenLimits(NamedTuple):
    """The most tokens that a prompt (in our count) and an answer may have."""

    prompt: int
    answer: int


class Profiles:
    """The models of one server, by name."""

    def __init__(self) -> None:
        self._profiles: dict[str, ModelProfile] = {}
        self._counts: dict[str, float] = {}  # a model's tokens for one of ours, the most seen
        self._overheads: dict[str, int] = {}  # what its template adds to a prompt
        self._cut: set[str] = set()  # whose servers were found to cut, which is said once

    def get(self, model: str) -> ModelProfile:
        """What is known; an empty profile for a model never heard of."""
        return self._profiles.get(model, ModelProfile())

    def set(self, model: str, profile: ModelProfile) -> None:
        """Takes the place of what was known."""
        self._profiles[model] = profile

    def update(self, model: str, **found: Any) -> ModelProfile:
        """Adds to what is known (fields of ModelProfile); returns all of it."""
        self._profiles[model] = replace(self.get(model), **found)
        return self._profiles[model]

    def max_prompt_tokens(self, model: str, counted: int) -> int:
        """The most tokens that a prompt of ``counted`` of ours has in the model's own count."""
        return self.max_completion_tokens(model, counted) + self._overheads.get(model, 0)

    def max_completion_tokens(self, model: str, counted: int) -> int:
        """The same of what a model has written."""
        return ceil(counted * self._counts.get(model, FIRST_COUNT))

    def max_answer_tokens(self, model: str, max_tokens: int) -> int:
        """The most that an answer takes that ends at ``max_tokens``, in its own count or ours."""
        return max_tokens if model in self._counts else ceil(max_tokens * FIRST_COUNT)

    def likely_written(self, model: str, counted: int) -> int:
        """What a model has written, as it likely counts that."""
        return ceil(counted * self._counts.get(model, 1.0))

    def likely_read(self, model: str, counted: int) -> int:
        """The same as it likely is: in our count, where the model's own is not known."""
        return ceil(counted * self._counts.get(model, 1.0)) + self._overheads.get(model, 0)

    def learn_prompt_tokens(self, model: str, counted: int, told: int) -> None:
        """Learns from what a server says that it read of a prompt of ``counted`` tokens of ours."""
        if counted >= CUT_TOKENS <= told < CUT_SHARE * counted:
            self._was_cut(model, told)
        else:
            self.learn_token_ratio(model, counted, told)

    def learn_token_ratio(self, model: str, counted: int, told: int) -> None:
        """Notes how many tokens a model makes of ours: the most that was seen, rounded up.

        What a template adds to every prompt shows in short ones.
        """
        if counted < SHORT_TOKENS:
            self._overheads[model] = max(self._overheads.get(model, 0), told - counted)
        else:
            self._counts[model] = max(self._counts.get(model, 1.0), (told + 1) / counted)

    def _was_cut(self, model: str, read: int) -> None:
        window = min(read, self.get(model).window or read)
        self.update(model, window=window)
        if model not in self._cut:
            self._cut.add(model)
            log.warning(
                "the server of %s cuts prompts in silence at %d tokens: shorter ones are sent "
                "from now on. Raise its window (Ollama: OLLAMA_CONTEXT_LENGTH).",
                model,
                read,
            )

    def limits_for(self, model: str, prompt_tokens: int, answer_tokens: int) -> TokenLimits:
        """What fits into the model's window, of what is wanted."""
        window = self.get(model).window
        if window is None:
            return TokenLimits(prompt_tokens, answer_tokens)
        answer = max(1, min(answer_tokens, window // ANSWER_SHARE))
        ratio = self._counts.get(model, FIRST_COUNT)
        left = window - answer - self._overheads.get(model, 0)
        return TokenLimits(max(1, min(prompt_tokens, int(left / ratio))), answer)
