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
from bot.strings import N_, _
from bot.text.page_label import count_label

log = logging.getLogger(__name__)

_BUTTON = re.compile(r"fn:try:\d+:(\d+)")
BEGINNING_CHARACTERS = 280
LONGEST_ENDING = 6
KINDS = {
    **{".pdf": N_("PDF"), ".docx": N_("Word document"), ".epub": N_("EPUB book")},
    **{".html": N_("Web page"), ".htm": N_("Web page"), ".mhtml": N_("Web page")},
    **{".md": N_("Markdown"), ".txt": N_("Text"), ".pptx": N_("Presentation")},
    **{".odp": N_("Presentation"), ".xlsx": N_("Spreadsheet"), ".ods": N_("Spreadsheet")},
    **{".csv": N_("Table"), ".odt": N_("Document"), ".rtf": N_("Document"), ".eml": N_("Email")},
    **{".mbox": N_("Mailbox"), ".srt": N_("Subtitles"), ".vtt": N_("Subtitles")},
}


@dataclass(frozen=True, slots=True)
class ArticlePreview:
    """What a card shows of an article. ``length`` is "" where it has no pages, slides or sheets."""

    file_type: str = ""
    length: str = ""
    beginning: str = ""
    questions: tuple[str, ...] = ()


NO_PREVIEW = ArticlePreview()


async def preview_of(article: Article, library: Library, scope: Scope) -> ArticlePreview:
    """The preview without questions."""
    passages = await library.articles.passages_of(article.id, scope)
    return ArticlePreview(kind_of(article), _length(passages), _beginning(article, passages))


def kind_of(article: Article) -> str:
    """What was added, in words that people use; "" if that is unknown."""
    path = urlsplit(article.address).path if article.address else article.source
    ending = PurePath(path).suffix.lower()
    if ending in KINDS:
        return _(KINDS[ending])
    if article.address:
        return _("Web page")
    if article.message is not None:
        return _("Message")
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


def _length(passages: Sequence[StoredPassage]) -> str:
    numbers = [s.page for passage in passages for s in passage.sentences if s.page is not None]
    return count_label(max(numbers), passages[0].page_unit) if numbers else ""


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
