"""A model that knows the evidence: it repeats and cites the evidence's sentences in its prompt.

Its errors are the bot's: evidence that was not retrieved, did not fit into the prompt, or was
rejected by the checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from bot.answer.model_answer import Writer
from bot.answer.writing.citation_markers import SENTINEL, escape_markers
from bot.answer.writing.prompt_builder import Prompts
from bot.answer_records import Usage
from bot.evaluate.scripted_model import ScriptedModel
from bot.llm import Chunk
from bot.settings import Settings
from bot.text.normalize import normalize

NUMBERED = regex.compile(r"^\[(\d+\.\d+)\] (.+)$", regex.MULTILINE)
CHUNK_CHARACTERS = 24  # of the stream


class Oracle(ScriptedModel):
    """Answers from the evidence in its prompt."""

    def __init__(self) -> None:
        self.evidence: tuple[str, ...] = ()

    def reply(self, prompt: str) -> Iterator[Chunk]:
        """The evidence's sentences with their marks, or the sentinel if the prompt has none."""
        evidence = [" ".join(escape_markers(normalize(item)).split()) for item in self.evidence]
        sentences = NUMBERED.findall(prompt)
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
