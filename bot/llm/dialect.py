"""What a model's server takes, and what it does not: learned from its refusals.

Pure: knows nothing of the SDK and of waiting.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

LENGTH_LIMITS = ("max_tokens", "max_completion_tokens")  # the old name, and OpenAI's new one
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
    """What a model of a server takes."""

    length_limit: str
    usage: bool = True
    system: bool = True
    swapped: bool = False

    def arguments(self, messages: Sequence[Message], max_tokens: int) -> dict[str, Any]:
        told = list(messages) if self.system else without_system(messages)
        usage = {"stream_options": {"include_usage": True}} if self.usage else {}
        return {"messages": told, self.length_limit: max_tokens, **usage}

    def without(self, refusal: str) -> Dialect | None:
        """The same without what the server's refusal names; None when there is nothing left."""
        if self.usage and re.search("stream_options|include_usage", refusal):
            return replace(self, usage=False)
        if not self.swapped and re.search(rf"\b{self.length_limit}\b", refusal):
            other = LENGTH_LIMITS[1 - LENGTH_LIMITS.index(self.length_limit)]
            return replace(self, length_limit=other, swapped=True)
        if self.system and NO_SYSTEM.search(refusal):
            return replace(self, system=False)
        return None


def without_system(messages: Sequence[Message]) -> list[Message]:
    """The same with the system's words at the head of the first message of a user."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    others = [message for message in messages if message["role"] != "system"]
    first = {**others[0], "content": "\n\n".join([*system, others[0]["content"]])}
    return [first, *others[1:]]
