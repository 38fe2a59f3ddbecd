"""What a model's server takes, and what it does not: learned from its refusals.

Asked for is what makes answers short to wait for and the same each time: the least effort of
thinking (models think within the length of the answer) and temperature 0. Each is left away, for
this model, where its server refuses it. Pure: knows nothing of the SDK and of waiting.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

LENGTH_LIMITS = ("max_tokens", "max_completion_tokens")  # the old name, and OpenAI's new one
EFFORTS = ("none", "minimal", "low")  # the least first; a server knows two of these, or none
EFFORT = re.compile(r"reasoning[._ ]?effort|\breasoning\b", re.IGNORECASE)
# A refusal of a value, not of the parameter: OpenAI's, pydantic's (vLLM), Ollama's and Groq's.
OTHER_VALUE = re.compile(
    r"unsupported value|supported values|invalid value|invalid reasoning value"
    r"|input should be|one of|does not support '",
    re.IGNORECASE,
)
STREAMING = re.compile(r"\bstream(?:ing)?\b(?!_)", re.IGNORECASE)
# As OpenAI, vLLM and llama.cpp (a template's own words), Google, and FastAPI put it.
NO_SYSTEM = re.compile(
    r"system\W+(?:role|message|prompt)s?\b.{0,30}\bnot\b|\brole\b.{0,60}\bsystem\b"
    r"|roles must alternate|only user\b.{0,30}\broles|unexpected message role"
    r"|developer instruction|messages\W+0\W+role",
    re.IGNORECASE,
)

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a model of a server takes. ``effort``: one of EFFORTS, or None for none at all."""

    length_limit: str
    usage: bool = True
    system: bool = True
    streams: bool = True
    temperature: bool = True
    effort: str | None = EFFORTS[0]
    swapped: bool = False

    def arguments(self, messages: Sequence[Message], max_tokens: int) -> dict[str, Any]:
        """The body of a request, without the model's name."""
        told = list(messages) if self.system else without_system(messages)
        body: dict[str, Any] = {
            "messages": told,
            self.length_limit: max_tokens,
            "stream": self.streams,
        }
        if self.usage and self.streams:
            body["stream_options"] = {"include_usage": True}
        if self.temperature:
            body["temperature"] = 0
        if self.effort:
            body["reasoning_effort"] = self.effort
        return body

    def without(self, refusal: str, *, plain: bool = False) -> Dialect | None:
        """The same without what the server's refusal names; None when there is nothing left.

        ``plain``: where it names nothing, all that only some models take is left away.
        """
        if self.usage and re.search("stream_options|include_usage", refusal):
            return replace(self, usage=False)
        if re.search(rf"\b{self.length_limit}\b", refusal):
            if self.swapped:
                return None
            other = LENGTH_LIMITS[1 - LENGTH_LIMITS.index(self.length_limit)]
            return replace(self, length_limit=other, swapped=True)
        if self.temperature and re.search(r"\btemperature\b", refusal, re.IGNORECASE):
            return replace(self, temperature=False)
        if self.effort and EFFORT.search(refusal):
            return replace(self, effort=self._next_effort(refusal))
        if self.system and NO_SYSTEM.search(refusal):
            return replace(self, system=False)
        if self.streams and STREAMING.search(refusal):
            return replace(self, streams=False)
        if plain and (self.temperature or self.effort):
            return replace(self, temperature=False, effort=None)
        return None

    def _next_effort(self, refusal: str) -> str | None:
        """The next more; none at all where it is the parameter that the server does not know."""
        assert self.effort is not None
        more = EFFORTS[EFFORTS.index(self.effort) + 1 :]
        return more[0] if more and OTHER_VALUE.search(refusal) else None


def without_system(messages: Sequence[Message]) -> list[Message]:
    """The same with the system's words at the head of the first message of a user."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    others = [message for message in messages if message["role"] != "system"]
    first = {**others[0], "content": "\n\n".join([*system, others[0]["content"]])}
    return [first, *others[1:]]
