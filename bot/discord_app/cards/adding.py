"""The cards of adding articles: progress, the result, and what was not stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord
from discord import ui

from bot.discord_app.buttons import ArticleMenu, Button
from bot.discord_app.cards.articles import (
    ADDED_CARD,
    article_added_by,
    article_facts,
    article_number,
    change_buttons,
    notes_lines,
    short_article_facts,
    summarise_button,
    tags_line,
)
from bot.discord_app.cards.components import (
    GREEN,
    GREY,
    RED,
    article_count,
    card,
    join_facts,
    lines_that_fit,
    message,
    rows,
)
from bot.discord_app.limits import CARD_CHARACTERS, truncate
from bot.discord_app.markdown import link, one_line
from bot.discord_app.previews import BEGINNING_CHARACTERS, NO_PREVIEW, ArticlePreview
from bot.ingest.jobs import Ticket
from bot.ingest.progress import Progress
from bot.ingest.submission import IngestResult
from bot.records import Article
from bot.strings import N_, _, ngettext

NAME_CHARACTERS = 120
NOTHING_NEW = {
    "unchanged": N_("This page hasn't changed, so nothing new was stored."),
    "duplicate": N_("This text is already in the library, so nothing new was stored."),
    "waiting": N_("It waits for a moderator's approval."),
    "similar": N_(
        "The library has almost the same text, so this wasn't added. Add it again to see which "
        "one and decide."
    ),
}
REPORTED_PRIVATELY = N_("the result was sent to the person who added it")
SEE_THE_LIST = N_("See `/library` for the result, if you can read it.")
NO_LONGER_VISIBLE = N_("The result can't be shown here anymore. See `/library`.")
REMOVED_FROM_HERE = N_("What was added here was removed from the library.")


@dataclass(slots=True)
class ProgressLine:
    """One of the items that somebody is adding, and its progress."""

    name: str
    progress: Progress = field(default_factory=lambda: Progress("queued"))
    result: IngestResult | None = None
    error: str = ""
    job_id: int | None = None
    note: str = ""  # why the link couldn't be read that this was added instead of
    fallback: Callable[[], Awaitable[Ticket]] | None = None  # queues what is added if this fails
    paused: bool = False  # Footnote is stopping: this continues after the restart
    may_name_article: bool = False  # everyone who sees the card may see the article

    @property
    def is_public(self) -> bool:
        """Whether the card may show the new article to everyone who sees it."""
        return self.is_new and self.may_name_article

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a moderator's approval."""
        return self.result is not None and self.result.status == "waiting"

    @property
    def is_new(self) -> bool:
        """Whether the library has a new article or version now."""
        return self.result is not None and self.result.status in ("added", "updated")


def new_ids(lines: Sequence[ProgressLine]) -> list[int]:
    """The articles that are new, or have a new version."""
    return [line.result.article.id for line in lines if line.result and line.is_new]


def progress_card(lines: Sequence[ProgressLine]) -> ui.LayoutView:
    """While items are fetched and read."""
    if len(lines) == 1:
        name = truncate(one_line(lines[0].name), 200)
        return card(f"**{name}**", f"-# {one_line(lines[0].progress.describe())}")
    title = _("Adding {articles}").format(articles=article_count(len(lines)))
    return card(f"**{title}**", _progress_lines(lines))


def _progress_lines(lines: Sequence[ProgressLine]) -> str:
    return lines_that_fit([_progress_line(line) for line in lines], CARD_CHARACTERS - 400)


def _progress_line(line: ProgressLine) -> str:
    name = truncate(one_line(line.name), NAME_CHARACTERS)
    if line.error:
        return f"✗ {name}\n-# " + _("not added; the person who added it was told why")
    if line.result is None:
        return f"◌ {name}\n-# {truncate(one_line(line.progress.describe()), 200)}"
    if line.is_public:
        return _added_line(line.result.article)
    return f"= {name}\n-# " + _(REPORTED_PRIVATELY)


def _added_line(article: Article) -> str:
    title = link(truncate(article.title, NAME_CHARACTERS), article.url)
    return f"✓ **{title}**\n-# {short_article_facts(article)}"


def added_card(
    article: Article, preview: ArticlePreview = NO_PREVIEW, note: str = ""
) -> ui.LayoutView:
    """An article that was added, or has a new version: what was understood, questions to try.

    ``note``: why the link couldn't be read that it was added instead of.
    """
    title = f"**{link(article.title, article.url)}**"
    if article.version > 1:
        text = _("{article} has a new version ({n}).").format(article=title, n=article.version)
    else:
        text = _("{article} was added.").format(article=title)
    reading = [Button("open", article.id, label=_("Open")), summarise_button(article)]
    kind = join_facts(preview.file_type, preview.length)
    return card(
        text,
        f"-# {join_facts(kind, article_facts(article))}",
        tags_line(article),
        notes_lines(article),
        f"-# ⚠ {one_line(note)}" if note else None,
        f"> {one_line(truncate(preview.beginning, BEGINNING_CHARACTERS))}"
        if preview.beginning
        else None,
        *_question_rows(article, preview.questions),
        *rows([*reading, *change_buttons(article, ADDED_CARD)]),
        colour=GREEN,
    )


