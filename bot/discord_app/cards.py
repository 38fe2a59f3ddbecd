"""Cards: what members see, as Components V2 layouts within Discord's limits.

Plain functions of values. Text of articles, models and members is escaped here, and a
card never holds more than 4,000 characters or 40 components.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import discord
from discord import ui

from bot.discord_app.buttons import CancelButton, FootnoteButton, ListButton, RemoveButton
from bot.discord_app.limits import BUTTONS_IN_A_ROW, CARD_CHARACTERS, cut
from bot.discord_app.markdown import escape, link, one_line
from bot.ingest.pipeline import Progress
from bot.records import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    CitedPassage,
    Findings,
    Hit,
    superscript,
)

BLURPLE = discord.Colour.blurple()
GREY = discord.Colour.dark_grey()
GREEN = discord.Colour.dark_green()
RED = discord.Colour.dark_red()

FOOTNOTE_BUTTONS = 15
SOURCES_CHARACTERS = 1_200
NEAREST_CHARACTERS = 220
ARTICLES_ON_A_PAGE = 10
SHOWN_CHARACTERS = 2_500  # of an article's text
FOOTER_ROOM = 300


def card(*parts: str | ui.Item[Any] | None, colour: discord.Colour = BLURPLE) -> ui.LayoutView:
    """One container; texts are cut so that together they keep within Discord's limit."""
    left = CARD_CHARACTERS
    items: list[ui.Item[Any]] = []
    for part in parts:
        if isinstance(part, str) and part.strip():
            text = cut(part, left)
            left -= len(text)
            items.append(ui.TextDisplay(text))
        elif isinstance(part, ui.Item):
            items.append(part)
        if left <= 1:
            break
    return ui.LayoutView(timeout=None).add_item(ui.Container(*items, accent_colour=colour))


def message(text: str, colour: discord.Colour = GREY) -> ui.LayoutView:
    """A sentence of our own."""
    return card(text, colour=colour)


def rows(buttons: Iterable[Any]) -> list[ui.ActionRow[Any]]:
    """Buttons, five a row."""
    every = list(buttons)
    return [
        ui.ActionRow(*every[at : at + BUTTONS_IN_A_ROW])
        for at in range(0, len(every), BUTTONS_IN_A_ROW)
    ]


# --- answers -----------------------------------------------------------------------------------


def asked(question: str) -> str:
    """The question, above its answer."""
    return f"**{cut(one_line(question), 300)}**"


def reading(question: str, findings: Findings | None) -> ui.LayoutView:
    """Before the first sentence."""
    if findings is None:
        return card(asked(question), "-# Searching the library …")
    read = len(findings.hits)
    return card(asked(question), f"-# Reading {read} passages of {findings.passages:,} …")


def growing(question: str, sentences: Sequence[AnswerSentence]) -> ui.LayoutView:
    """While the answer is being written."""
    return card(asked(question), body(sentences, CARD_CHARACTERS - 500), "-# Writing …")


def answer_card(answer: Answer) -> ui.LayoutView:
    """The finished answer, or the honest refusal."""
    if not answer.answered:
        return _refusal(answer)
    sources = sources_text(answer.citations)
    footer = _footer(answer)
    question = asked(answer.question)
    room = CARD_CHARACTERS - len(question) - len(sources) - len(footer)
    numbers = [c.n for c in answer.citations[:FOOTNOTE_BUTTONS]]
    buttons = [FootnoteButton(answer.id, n) for n in numbers] if answer.id else []
    return card(
        question, body(answer.sentences, room), ui.Separator(), sources, footer, *rows(buttons)
    )


def body(sentences: Sequence[AnswerSentence], room: int) -> str:
    """Sentences with their footnotes; what does not fit is left out whole and said."""
    text = ""
    for i, sentence in enumerate(sentences):
        words = escape(sentence.text) + superscript(sentence.footnotes)
        gap = "" if not text else ("\n\n" if sentence.paragraph else " ")
        if len(text) + len(gap) + len(words) > room - 60:
            return f"{text}\n-# … and {len(sentences) - i} more sentences that do not fit here."
        text += gap + words
    return text


def sources_text(citations: Sequence[Citation]) -> str:
    """The articles that an answer cites, each with its footnotes and where it comes from."""
    by_article: dict[int, list[Citation]] = {}
    for citation in citations:
        by_article.setdefault(citation.article_id, []).append(citation)
    lines = []
    for cited in by_article.values():
        first = cited[0]
        pages = sorted({c.page for c in cited if c.page})
        facts = [
            link(cut(first.title, 120), first.url),
            first.published,
            f"p. {', '.join(map(str, pages))}" if pages else None,
            f"handed in by {one_line(first.submitter.name)}" if first.submitter.name else None,
        ]
        lines.append(f"{superscript(c.n for c in cited)} {' · '.join(filter(None, facts))}")
    return _fitting(lines, SOURCES_CHARACTERS)


def _fitting(lines: Sequence[str], room: int) -> str:
    """As many whole lines as fit."""
    text = ""
    for i, line in enumerate(lines):
        if len(text) + len(line) + 1 > room - 40:
            return f"{text}\n… and {len(lines) - i} more."
        text += ("\n" if text else "") + line
    return text


def _footer(answer: Answer) -> str:
    if answer.mode == "quotes":
        kind = "The sources' own sentences"
    else:
        kind = f"{answer.supported} of {len(answer.sentences)} sentences supported"
    hint = "press a number to read it in its passage"
    note = f"\n-# {one_line(answer.note)}" if answer.note else ""
    return f"-# {kind} · {hint}{cut(note, FOOTER_ROOM)}"


