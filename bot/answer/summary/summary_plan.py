"""What is to be summed up, and how long a summary usually is."""

from __future__ import annotations

from dataclasses import dataclass

from bot.records import Article, SearchResult, StoredPassage

SENTENCES = 6  # of one article
SENTENCES_LONG = 8
SENTENCES_EACH = 3  # of several


@dataclass(frozen=True, slots=True)
class ArticleSource:
    """An article to be summed up, and all of its passages in order."""

    article: Article
    passages: tuple[StoredPassage, ...]


@dataclass(frozen=True, slots=True)
class SummaryPlan:
    """``findings``: all passages. ``sentences``: how many were asked for; None for the usual."""

    question: str
    findings: SearchResult
    sources: tuple[ArticleSource, ...]
    sentences: int | None = None
