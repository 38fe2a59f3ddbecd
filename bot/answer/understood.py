"""What is known of a question in its conversation, and what it is understood to mean."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.answer.context import AskContext
from bot.answer.conversation.memory import Turn
from bot.answer.conversation.speech_act import SpeechAct
from bot.answer.plan import Plan
from bot.answer_records import NamedArticle

MAX_SIDES = 5  # articles that are answered from one by one
Rewrite = Callable[[str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Understood:
    """The plan for a question, the question when it stands alone, and the articles it names."""

    plan: Plan
    question: str
    within_articles: tuple[NamedArticle, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationQuestion:
    """A question in its conversation. ``everywhere``: it is not limited by what it points to."""

    text: str
    act: SpeechAct
    turns: tuple[Turn, ...]
    limit: int
    everywhere: bool = False

    @property
    def shown(self) -> tuple[int, ...]:
        """The articles of the answer just before, in order."""
        return self.turns[-1].article_ids if self.turns else ()

    def at_hand(self, context: AskContext) -> tuple[int, ...]:
        """What "this article" is: of the answer just before, or the one that is asked within."""
        limits = context.article_filter.articles or frozenset()
        return self.shown or (tuple(limits) if len(limits) == 1 else ())
