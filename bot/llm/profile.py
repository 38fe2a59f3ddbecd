"""What is known of a server's models while the bot runs, and the prompt lengths that follow.

``Profiles`` holds what was measured and examined (whoever measured stores it), and learns from
every call: how many tokens a model counts for one of ours, and whether its server silently
truncated a prompt. Knows nothing of prompts, money and the store.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from bot.answer_records import ModelProfile

log = logging.getLogger(__name__)

DEFAULT_TOKEN_RATIO = 1.5  # a model's tokens per token of ours, until known; seen: .8 to 1.4
SHORT_TOKENS = 200  # a shorter prompt shows the template's overhead rather than the ratio
CUT_SHARE = 0.85  # a server that read less of our count has truncated the prompt
CUT_TOKENS = 1_024  # shorter prompts fit every window; lower counts are of uncached tokens
TARGET_ANSWER_S = 60.0  # for a whole answer, if PROMPT_TOKENS is not set
TYPICAL_ANSWER_TOKENS = 200  # four sentences with their marks
MIN_PROMPT_TOKENS = 1_500  # rules and examples (640, usually cached) and two passages
PROMPT_STEP = 500
ANSWER_SHARE = 4  # an answer gets at most 1/4 of the window


def profile_key(address: str) -> str:
    """The key of a server's profiles: its address without account and ``/v1``."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2].lower()
    path = parts.path.rstrip("/").removesuffix("/v1")
    return urlunsplit((parts.scheme, host, path, "", ""))


def estimate_answer_s(profile: ModelProfile, prompt_tokens: int) -> float | None:
    """The seconds to read a prompt and write an answer; None if the speed is unknown."""
    reading, writing = profile.reading_tokens_per_s, profile.writing_tokens_per_s
    if not reading or not writing:
        return None
    return prompt_tokens / reading + TYPICAL_ANSWER_TOKENS / writing


def prompt_tokens_in_time(profile: ModelProfile, max_tokens: int) -> int:
    """The prompt length that allows an answer in ``TARGET_ANSWER_S``, at most ``max_tokens``."""
    reading, writing = profile.reading_tokens_per_s, profile.writing_tokens_per_s
    if not reading or not writing:
        return max_tokens
    tokens = int(reading * (TARGET_ANSWER_S - TYPICAL_ANSWER_TOKENS / writing))
    return min(max_tokens, max(MIN_PROMPT_TOKENS, tokens - tokens % PROMPT_STEP))


class TokenLimits(NamedTuple):
    """The maximum tokens of a prompt (in our count) and of an answer."""

    prompt: int
    answer: int


class Profiles:
    """The models of one server, by name."""

    def __init__(self) -> None:
        self._profiles: dict[str, ModelProfile] = {}
        self._ratios: dict[str, float] = {}  # a model's tokens per token of ours, the highest seen
        self._overheads: dict[str, int] = {}  # tokens that its template adds to a prompt
        self._warned: set[str] = set()  # about truncation, once per model

    def get(self, model: str) -> ModelProfile:
        """What is known of a model; an empty profile for a new one."""
        return self._profiles.get(model, ModelProfile())

    def set(self, model: str, profile: ModelProfile) -> None:
        """Replace what was known."""
        self._profiles[model] = profile

    def update(self, model: str, **fields: Any) -> ModelProfile:
        """Set fields of a profile; returns the new profile."""
        self._profiles[model] = replace(self.get(model), **fields)
        return self._profiles[model]

    def max_prompt_tokens(self, model: str, counted: int) -> int:
        """The most tokens, in the model's count, of a prompt with ``counted`` of ours."""
        return self.max_completion_tokens(model, counted) + self._overheads.get(model, 0)

    def max_completion_tokens(self, model: str, counted: int) -> int:
        """The most tokens, in the model's count, of a text that it wrote."""
        return ceil(counted * self._ratios.get(model, DEFAULT_TOKEN_RATIO))

    def max_answer_tokens(self, model: str, max_tokens: int) -> int:
        """The most tokens of an answer that is limited to ``max_tokens`` in its count or ours."""
        return max_tokens if model in self._ratios else ceil(max_tokens * DEFAULT_TOKEN_RATIO)

    def likely_written(self, model: str, counted: int) -> int:
        """The likely tokens, in the model's count, of a text that it wrote."""
        return ceil(counted * self._ratios.get(model, 1.0))

    def likely_read(self, model: str, counted: int) -> int:
        """The likely tokens of a prompt: in our count, if the model's ratio is unknown."""
        return ceil(counted * self._ratios.get(model, 1.0)) + self._overheads.get(model, 0)

    def learn_prompt_tokens(self, model: str, counted: int, reported: int) -> None:
        """Learn from the prompt tokens that a server reported for ``counted`` of ours."""
        if counted >= CUT_TOKENS <= reported < CUT_SHARE * counted:
            self._record_cut(model, reported)
        else:
            self.learn_token_ratio(model, counted, reported)

    def learn_token_ratio(self, model: str, counted: int, reported: int) -> None:
        """Record the model's ratio to our tokens: the highest seen, rounded up.

        Short prompts show the template's overhead instead.
        """
        if counted < SHORT_TOKENS:
            self._overheads[model] = max(self._overheads.get(model, 0), reported - counted)
        else:
            self._ratios[model] = max(self._ratios.get(model, 1.0), (reported + 1) / counted)

    def _record_cut(self, model: str, read: int) -> None:
        window = min(read, self.get(model).window or read)
        self.update(model, window=window)
        if model not in self._warned:
            self._warned.add(model)
            log.warning(
                "the server of %s silently truncates prompts at %d tokens: prompts will be shorter "
                "from now on. Raise its context window (Ollama: OLLAMA_CONTEXT_LENGTH).",
                model,
                read,
            )

    def limits_for(self, model: str, prompt_tokens: int, answer_tokens: int) -> TokenLimits:
        """The given lengths, reduced to fit the model's context window."""
        window = self.get(model).window
        if window is None:
            return TokenLimits(prompt_tokens, answer_tokens)
        answer = max(1, min(answer_tokens, window // ANSWER_SHARE))
        ratio = self._ratios.get(model, DEFAULT_TOKEN_RATIO)
        left = window - answer - self._overheads.get(model, 0)
        return TokenLimits(max(1, min(prompt_tokens, int(left / ratio))), answer)
