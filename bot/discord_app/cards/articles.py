"""Cards about articles: while they are handed in, when they are there, and when they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import discord
from discord import ui

from bot.discord_app.buttons import ArticleMenu, Button, ListView, PageButton
from bot.discord_app.cards.components import (
    GREEN,
    GREY,
    RED,
    card,
    join_facts,
    lines_that_fit,
    message,
    pluralize,
    rows,
)
from bot.discord_app.limits import CARD_CHARACTERS, truncate
from bot.discord_app.markdown import escape, link, one_line
from bot.ingest.pipeline import IngestResult, Progress
from bot.records import Article, Rating, StoredPassage
from bot.store.values import Submissions, Totals

ARTICLES_ON_A_PAGE = 10
PASSAGES_CHARACTERS = 2_400  # of an article's text on a card
NAME_CHARACTERS = 120
SUMMARY_CHARACTERS = 300
JUMP_TO_MESSAGE = "where it was handed in"
MAX_LISTED = 8  # tags and people on the card of figures
NOTHING_NEW = {
    "unchanged": "The page is as it was. Nothing had to be stored.",
    "duplicate": "This text is in the library already. Nothing was stored twice.",
    "similar": "Almost the same text is in the library, so this was not stored yet. Hand it in "
    "again to see which, and to decide.",
}
REPORTED_PRIVATELY = "who handed it in was told what came of it"
SEE_THE_LIST = "What came of it stands in the list of articles, for who may see it."
NO_LONGER_VISIBLE = (
    "What came of it is not to be shown here any more. Look at the list of articles."
)
REMOVED_FROM_HERE = "What was added here was removed from the library."
ADDED_CARD, ARTICLE_CARD = 1, 2  # from which card a form was opened: that one is drawn anew


@dataclass(slots=True)
class ProgressLine:
    """One of the things that somebody handed in, and how far it is."""

    name: str
    progress: Progress = field(default_factory=lambda: Progress("queued"))
    result: IngestResult | None = None
    error: str = ""
    job_id: int | None = None
    paused: bool = False  # Footnote stops first: it is followed after the restart
    may_name_article: bool = False  # the article that it came to may be named where its card stands

    @property
    def is_public(self) -> bool:
        """Whether the card tells all that the library holds something new now."""
        return self.is_new and self.may_name_article

    @property
    def is_new(self) -> bool:
        """Whether the library holds something new now."""
        return self.result is not None and self.result.status in ("added", "updated")


# --- handing in ------------------------------------------------------------------------------


def progress_card(lines: Sequence[ProgressLine]) -> ui.LayoutView:
    """While articles are being fetched and read."""
    if len(lines) == 1:
        name = truncate(one_line(lines[0].name), 200)
        return card(f"**{name}**", f"-# {one_line(lines[0].progress.words())}")
    return card(f"**Handing in {pluralize(len(lines), 'article')}**", _progress_lines(lines))


def _progress_lines(lines: Sequence[ProgressLine]) -> str:
    return lines_that_fit([_progress_line(line) for line in lines], CARD_CHARACTERS - 400)


def _progress_line(line: ProgressLine) -> str:
    name = truncate(one_line(line.name), NAME_CHARACTERS)
    if line.error:
        return f"✗ {name}\n-# not taken in; who handed it in was told why"
    if line.result is None:
        return f"◌ {name}\n-# {truncate(one_line(line.progress.words()), 200)}"
    article = line.result.article
    if line.is_public:
        title = link(truncate(article.title, NAME_CHARACTERS), article.url)
        return f"✓ **{title}**\n-# {short_article_facts(article)}"
    return f"= {name}\n-# {REPORTED_PRIVATELY}"


def added_card(article: Article, *, updated: bool = False) -> ui.LayoutView:
    """An article that is in the library now, and what can be done with it."""
    new = f"has a new version ({article.version})." if updated else "is in the library."
    return card(
        f"**{link(article.title, article.url)}** {new}",
        f"-# {article_facts(article)}",
        tags_line(article),
        notes_lines(article),
        *rows([Button("open", article.id, label="Open"), *_change_buttons(article, ADDED_CARD)]),
        colour=GREEN,
    )


def batch_card(lines: Sequence[ProgressLine]) -> ui.LayoutView:
    """Several that were handed in at once, when all have ended."""
    articles = [line.result.article for line in lines if line.result and line.is_public]
    return card(
        f"**{len(articles)} of {pluralize(len(lines), 'article')} handed in**",
        _progress_lines(lines),
        *rows([ArticleMenu(articles)]),
        colour=GREEN,
    )


def remaining_card(articles: Sequence[Article], gone: int) -> ui.LayoutView:
    """The card of several articles when some of them were removed, or came back."""
    if not articles:
        return message(REMOVED_FROM_HERE)
    lines = [
        f"✓ **{link(truncate(each.title, NAME_CHARACTERS), each.url)}**\n-# {short_article_facts(each)}"
        for each in articles
    ]
    return card(
        f"**{pluralize(len(articles), 'article')} in the library**",
        lines_that_fit(lines, CARD_CHARACTERS - 400),
        f"-# {pluralize(gone, 'article')} removed" if gone else None,
        *rows([ArticleMenu(articles)]),
        colour=GREEN,
    )


def final_card(lines: Sequence[ProgressLine]) -> ui.LayoutView:
    """After a restart, when nobody can be told privately any more: everything on the one card."""
    articles = [line.result.article for line in lines if line.result and line.is_public]
    return card(
        f"**{len(articles)} of {pluralize(len(lines), 'article')} handed in**",
        lines_that_fit([_final_line(line) for line in lines], CARD_CHARACTERS - 400),
        *(rows([ArticleMenu(articles)]) if articles else []),
        colour=GREEN if articles else _colour(lines),
    )


def _final_line(line: ProgressLine) -> str:
    """Read by all: the article that a text is like is not named."""
    if line.is_public:
        return _progress_line(line)
    name = truncate(one_line(line.name), NAME_CHARACTERS)
    if line.result is None:
        return f"✗ {name}\n-# {line.error}"
    if not line.may_name_article:
        return f"= {name}\n-# {SEE_THE_LIST}"
    return f"= {name}\n-# {NOTHING_NEW[line.result.status]}"


def not_stored_card(lines: Sequence[ProgressLine], *, named: bool = True) -> ui.LayoutView:
    """Why nothing new came of some, and what to do; for who handed them in."""
    texts = [_reason(line, named=named) for line in lines]
    return card(lines_that_fit(texts, CARD_CHARACTERS - 100), colour=_colour(lines))


def _colour(lines: Sequence[ProgressLine]) -> discord.Colour:
    return RED if any(line.error for line in lines) else GREY


def _reason(line: ProgressLine, *, named: bool) -> str:
    name = f"**{truncate(one_line(line.name), NAME_CHARACTERS)}**: " if named else ""
    if line.result is None:
        return f"{name}{line.error}"
    if not line.may_name_article:
        return f"{name}{NO_LONGER_VISIBLE}"
    article = line.result.article
    known = f"**{link(article.title, article.url)}** (article {article.id}, {article_added_by(article)})"
    if line.result.status == "unchanged":
        return f"{name}The page is as it was: {known}. Nothing had to be stored."
    return f"{name}This text is in the library already: {known}. Nothing was stored twice."


def similar_card(line: ProgressLine) -> ui.LayoutView:
    """Almost the same text is there: who handed it in decides."""
    assert line.result is not None
    assert line.job_id is not None
    article, likeness = line.result.article, line.result.likeness or 0.0
    return card(
        f"**{truncate(one_line(line.name), NAME_CHARACTERS)}** is {likeness:.0%} like "
        f"**{link(article.title, article.url)}** (article {article.id}, {article_added_by(article)}), "
        "which the library holds. It was not stored yet.",
        *rows(
            [
                Button("keep", line.job_id, label="Keep both"),
                Button("drop", line.job_id, label="Don't keep"),
                Button("open", article.id, label="Open the other"),
            ]
        ),
        colour=GREY,
    )


# --- about an article ------------------------------------------------------------------------


def article_facts(article: Article) -> str:
    """One line about an article."""
    return join_facts(
        f"article {article.id}",
        f"version {article.version}" if article.version > 1 else None,
        one_line(article.author) if article.author else None,
        article.published,
        pluralize(article.passages, "passage"),
        f"{article.characters:,} characters",
        article_added_by(article),
    )


def short_article_facts(article: Article) -> str:
    """The same where many are listed."""
    name = article.submitter.name
    return join_facts(
        f"article {article.id}",
        one_line(article.author) if article.author else None,
        article.published,
        pluralize(article.passages, "passage"),
        f"from {one_line(name)}" if name else None,
        hashtags(article.tags[:3]) if article.tags else None,
    )


def article_added_by(article: Article) -> str:
    """By whom, and when."""
    return added_by(article.submitter.name, article.added)


def added_by(name: str, at: str) -> str:
    return f"handed in {f'by {one_line(name)} ' if name else ''}on {at[:10]}"


def notes_lines(article: Article) -> str | None:
    """What was dropped, cut or guessed."""
    return "\n".join(f"-# ⚠ {one_line(note)}" for note in article.notes) or None


def tags_line(article: Article) -> str | None:
    return "-# " + hashtags(article.tags) if article.tags else None


def hashtags(tags: Sequence[str]) -> str:
    return " ".join(f"\\#{one_line(tag)}" for tag in tags)


def _change_buttons(article: Article, origin: int) -> list[Button]:
    return [
        Button("rename", article.id, origin, label="Rename"),
        Button("tags", article.id, origin, label="Tags"),
        _remove_button(article),
    ]


def _remove_button(article: Article) -> Button:
    return Button("remove", article.id, label="Remove")


# --- the library -----------------------------------------------------------------------------


def list_card(articles: Sequence[Article], total: int, browsing: ListView) -> ui.LayoutView:
    """One page of the library, or of what was found in it."""
    if not total:
        return _empty_list_card(browsing)
    lines = [
        f"**{link(truncate(article.title, 120), article.url)}**\n-# {short_article_facts(article)}"
        for article in articles
    ]
    page, last = browsing.page, (total - 1) // ARTICLES_ON_A_PAGE
    found = _filters_text(browsing)
    turn = [
        PageButton(browsing.with_page(p), "◀" if p < page else "▶")
        for p in (page - 1, page + 1)
        if 0 <= p <= last
    ]
    return card(
        f"### The library · {pluralize(total, 'article')}",
        f"-# {found}" if found else None,
        lines_that_fit(lines, CARD_CHARACTERS - 500),
        f"-# Page {page + 1} of {last + 1}" if last else None,
        *rows([ArticleMenu(articles)]),
        *rows(turn),
    )


def _filters_text(browsing: ListView) -> str:
    return join_facts(
        f"“{one_line(browsing.title_part)}” in the title" if browsing.title_part else None,
        hashtags([browsing.tag]) if browsing.tag else None,
        f"{browsing.sort} first" if browsing.sort in ("oldest", "longest") else None,
        f"by {browsing.sort}" if browsing.sort in ("title", "published") else None,
    )


def _empty_list_card(browsing: ListView) -> ui.LayoutView:
    if browsing.title_part or browsing.tag:
        return message(
            f"Nothing that you can see matches ({_filters_text(browsing)}). "
            "`/library browse` without options shows everything."
        )
    return message("The library is empty here. Hand in the first article with `/article add`.")


def article_card(
    article: Article,
    pages: Sequence[str],
    page: int,
    *,
    summary: str = "",
    may_change: bool,
    may_remove: bool = False,
) -> ui.LayoutView:
    """An article, the sentence that says most of it, some of its passages; for who opened it."""
    page = max(0, min(page, len(pages) - 1))
    turn = [
        Button("leaf", article.id, p, label="◀" if p < page else "▶")
        for p in (page - 1, page + 1)
        if 0 <= p < len(pages)
    ]
    refresh = [Button("refresh", article.id, label="Refresh")] if article.address else []
    remove = [_remove_button(article)] if may_remove else []
    change = [*_change_buttons(article, ARTICLE_CARD), *refresh] if may_change else remove
    return card(
        f"### {link(article.title, article.url)}",
        f"-# {article_facts(article)}{_card_link(article)}",
        tags_line(article),
        notes_lines(article),
        f"> {one_line(truncate(summary, SUMMARY_CHARACTERS))}" if summary else None,
        ui.Separator(),
        pages[page] if pages else None,
        f"-# Part {page + 1} of {len(pages)}" if len(pages) > 1 else None,
        *rows(turn),
        *rows(change),
    )


def _card_link(article: Article) -> str:
    return f" · {link(JUMP_TO_MESSAGE, article.card)}" if article.card else ""


def text_pages(passages: Sequence[StoredPassage]) -> list[str]:
    """An article's passages, as many on a leaf as a card holds well."""
    pages: list[str] = []
    text, heading = "", ""
    for passage in passages:
        shown = _passage_text(passage, heading)
        if text and len(text) + len(shown) > PASSAGES_CHARACTERS:
            pages.append(text)
            text = ""
        text += ("\n\n" if text else "") + shown
        heading = passage.heading
    return [*pages, text] if text else pages


