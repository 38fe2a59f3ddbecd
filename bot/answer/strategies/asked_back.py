"""A question whose words point to several articles, or to one that is not there, is asked back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.answer.reference.find import Reference
from bot.answer.strategies.clarification import ClarificationPlan
from bot.answer_records import NamedArticle
from bot.records import Article, SearchResult
from bot.strings import _

MAX_CHOICES = 5  # a row of buttons
NOTHING = SearchResult((), 0.0, 0)


def plan_asking_back(question: str, reference: Reference) -> ClarificationPlan:
    """The question to the asker, with the articles to choose from."""
    if reference.status == "none":
        return ClarificationPlan(question, NOTHING, _not_there(reference))
    choices = named(reference.articles[:MAX_CHOICES])
    return ClarificationPlan(question, NOTHING, _("Which one do you mean?"), choices)


def plan_nothing_shown(question: str) -> ClarificationPlan:
    """For "who says so?" where nothing was shown yet."""
    text = _("I haven't found anything yet that I could show. What would you like to know?")
    return ClarificationPlan(question, NOTHING, text)


def _not_there(reference: Reference) -> str:
    if reference.missing is not None:
        return _("There is no article {n} here.").format(n=reference.missing)
    return _("I can't find such an article here.")


def named(articles: Sequence[Article]) -> tuple[NamedArticle, ...]:
    """Articles by id and title."""
    return tuple(NamedArticle(article.id, article.title) for article in articles)
