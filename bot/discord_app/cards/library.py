"""The cards of the library: its list, its statistics, and the review of its answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bot.answer_records import Rating
from bot.discord_app.buttons import (
    ANY_TAG,
    ArticleMenu,
    Button,
    ListMenu,
    ListView,
    PageButton,
    SearchButton,
)
from bot.discord_app.cards.answer_actions import RATINGS, THUMBS_DOWN, THUMBS_UP
from bot.discord_app.cards.articles import hashtags, short_article_facts
from bot.discord_app.cards.components import (
    GREY,
    article_count,
    card,
    join_facts,
    lines_that_fit,
    passage_count,
    rows,
)
from bot.discord_app.limits import CARD_CHARACTERS, CHOICES, OPTION_LABEL, truncate
from bot.discord_app.markdown import link, one_line
from bot.records import Article, SortOrder
from bot.service.browse import LibraryStats
from bot.service.review import LibraryReview, QuestionGroup, question_text
from bot.store.review_protocol import BadAnswer
from bot.strings import N_, _, ngettext

ARTICLES_ON_A_PAGE = 10
MAX_LISTED = 8  # tags and people in the statistics
REASONS = RATINGS.keys() - {"helpful", "other"}  # "other" is also a thumb without a reason
REVIEWED = 6  # entries of each kind on a review
SORTED_BY: dict[SortOrder, str] = {
    "newest": N_("newest first"),
    "oldest": N_("oldest first"),
    "title": N_("by title"),
    "published": N_("by publication date"),
    "longest": N_("longest first"),
}


def list_card(
    articles: Sequence[Article],
    total: int,
    view: ListView,
    tags: Mapping[str, int] = {},
    *,
    may_manage: bool = False,
) -> ui.LayoutView:
    """One page of the library's list. ``total``: all articles that match the filters.

    ``tags``: all tags, to filter by. ``may_manage``: the person may open the review.
    """
    if not total:
        return _empty_list_card(view)
    lines = [
        f"**{link(truncate(article.title, 120), article.url)}**\n-# {short_article_facts(article)}"
        for article in articles
    ]
    last = (total - 1) // ARTICLES_ON_A_PAGE
    filters = _filters_text(view)
    turn = [
        PageButton(view.with_page(p), "◀" if p < view.page else "▶")
        for p in (view.page - 1, view.page + 1)
        if 0 <= p <= last
    ]
    title = _("The library · {articles}").format(articles=article_count(total))
    page = _("Page {n} of {total}").format(n=view.page + 1, total=last + 1)
    return card(
        f"### {title}",
        f"-# {filters}" if filters else None,
        ui.Separator(),
        lines_that_fit(lines, CARD_CHARACTERS - 500),
        f"-# {page}" if last else None,
        *rows([ArticleMenu(articles)]),
        *rows([_sort_menu(view)]),
        *(rows([_tag_menu(view, tags)]) if tags else []),
        *rows(turn),
        *rows(_list_buttons(view, may_manage=may_manage)),
    )


def _sort_menu(view: ListView) -> ListMenu:
    options = [
        discord.SelectOption(label=_capitalized(_(text)), value=order, default=order == view.sort)
        for order, text in SORTED_BY.items()
    ]
    return ListMenu("sort", view, options)


def _tag_menu(view: ListView, tags: Mapping[str, int]) -> ListMenu:
    most = list(tags)[: CHOICES - 1]
    shown = most if not view.tag or view.tag in most else [view.tag, *most[:-1]]
    options = [
        discord.SelectOption(label=_("All tags"), value=ANY_TAG, default=not view.tag),
        *(
            discord.SelectOption(
                label=truncate(f"#{tag}", OPTION_LABEL), value=tag, default=tag == view.tag
            )
            for tag in shown
        ),
    ]
    return ListMenu("tag", view, options)


def _list_buttons(view: ListView, *, may_manage: bool) -> list[Any]:
    """Search, all articles again, statistics, the review."""
    is_filtered = bool(view.title_part or view.tag)
    return [
        SearchButton(view, _("Search titles")),
        *([PageButton(ListView(sort=view.sort), _("Show all"))] if is_filtered else []),
        Button("stats", label=_("Statistics")),
        *([Button("review", label=_("Review"))] if may_manage else []),
    ]


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _filters_text(view: ListView) -> str:
    part = one_line(view.title_part)
    return join_facts(
        _("“{words}” in the title").format(words=part) if part else None,
        hashtags([view.tag]) if view.tag else None,
    )


def _empty_list_card(view: ListView) -> ui.LayoutView:
    if view.title_part or view.tag:
        text = _("No articles match ({filters}). `/library` lists them all.")
        back = [SearchButton(view, _("Search titles")), PageButton(ListView(), _("Show all"))]
        return card(text.format(filters=_filters_text(view)), *rows(back), colour=GREY)
    empty = _("There are no articles here yet. Add the first one with `/article add`.")
    return card(empty, colour=GREY)


def stats_card(stats: LibraryStats) -> ui.LayoutView:
    """How much the library has, of what and by whom, and how readers rated the answers."""
    by_tag = [f"{hashtags([tag])} {count}" for tag, count in list(stats.tags.items())[:MAX_LISTED]]
    operator = _("the operator")
    by_person = [
        f"{one_line(person.name) or operator} {person.articles}"
        for person in stats.submitters[:MAX_LISTED]
    ]
    size = _("You can see {articles} with {passages}.").format(
        articles=f"**{article_count(stats.totals.articles)}**",
        passages=passage_count(stats.totals.passages),
    )
    sections = (
        _section(_("Tags"), by_tag),
        _section(_("Added by"), by_person),
        _section(_("Ratings of answers"), _rating_facts(stats.ratings)),
    )
    spaced: list[str | ui.Item[Any]] = []
    for text in filter(None, sections):
        spaced += [ui.Separator(visible=False), text]
    return card(
        "### " + _("Library statistics"),
        ui.Separator(),
        size,
        *spaced,
        *rows([PageButton(ListView(), _("Back to the list"))]),
    )


def _rating_facts(ratings: Mapping[Rating, int]) -> list[str]:
    """Both thumbs, and the reasons that were given."""
    down = sum(count for kind, count in ratings.items() if kind != "helpful")
    helpful = f"{THUMBS_UP} {_(RATINGS['helpful'])}"
    thumbs = ((helpful, ratings.get("helpful", 0)), (THUMBS_DOWN, down))
    reasons = (kind for kind in sorted(ratings) if kind in REASONS)
    return [
        *(f"{thumb} {count}" for thumb, count in thumbs if count),
        *(f"{_(RATINGS[kind])} {ratings[kind]}" for kind in reasons),
    ]


def _section(title: str, facts: Sequence[str]) -> str | None:
    return f"**{title}**\n{' · '.join(facts)}" if facts else None


# --- the review ------------------------------------------------------------------------------


def review_card(review: LibraryReview) -> ui.LayoutView:
    """What readers found wrong, what had no answer, what is cited most and never."""
    private = review.private
    hidden = _("Private questions aren't shown: {bad} found wrong, {open} without an answer.")
    return card(
        "### " + _("Review"),
        ui.Separator(),
        _review_section(_("Found wrong by readers"), len(review.bad), _bad_lines(review.bad)),
        ui.Separator(visible=False),
        _review_section(
            _("Questions without an answer"),
            sum(len(group.questions) for group in review.unanswered),
            [_group_line(group) for group in review.unanswered[:REVIEWED]],
        ),
        ui.Separator(visible=False),
        _review_section(
            _("Most cited"),
            0,
            [f"- {_titled(each.article)} · {each.answers}" for each in review.cited[:REVIEWED]],
        ),
        ui.Separator(visible=False),
        _review_section(
            _("Never cited"),
            len(review.never_cited),
            [f"- {_titled(article)}" for article in review.never_cited[:REVIEWED]],
        ),
        "-# " + hidden.format(bad=private.bad, open=private.unanswered)
        if private.bad or private.unanswered
        else None,
        *rows([PageButton(ListView(), _("Back to the list"))]),
    )


def _review_section(title: str, count: int, lines: Sequence[str]) -> str:
    head = f"**{title}**" + (f" · {count}" if count else "")
    shown = lines_that_fit(lines, CARD_CHARACTERS // 5) or "-# " + _("nothing yet")
    return f"{head}\n{shown}"


def _titled(article: Article) -> str:
    return link(truncate(article.title, 100), article.url)


def _bad_lines(bad: Sequence[BadAnswer]) -> list[str]:
    return [
        "- "
        + join_facts(
            truncate(one_line(question_text(each.answer)), 150),
            ", ".join(_(RATINGS[kind]) for kind in sorted(each.ratings) if kind in REASONS),
        )
        for each in bad[:REVIEWED]
    ]


def _group_line(group: QuestionGroup) -> str:
    n = len(group.questions)
    frequency = ngettext("asked once", "asked {n} times", n).format(n=n)
    return f"- {truncate(one_line(group.text), 150)} · {frequency}"