def _passage_text(passage: StoredPassage, heading: str) -> str:
    new = passage.heading and passage.heading not in (heading, passage.title)
    about = [
        f"**{one_line(passage.heading)}**\n" if new else "",
        f"-# page {passage.page}\n" if passage.page else "",
    ]
    return "".join(about) + truncate(escape(passage.text), PASSAGES_CHARACTERS)


def stats_card(
    totals: Totals,
    tags: dict[str, int],
    people: Sequence[Submissions],
    ratings: Mapping[Rating, int],
) -> ui.LayoutView:
    """How much there is, of what and by whom, and what readers said of the answers."""
    common = [f"{hashtags([tag])} {count}" for tag, count in list(tags.items())[:MAX_LISTED]]
    named = [f"{one_line(p.name) or 'the operator'} {p.articles}" for p in people[:MAX_LISTED]]
    said = [f"{kind} {count}" for kind, count in sorted(ratings.items())]
    return card(
        "### The library in figures",
        f"**{pluralize(totals.articles, 'article')}** that you can see, "
        f"in {pluralize(totals.passages, 'passage')}",
        f"**Tags**\n{' · '.join(common)}" if common else None,
        f"**Handed in by**\n{' · '.join(named)}" if named else None,
        f"**Answers, as readers rated them**\n{' · '.join(said)}" if said else None,
    )
