"""Articles that an older reader read: reading them again may give more."""

from __future__ import annotations

from bot.ingest import READER_VERSION
from bot.records import Article
from bot.strings import _


def is_outdated(article: Article) -> bool:
    """Whether an older reader read it, so that reading it again may give more."""
    return article.reader < READER_VERSION


def outdated_note(article: Article) -> str:
    """What to do about an article that an older reader read; empty if the present one did."""
    if not is_outdated(article):
        return ""
    if article.address:
        return _("An older version of Footnote read this. Refresh it to read the page again.")
    return _(
        "An older version of Footnote read this. Add the same file or text again to update it."
    )
