"""Makes a question stand alone, as the library spells it: by a model if one is free, or by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.answer.catalog.intents import match_intent
from bot.answer.context import AskContext
from bot.answer.model_answer import Writer
from bot.answer.question.preface import without_preface
from bot.answer.question.rewrite import contextualize
from bot.search.spelling import Spelling, correct_spelling
from bot.store.values import StoredAnswer
from bot.strings import _


@dataclass
class Rewriter:
    """Rewrites the questions of one request (implements ``understood.Rewrite``).

    ``spellings``: what was corrected, by what came out; of plans that were dropped, too.
    """

    writer: Writer | None
    turns: Sequence[StoredAnswer]
    context: AskContext
    spellings: dict[str, Spelling] = field(default_factory=dict)

    async def __call__(self, question: str) -> str:
        spelling = await self._correct(await self._contextualize(without_preface(question)))
        self.spellings[spelling.text] = spelling
        return spelling.text

    async def _contextualize(self, question: str) -> str:
        """The question rewritten to stand alone; by the model only if its server is free now."""
        writer = self.writer
        if writer is None or not writer.queue.has_free_slot:
            return await contextualize(question, self.turns, None)
        async with writer.queue.slot():
            return await contextualize(question, self.turns, writer)

    async def _correct(self, question: str) -> Spelling:
        """The question as the library spells it; one about the library itself stays as it is."""
        if match_intent(question) is not None:
            return Spelling(question)
        return await correct_spelling(question, self.context.library, self.context.scope)


def note_on_spelling(spelling: Spelling) -> str:
    """What is said above an answer to a corrected question; empty if nothing was."""
    if not spelling.shown:
        return ""
    words = ", ".join(f"“{word}”" for word in spelling.shown)
    return _("Showing results for {words}.").format(words=words)
