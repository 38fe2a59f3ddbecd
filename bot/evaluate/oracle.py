"""A model that knows the evidence: it repeats and cites the evidence's sentences in its prompt.

Its errors are the bot's: evidence that was not retrieved, did not fit into the prompt, or was
rejected by the checks.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

import regex

from bot.answer.model_answer import Writer
from bot.answer.writing.citation_markers import SENTINEL, escape_markers
from bot.answer.writing.prompt_builder import Prompts
from bot.answer_records import Usage
from bot.llm import Chunk, Message, Schema
from bot.settings import Settings
from bot.text.normalize import normalize

NUMBERED = regex.compile(r"^\[(\d+\.\d+)\] (.+)$", regex.MULTILINE)
CHUNK_CHARACTERS = 24  # of the stream


class Oracle:
    """Answers from the evidence in its prompt (implements ``llm.Model``)."""

    timeout_s = 60.0

    def __init__(self) -> None:
        self.evidence: tuple[str, ...] = ()

    @property
    def optional(self) -> Oracle:
        return self

    async def stream(
        self,
        model: str,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        deadline: float | None = None,
        schema: Schema | None = None,
    ) -> AsyncGenerator[Chunk]:
        """The evidence's sentences with their marks, or the sentinel if the prompt has none."""
        evidence = [" ".join(escape_markers(normalize(item)).split()) for item in self.evidence]
        sentences = NUMBERED.findall(messages[-1]["content"])
        cited = [f"{text} [{mark}]" for mark, text in sentences if _is_evidence(text, evidence)]
        answer = "\n".join(cited) or SENTINEL
        for at in range(0, len(answer), CHUNK_CHARACTERS):
            yield Chunk(answer[at : at + CHUNK_CHARACTERS])
        yield Chunk(finish_reason="stop", usage=Usage())


def _is_evidence(sentence: str, evidence: Sequence[str]) -> bool:
    return any(sentence in item or item in sentence for item in evidence)


def oracle_writer(oracle: Oracle, settings: Settings) -> Writer:
    """A writer whose model is the oracle, with the limits of the settings."""
    return Writer(
        server=oracle,
        model_name="oracle",
        prompts=Prompts.load(),
        prompt_tokens=settings.max_prompt_tokens,
        answer_tokens=settings.answer_tokens,
    )