def _refusal(answer: Answer) -> ui.LayoutView:
    if not answer.nearest:
        return card(
            asked(answer.question),
            "The library is empty here. Hand in an article with `/article add`, then ask again.",
            colour=GREY,
        )
    lines = [_nearest_line(hit) for hit in answer.nearest]
    return card(
        asked(answer.question),
        "**The library does not say.**",
        ui.Separator(),
        "What comes nearest:\n" + "\n".join(lines),
        f"-# {one_line(answer.note)}" if answer.note else None,
        colour=GREY,
    )


def _nearest_line(hit: Hit) -> str:
    words = cut(one_line(hit.passage.text), NEAREST_CHARACTERS)
    return f"- {link(cut(hit.passage.title, 100), hit.passage.url)}: {words}"


# --- a footnote opened -------------------------------------------------------------------------


def passage_card(answer_id: int, opened: CitedPassage) -> ui.LayoutView:
    """The cited sentence in bold, within its passage, and where it comes from."""
    citation = opened.citation
    before = opened.text[: citation.start - opened.start]
    after = opened.text[max(0, citation.end - opened.start) :]
    facts = [
        one_line(opened.heading) if opened.heading and opened.heading != citation.title else None,
        f"page {citation.page}" if citation.page else None,
        f"published {citation.published}" if citation.published else None,
        f"version {citation.version}" if citation.version > 1 else None,
        _handed_in(citation.submitter.name, opened.added),
    ]
    turn = [
        FootnoteButton(answer_id, n, turning=True)
        for n in (citation.n - 1, citation.n + 1)
        if 1 <= n <= opened.of
    ]
    return card(
        f"{superscript([citation.n])} **{link(cut(citation.title, 200), citation.url)}**",
        f"-# {' · '.join(filter(None, facts))}",
        ui.Separator(),
        _in_passage(before, citation.quote, after),
        *rows(turn),
    )


def _in_passage(before: str, quote: str, after: str) -> str:
    bold = f"**{one_line(quote)}**"
    room = max(0, CARD_CHARACTERS - 900 - len(bold)) // 2
    head, tail = escape(before.lstrip()), escape(after.rstrip())
    if len(head) > room:
        head = "…" + head[len(head) - room :].partition(" ")[2]
    return f"{head}{bold}{cut(tail, room) if room > 1 else ''}"


def _handed_in(name: str, at: str) -> str:
    return f"handed in {f'by {one_line(name)} ' if name else ''}on {at[:10]}"


# --- articles ----------------------------------------------------------------------------------


def progress_card(name: str, progress: Progress) -> ui.LayoutView:
    """While an article is being fetched and read."""
    return card(f"**{cut(one_line(name), 200)}**", f"-# {progress.words()}")


def added_card(article: Article) -> ui.LayoutView:
    """An article that is in the library now."""
    return card(
        f"**{link(article.title, article.url)}** is in the library.",
        f"-# {facts_of(article)}",
        _notes(article),
        colour=GREEN,
    )


def _notes(article: Article) -> str | None:
    """What was dropped, cut or guessed."""
    return "\n".join(f"-# ⚠ {one_line(note)}" for note in article.notes) or None


def duplicate_card(article: Article) -> ui.LayoutView:
    """The same text was there before."""
    return message(
        f"This text is in the library already: **{link(article.title, article.url)}** "
        f"(article {article.id}, {_handed_in(article.submitter.name, article.added)}). "
        "Nothing was stored twice."
    )


def facts_of(article: Article) -> str:
    """One line about an article."""
    facts = [
        f"article {article.id}",
        one_line(article.author) if article.author else None,
        article.published,
        f"{article.passages:,} passage{'s' if article.passages != 1 else ''}",
        f"{article.characters:,} characters",
        _handed_in(article.submitter.name, article.added),
    ]
    return " · ".join(filter(None, facts))


def list_card(articles: Sequence[Article], total: int, page: int) -> ui.LayoutView:
    """One page of the library."""
    if not total:
        return message("The library is empty here. Hand in the first article with `/article add`.")
    lines = [
        f"**{link(cut(article.title, 120), article.url)}**\n-# {facts_of(article)}"
        for article in articles
    ]
    last = (total - 1) // ARTICLES_ON_A_PAGE
    turn = [ListButton(p, "◀" if p < page else "▶") for p in (page - 1, page + 1) if 0 <= p <= last]
    return card(
        f"### The library · {total:,} article{'s' if total != 1 else ''}",
        _fitting(lines, CARD_CHARACTERS - 300),
        f"-# Page {page + 1} of {last + 1}",
        *rows(turn),
    )


def article_card(article: Article, text: str) -> ui.LayoutView:
    """An article with the beginning of its text."""
    return card(
        f"### {link(article.title, article.url)}",
        f"-# {facts_of(article)}",
        _notes(article),
        ui.Separator(),
        cut(escape(text), SHOWN_CHARACTERS),
    )


def confirm_card(article: Article) -> ui.LayoutView:
    """Asks before an article is removed."""
    return card(
        f"Remove **{link(article.title, article.url)}** for good?\n"
        "It is erased at once, and the footnotes that open it will say that it is gone.",
        *rows([RemoveButton(article.id), CancelButton()]),
        colour=RED,
    )