def _question_rows(article: Article, questions: Sequence[str]) -> list[Any]:
    """A button for each question that the article answers, each in a row of its own."""
    buttons = [
        Button("try", article.id, n, label=question, style=discord.ButtonStyle.primary)
        for n, question in enumerate(questions)
    ]
    title = "-# " + _("It answers, for example:")
    return [title, *(row for button in buttons for row in rows([button]))] if buttons else []


def batch_card(lines: Sequence[ProgressLine]) -> ui.LayoutView:
    """Several items that were added at once, when all are done."""
    return card(
        _batch_title(lines),
        _progress_lines(lines),
        *rows([ArticleMenu(_public_articles(lines))]),
        colour=GREEN,
    )


def _public_articles(lines: Sequence[ProgressLine]) -> list[Article]:
    return [line.result.article for line in lines if line.result and line.is_public]


def _batch_title(lines: Sequence[ProgressLine]) -> str:
    text = ngettext("{added} of {n} article added", "{added} of {n} articles added", len(lines))
    return f"**{text.format(added=len(_public_articles(lines)), n=len(lines))}**"


def remaining_card(articles: Sequence[Article], removed: int) -> ui.LayoutView:
    """The card of several articles after some were removed or restored."""
    if not articles:
        return message(_(REMOVED_FROM_HERE))
    title = ngettext("{n:,} article added", "{n:,} articles added", len(articles))
    gone = _("{articles} removed").format(articles=article_count(removed))
    return card(
        f"**{title.format(n=len(articles))}**",
        lines_that_fit([_added_line(article) for article in articles], CARD_CHARACTERS - 400),
        f"-# {gone}" if removed else None,
        *rows([ArticleMenu(articles)]),
        colour=GREEN,
    )


def final_card(lines: Sequence[ProgressLine]) -> ui.LayoutView:
    """Everything on one public card: after a restart nobody can be answered privately."""
    articles = _public_articles(lines)
    return card(
        _batch_title(lines),
        lines_that_fit([_final_line(line) for line in lines], CARD_CHARACTERS - 400),
        *(rows([ArticleMenu(articles)]) if articles else []),
        colour=GREEN if articles else _colour(lines),
    )


def _final_line(line: ProgressLine) -> str:
    """Everyone can read it, so it does not name the article that a text is similar to."""
    if line.is_public:
        return _progress_line(line)
    name = truncate(one_line(line.name), NAME_CHARACTERS)
    if line.result is None:
        return f"✗ {name}\n-# {line.error}"
    if not line.may_name_article and not line.is_waiting:
        return f"= {name}\n-# " + _(SEE_THE_LIST)
    return f"= {name}\n-# " + _(NOTHING_NEW[line.result.status])


def not_stored_card(lines: Sequence[ProgressLine], *, named: bool = True) -> ui.LayoutView:
    """Why some items were not stored and what to do, for the person who added them.

    ``named``: begin each line with the item's name.
    """
    texts = [_reason(line, named=named) for line in lines]
    return card(lines_that_fit(texts, CARD_CHARACTERS - 100), colour=_colour(lines))


def _colour(lines: Sequence[ProgressLine]) -> discord.Colour:
    return RED if any(line.error for line in lines) else GREY


def _reason(line: ProgressLine, *, named: bool) -> str:
    name = f"**{truncate(one_line(line.name), NAME_CHARACTERS)}**: " if named else ""
    if line.result is None:
        return name + line.error
    if not line.may_name_article:
        return name + _(NO_LONGER_VISIBLE)
    article = _existing_article(line.result.article)
    if line.result.status == "unchanged":
        text = _("This page hasn't changed since it was stored: {article}. Nothing was stored.")
    else:
        text = _("This text is already in the library: {article}. Nothing new was stored.")
    return name + text.format(article=article)


def _existing_article(article: Article) -> str:
    title = f"**{link(article.title, article.url)}**"
    return f"{title} ({article_number(article)}, {article_added_by(article)})"


def waiting_card(lines: Sequence[ProgressLine]) -> ui.LayoutView:
    """What waits for approval, for the person who added it."""
    titles = [line.result.article.title for line in lines if line.result]
    listed = "\n".join(f"- **{truncate(one_line(title), NAME_CHARACTERS)}**" for title in titles)
    text = ngettext(
        "This waits for a moderator's approval. I'll send you a message once it's decided.",
        "These wait for a moderator's approval. I'll send you a message once they're decided.",
        len(titles),
    )
    withdraw = [
        Button("withdraw", line.result.article.id, label=_("Withdraw"))
        for line in lines
        if line.result and len(lines) == 1
    ]
    return card(text, listed, *rows(withdraw), colour=GREY)


def similar_card(line: ProgressLine) -> ui.LayoutView:
    """Asks the person who added a text whether to store it beside a near duplicate."""
    assert line.result is not None
    assert line.job_id is not None
    article, likeness = line.result.article, line.result.similarity or 0.0
    name = f"**{truncate(one_line(line.name), NAME_CHARACTERS)}**"
    text = _(
        "{name} is {percent} the same as {article}, which is already in the library. It wasn't "
        "stored yet."
    )
    return card(
        text.format(name=name, percent=f"{likeness:.0%}", article=_existing_article(article)),
        *rows(
            [
                Button("keep", line.job_id, label=_("Keep both")),
                Button("drop", line.job_id, label=_("Don't add")),
                Button("open", article.id, label=_("Open the existing one")),
            ]
        ),
        colour=GREY,
    )
