"""Which request parameters a model's server accepts, learned from its refusals.

Requests ask for quick and repeatable answers: the least reasoning effort (reasoning counts towards
the length limit) and temperature 0. Each parameter is dropped for a model whose server refuses it.
Pure: knows nothing of the SDK and of waiting.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

LENGTH_LIMITS = ("max_tokens", "max_completion_tokens")  # the old name, and OpenAI's new one
EFFORTS = ("none", "minimal", "low")  # least first; a server knows two of these, or none
EFFORT = re.compile(r"reasoning[._ ]?effort|\breasoning\b", re.IGNORECASE)
# A refusal of a value, not of the parameter: OpenAI's, pydantic's (vLLM), Ollama's and Groq's.
OTHER_VALUE = re.compile(
    r"unsupported value|supported values|invalid value|invalid reasoning value"
    r"|input should be|one of|does not support '",
    re.IGNORECASE,
)
# The wording of OpenAI, vLLM, llama.cpp and Groq.
STRUCTURED = re.compile(
    r"response_format|json_schema|structured output|guided|grammar", re.IGNORECASE
)
STREAMING = re.compile(r"\bstream(?:ing)?\b(?!_)", re.IGNORECASE)
# The wording of OpenAI, vLLM and llama.cpp (from templates), Google, and FastAPI.
NO_SYSTEM = re.compile(
    r"system\W+(?:role|message|prompt)s?\b.{0,30}\bnot\b|\brole\b.{0,60}\bsystem\b"
    r"|roles must alternate|only user\b.{0,30}\broles|unexpected message role"
    r"|developer instruction|messages\W+0\W+role",
    re.IGNORECASE,
)

Message = dict[str, str]
Schema = dict[str, Any]
"""A JSON schema that a reply has to fit."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a model accepts. ``effort``: one of EFFORTS; None leaves the parameter out.

    ``structured``: its replies can be bound to a schema.
    """

    length_limit: str
    usage: bool = True
    system: bool = True
    streams: bool = True
    temperature: bool = True
    effort: str | None = EFFORTS[0]
    structured: bool = True
    swapped: bool = False  # both names of the length limit were tried

    def arguments(
        self, messages: Sequence[Message], max_tokens: int, schema: Schema | None = None
    ) -> dict[str, Any]:
        """The body of a request, without the model's name."""
        accepted = list(messages) if self.system else without_system(messages)
        body: dict[str, Any] = {
            "messages": accepted,
            self.length_limit: max_tokens,
            "stream": self.streams,
        }
        if self.usage and self.streams:
            body["stream_options"] = {"include_usage": True}
        if self.temperature:
            body["temperature"] = 0
        if self.effort:
            body["reasoning_effort"] = self.effort
        if schema is not None and self.structured:
            reply = {"name": "reply", "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": reply}
        return body

    def without(
        self, refusal: str, *, drop_optional: bool = False, has_schema: bool = False
    ) -> Dialect | None:
        """A dialect without what the refusal names; None if nothing is left to drop.

        ``drop_optional``: if it names nothing, drop the schema, if the request has one, else
        everything that only some models accept.
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
        if has_schema and self.structured and (drop_optional or STRUCTURED.search(refusal)):
            return replace(self, structured=False)
        if drop_optional and (self.temperature or self.effort):
            return replace(self, temperature=False, effort=None)
        return None

    def _next_effort(self, refusal: str) -> str | None:
        """The next higher effort; None if the server does not know the parameter at all."""
        assert self.effort is not None
        higher = EFFORTS[EFFORTS.index(self.effort) + 1 :]
        return higher[0] if higher and OTHER_VALUE.search(refusal) else None


def without_system(messages: Sequence[Message]) -> list[Message]:
    """The messages with the system's text put in front of the first user message."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    others = [message for message in messages if message["role"] != "system"]
    first = {**others[0], "content": "\n\n".join([*system, others[0]["content"]])}
    return [first, *others[1:]]
