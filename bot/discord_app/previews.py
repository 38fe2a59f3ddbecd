"""What a card shows of an article that was just added: how it begins, and what it can be asked.

The preview is stored nowhere: whoever redraws the card makes it again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

import discord

from bot.app import App
from bot.records import Article, Scope, StoredPassage
from bot.store.protocols import Library
from bot.strings import N_, _, ngettext

log = logging.getLogger(__name__)

_BUTTON = re.compile(r"fn:try:\d+:(\d+)")
BEGINNING_CHARACTERS = 280
LONGEST_ENDING = 6
KINDS = {
    **{".pdf": N_("PDF"), ".docx": N_("Word document"), ".epub": N_("EPUB book")},
    **{".html": N_("web page"), ".htm": N_("web page"), ".mhtml": N_("web page")},
    **{".md": N_("Markdown"), ".txt": N_("text"), ".pptx": N_("presentation")},
    **{".odp": N_("presentation"), ".xlsx": N_("spreadsheet"), ".ods": N_("spreadsheet")},
    **{".csv": N_("table"), ".odt": N_("document"), ".rtf": N_("document"), ".eml": N_("e-mail")},
    **{".mbox": N_("mailbox"), ".srt": N_("subtitles"), ".vtt": N_("subtitles")},
}


@dataclass(frozen=True, slots=True)
class ArticlePreview:
    """What a card shows of an article. ``pages`` is 0 where it has none or they are unknown."""

    file_type: str = ""
    pages: int = 0
    beginning: str = ""
    questions: tuple[str, ...] = ()


NO_PREVIEW = ArticlePreview()


async def preview_of(article: Article, library: Library, scope: Scope) -> ArticlePreview:
    """The preview without questions."""
    passages = await library.articles.passages_of(article.id, scope)
    return ArticlePreview(kind_of(article), _pages(passages), _beginning(article, passages))


def kind_of(article: Article) -> str:
    """What was added, in words that people use; "" if that is unknown."""
    path = urlsplit(article.address).path if article.address else article.source
    ending = PurePath(path).suffix.lower()
    if ending in KINDS:
        return _(KINDS[ending])
    if article.address:
        return _("web page")
    if article.message is not None:
        return _("message")
    return ending[1:].upper() if 1 < len(ending) <= LONGEST_ENDING and ending[1:].isalnum() else ""


async def with_questions(
    preview: ArticlePreview, article: Article, app: App, library: Library, scope: Scope
) -> ArticlePreview:
    """The preview with questions that the article answers; as it is if they can't be made."""
    try:
        questions = await app.answerer.suggest_questions(article, library, scope)
    except Exception:  # the article is stored and shown, whatever happens here
        log.exception("could not make questions about an article")
        return preview
    return replace(preview, questions=questions)


def questions_on(message: discord.Message | None) -> dict[int, str]:
    """The suggested questions on a card, by their number: its buttons hold them."""
    questions = {}
    waiting: list[Any] = list(message.components) if message is not None else []
    while waiting:
        component = waiting.pop()
        waiting.extend(getattr(component, "children", ()))
        match = _BUTTON.fullmatch(getattr(component, "custom_id", None) or "")
        if match and component.label:
            questions[int(match[1])] = component.label
    return dict(sorted(questions.items()))


def _pages(passages: Sequence[StoredPassage]) -> int:
    numbers = [s.page for passage in passages for s in passage.sentences if s.page is not None]
    return max(numbers, default=0)


def pages_text(pages: int) -> str | None:
    return ngettext("{n:,} page", "{n:,} pages", pages).format(n=pages) if pages else None


def _beginning(article: Article, passages: Sequence[StoredPassage]) -> str:
    """The first whole sentences after the title and the byline."""
    text = ""
    for sentence in _sentences(article, passages):
        if text and len(text) + len(sentence) > BEGINNING_CHARACTERS:
            break
        text = f"{text} {sentence}".strip()
    return text


def _sentences(article: Article, passages: Sequence[StoredPassage]) -> Iterator[str]:
    for passage in passages[:2]:
        for s in passage.sentences:
            sentence = " ".join(passage.quote(s).split())
            if sentence.endswith((".", "!", "?", "…", "。", "！", "？", "”", "“", "»", "」")):
                yield sentence.removeprefix(article.title).strip()
