"""Summing up articles: a question whose answer is their summary.

It is answered, kept, shown, shared and rated like any other.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.answer.budget import Asker
from bot.answer.summary.summary_request import SummaryOrder
from bot.records import Article, Scope
from bot.service.ask import OPERATOR, UserQuestion
from bot.service.typed import clean_line
from bot.store.protocols import Library
from bot.strings import N_, _, languages, ngettext, speaking

TITLE_CHARACTERS = 120
OF_TITLE = N_("Summary of “{title}”")


async def summary_question(
    library: Library,
    article_ids: Sequence[int],
    scope: Scope,
    *,
    sentences: int | None = None,
    asker: Asker = OPERATOR,
    channel_id: int | None = None,
    private: bool = False,
    quotes: bool = False,
) -> UserQuestion:
    """The question that sums up these articles. Raises ArticleNotFound for one not in the scope."""
    article_ids = tuple(dict.fromkeys(article_ids))
    articles = [await library.articles.get(article_id, scope) for article_id in article_ids]
    return UserQuestion(
        question_text(articles),
        scope,
        asker=asker,
        channel_id=channel_id,
        private=private,
        quotes=quotes,
        summary=SummaryOrder(article_ids, sentences),
    )


def question_text(articles: Sequence[Article]) -> str:
    """What the card of a summary is headed with."""
    if len(articles) == 1:
        title = clean_line(articles[0].title)[:TITLE_CHARACTERS]
        return _(OF_TITLE).format(title=title or f"#{articles[0].id}")
    text = ngettext("Summary of {n} article", "Summary of {n} articles", len(articles))
    return text.format(n=len(articles))


def without_title(question: str) -> str:
    """What a card is headed with, without the title that ``question_text`` put there."""
    for language in languages():
        with speaking(language):
            before, after = _(OF_TITLE).split("{title}")
        if question.startswith(before) and question.endswith(after):
            return f"{before}…{after}"
    return question
