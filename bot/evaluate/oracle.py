"""A model that knows the evidence: it says and cites the evidence's sentences that it is shown.

What it cannot do is the bot's own doing: evidence that was not found, or did not fit into the
prompt, or whose own words the checks did not let pass.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

import regex

from bot.answer.model_answer import Writer
from bot.answer.writing.citation_markers import SENTINEL, escape_markers
from bot.answer.writing.prompt_builder import Prompts
from bot.evaluate.scoring import fold_white_space
from bot.llm import Chunk, Message
from bot.records import Usage
from bot.settings import Settings

NUMBERED = regex.compile(r"^\[(\d+\.\d+)\] (.+)$", regex.MULTILINE)
PIECE_CHARACTERS = 24  # of the stream


class Oracle:
    """Answers from the evidence in its prompt; asks nobody (the Model protocol of ``llm``)."""

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
    ) -> AsyncGenerator[Chunk]:
        """The evidence's sentences with their marks, else the sentinel."""
        wanted = [
            " ".join(escape_markers(fold_white_space(item)).split()) for item in self.evidence
        ]
        shown = NUMBERED.findall(messages[-1]["content"])
        said = [f"{text} [{mark}]" for mark, text in shown if _is_evidence(text, wanted)]
        answer = "\n".join(said) or SENTINEL
        for at in range(0, len(answer), PIECE_CHARACTERS):
            yield Chunk(answer[at : at + PIECE_CHARACTERS])
        yield Chunk(finish_reason="stop", usage=Usage())


def _is_evidence(sentence: str, wanted: Sequence[str]) -> bool:
    return any(sentence in item or item in sentence for item in wanted)


def oracle_writer(oracle: Oracle, settings: Settings) -> Writer:
    """The oracle in the place of a model, with the settings' own limits."""
    return Writer(
        server=oracle,
        model_name="oracle",
        prompts=Prompts.load(),
        prompt_tokens=settings.max_prompt_tokens,
        answer_tokens=settings.answer_tokens,
    )
