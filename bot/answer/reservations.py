"""What a question's calls to a model may take, and what they took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.answer_records import Usage
from bot.llm import Chunk, Profiles
from bot.tokens import count_tokens


class Amount(NamedTuple):
    """Tokens, and what they cost; None where no price is known."""

    usage: Usage
    cost: int | None


def increase(before: Amount, after: Amount) -> Amount:
    """What has to be reserved beyond ``before``; never negative."""
    usage = Usage(
        max(0, after.usage.prompt_tokens - before.usage.prompt_tokens),
        max(0, after.usage.completion_tokens - before.usage.completion_tokens),
    )
    if before.cost is None or after.cost is None:
        return Amount(usage, None)
    return Amount(usage, max(0, after.cost - before.cost))


@dataclass(slots=True)
class Reservation:
    """The most that a call to a model may use."""

    model: str
    max_usage: Usage


def without_share(reservations: Sequence[Reservation], share: Usage) -> list[Reservation]:
    """What is still held once a call has taken the reservation made for it, else the first."""
    taken = next((i for i, each in enumerate(reservations) if each.max_usage == share), 0)
    return [each for i, each in enumerate(reservations) if i != taken]


@dataclass(slots=True)
class Call(Reservation):
    """One call to a server: what was reserved for it, and what came back."""

    prompt_tokens: int  # in our count
    likely_prompt_tokens: int  # in the model's own count, as far as it is known
    max_tokens: int  # to write, as requested
    reported: Usage = Usage()
    texts: list[str] = field(default_factory=list)
    finished: bool = False
    cut: bool = False  # by us, not by its server
    free: bool = False
    written_tokens: int = 0  # in our count, at most

    def record(self, chunk: Chunk) -> None:
        self.texts += [chunk.reasoning, chunk.text]
        self.reported = chunk.usage or self.reported
        self.finished = self.finished or chunk.finish_reason is not None
        self.written_tokens += count_tokens(chunk.reasoning) + count_tokens(chunk.text)

    def exceeds_limit(self, profiles: Profiles) -> bool:
        """Whether it has written its ``max_tokens``, reasoning included, without ending.

        A server that respects the limit has ended by then. Counting chunk by chunk gives at least
        as many tokens as counting the whole text, so the whole is counted only at the limit.
        """
        if self.finished or not self._reaches_limit(profiles):
            return False
        self.written_tokens = count_tokens("".join(self.texts))
        return self._reaches_limit(profiles)

    def _reaches_limit(self, profiles: Profiles) -> bool:
        return profiles.likely_written(self.model, self.written_tokens + 1) > self.max_tokens

    def usage(self, profiles: Profiles) -> Usage:
        """The tokens it used, as the server reported, else as counted.

        A call that broke off or said nothing counts as the maximum, since the model may have been
        reasoning.
        """
        if self.free:
            return Usage()
        counted = count_tokens("".join(self.texts))
        written = self.reported.completion_tokens or counted
        read = self.reported.prompt_tokens or self.likely_prompt_tokens
        is_known = self.finished or self.reported.completion_tokens or (self.cut and written)
        if not is_known:
            written = max(profiles.max_completion_tokens(self.model, counted), self.max_tokens)
            read = self.reported.prompt_tokens or self.max_usage.prompt_tokens
        return Usage(read, written)
