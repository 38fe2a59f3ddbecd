"""The commands in a terminal: text for people, or one document with ``--json``.

Results go to standard output, progress and errors to standard error. Exit status: 0 done (also
if no answer was found), 1 the command failed or a source was refused, 2 wrong usage. Knows nothing
of Discord.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import textwrap
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bot import json_output
from bot.answer.events import Completed
from bot.answer.verify.verification_summary import checked_words
from bot.app import App, open_app
from bot.errors import ArticleRefused, FootnoteError
from bot.ingest.fetch.addresses import looks_like_address
from bot.ingest.pipeline import Progress, Submission
from bot.maintenance import EmbeddingProgress, embedding_dimension, reembed_library
from bot.records import Answer, Article, Citation, Filter, Scope, superscript
from bot.search.retrieve import search
from bot.settings import Settings
from bot.store.ledger_protocol import Outcomes, Spent
from bot.store.values import EVERYTHING
from bot.strings import N_, _, ngettext
from bot.terminal.forget import forget
from bot.terminal.live import LiveAnswer, show_progress, wrap, write

DONE, FAILED = 0, 1
BAR_CELLS = 20
NO_MATCHING_ARTICLE = N_("No article matches --article, --tag and --since.")
STATUS_NAMES = {  # of a source in ``add``, by its status in JSON
    "added": N_("added"),
    "duplicate": N_("duplicate"),
    "similar": N_("similar"),
    "unchanged": N_("unchanged"),
    "updated": N_("updated"),
    "refused": N_("refused"),
}
Command = Callable[[App, argparse.Namespace], Awaitable[tuple[int, Any, str]]]
"""Returns (exit status, JSON document, text for people)."""


def execute(arguments: argparse.Namespace) -> int:
    """Run one command, print its result and return the exit status."""
    try:
        status, document, text = asyncio.run(_run(arguments))
    except FootnoteError as error:
        return report_error(error, as_document=arguments.json)
    write(json.dumps(document, ensure_ascii=False) if arguments.json else text)
    return status


def report_error(error: FootnoteError, *, as_document: bool) -> int:
    """Print an error as JSON or as text, and return the exit status."""
    if as_document:
        print(json.dumps({"error": {"code": error.code, "message": error.message}}))
    else:
        print(error.message, file=sys.stderr)
    return FAILED


async def _run(arguments: argparse.Namespace) -> tuple[int, Any, str]:
    settings = Settings()
    if arguments.data:
        settings = replace(settings, data_dir=Path(arguments.data))
    async with open_app(settings) as app:
        return await COMMANDS[arguments.command](app, arguments)


# --- add -------------------------------------------------------------------------------------


async def _add(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    sources = [(source, partial(_submission, source, arguments)) for source in _sources(arguments)]
    return await _add_all(app, arguments.server, sources)


async def _refresh(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    scope = Scope(arguments.server)
    async with app.store.library(arguments.server) as library:
        article_ids = arguments.id or await library.articles.with_url(scope)
        pages = [await library.articles.page_of(article_id, scope) for article_id in article_ids]
    sources = [
        (page.address, partial(Submission, page.address, None, article_id=page.article.id))
        for page in pages
    ]
    return await _add_all(app, arguments.server, sources)


Source = tuple[str, Callable[[], Submission]]


async def _add_all(app: App, server: str, sources: Sequence[Source]) -> tuple[int, Any, str]:
    """Add one source after another. A refused source does not stop the others."""
    rows: list[dict[str, Any]] = []
    notes: dict[int, tuple[str, ...]] = {}
    async with app.store.library(server) as library:
        for i, (source, load) in enumerate(sources):
            on_progress = _progress_printer(source, i, len(sources))
            try:
                loaded = await asyncio.to_thread(load)
                result = await app.ingest.add(loaded, library, Scope(server), on_progress)
                rows.append(json_output.added_json(source, result))
                notes[i] = result.article.notes if result.status in ("added", "updated") else ()
            except ArticleRefused as error:
                rows.append(json_output.refused_json(source, error))
    show_progress("")
    status = FAILED if any(row["status"] == "refused" for row in rows) else DONE
    return status, {"articles": rows}, "\n".join(_table(rows, notes)) or _("Nothing to do.")


def _sources(arguments: argparse.Namespace) -> Iterator[str]:
    """The sources, folders replaced by their files (recursively, without hidden ones)."""
    for source in arguments.source:
        folder = Path(source)
        if not folder.is_dir():
            yield source
            continue
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        relative = (path.relative_to(folder) for path in files)
        yield from (str(folder / p) for p in relative if not any(n[0] == "." for n in p.parts))


def _submission(source: str, arguments: argparse.Namespace) -> Submission:
    """A web address, a file's bytes, or standard input for ``-``. Raises ArticleRefused."""
    if looks_like_address(source) and not Path(source).is_file():
        return Submission(
            source,
            None,
            arguments.title or "",
            arguments.published,
            keep_similar=arguments.keep_similar,
        )
    if source == "-":
        data: bytes | str = sys.stdin.buffer.read()
        name = "standard input.txt"
    else:
        path = Path(source)
        try:
            data, name = path.read_bytes(), path.name
        except OSError as error:
            message = _("The file can't be read: {reason}.").format(reason=error.strerror)
            raise ArticleRefused(message) from error
    return Submission(
        name,
        data,
        arguments.title or "",
        arguments.published,
        keep_similar=arguments.keep_similar,
    )


def _progress_printer(source: str, done: int, total: int) -> Callable[[Progress], None]:
    name = Path(source).name or source
    full = BAR_CELLS * done // total
    bar = f"{'█' * full}{'░' * (BAR_CELLS - full)} {done}/{total}  " if total > 1 else ""
    return lambda progress: show_progress(f"{bar}{name}: {progress.describe()}")


def _table(rows: Sequence[dict[str, Any]], notes: dict[int, tuple[str, ...]]) -> Iterator[str]:
    """A line for each source with its notes below, then the totals by status."""
    for i, row in enumerate(rows):
        status = f"{_(STATUS_NAMES[row['status']]):<10}"
        if row["status"] == "refused":
            yield f"{status}     -  {row['source']}: {row['reason']}"
            continue
        yield f"{status} {row['id']:>5}  {row['title']} ({_passages(row['passages'])})"
        if row["status"] == "similar":
            yield f"{'':17} {row['reason']} {_('Use --keep-similar to store it anyway.')}"
        yield from (f"{'':17} {note}" for note in notes.get(i, ()))
    if len(rows) > 1:
        counts = Counter(row["status"] for row in rows)
        yield ", ".join(f"{n:,} {_(STATUS_NAMES[name])}" for name, n in counts.most_common())


# --- ask, search -----------------------------------------------------------------------------


async def _ask(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    scope = Scope(arguments.server)
    async with app.store.library(arguments.server) as library:
        answer: Answer | None = None
        article_filter = _filter(arguments)
        has_articles = bool(await library.articles.ids_matching(article_filter, scope))
        stream = app.answerer.answer(
            arguments.question,
            library,
            scope,
            quotes=arguments.quotes,
            article_filter=article_filter,
        )
        live = LiveAnswer(silent=arguments.json)
        async with aclosing(stream) as events:
            async for event in events:
                live.handle(event)
                if isinstance(event, Completed):
                    answer = event.answer
        live.end()
    assert answer is not None
    if not has_articles and article_filter != EVERYTHING:
        answer = replace(answer, note=_(NO_MATCHING_ARTICLE))
    return DONE, json_output.answer_json(answer), _answer_text(answer, is_printed=live.has_started)


def _filter(arguments: argparse.Namespace) -> Filter:
    """Which articles to search."""
    article_ids = frozenset(arguments.article) if arguments.article else None
    return Filter(articles=article_ids, tag=arguments.tag, since=arguments.since)


def _answer_text(answer: Answer, *, is_printed: bool) -> str:
    """The answer for people. ``is_printed``: its sentences were already printed."""
    if not answer.answered:
        return "\n".join(_no_answer_lines(answer))
    paragraphs = [] if is_printed else json_output.answer_text(answer).split("\n")
    lines = [*map(wrap, paragraphs), ""]
    for citation in answer.citations:
        lines.append(_citation_line(citation))
        if answer.mode == "model":
            lines.append(wrap(f"“{citation.quote}”", "  "))
    if answer.unanswered_parts:
        lines.append(
            "\n" + _("Not found: {parts}").format(parts=" · ".join(answer.unanswered_parts))
        )
    lines.append(f"\n{_origin(answer)}")
    return "\n".join([*lines, *([answer.note] if answer.note else [])])


def _no_answer_lines(answer: Answer) -> Iterator[str]:
    yield answer.clarification or _(json_output.NO_ANSWER)
    if answer.nearest:
        yield "\n" + _("Closest passages:")
    for hit in answer.nearest:
        yield wrap(f"· {hit.passage.title}: {_short(hit.excerpt)}", "  ")
    if answer.note:
        yield f"\n{answer.note}"


def _citation_line(citation: Citation) -> str:
    """A footnote's number, title, date, version, page and article id."""
    newer = _("updated, version {n}").format(n=citation.version) if citation.version > 1 else ""
    page = _("p. {page}").format(page=citation.page) if citation.page else ""
    source = ", ".join(filter(None, [citation.title, citation.published, newer, page]))
    article = _("article {id}").format(id=citation.article_id)
    return f"{superscript([citation.n])} {source} ({article})"


def _origin(answer: Answer) -> str:
    """Where the sentences come from: quotes, the database, or a model, and how it was checked."""
    if answer.mode == "quotes":
        return _("Quoted from the sources.")
    if answer.mode == "library":
        return _("From the library's own list.")
    return f"{checked_words(answer)}."


async def _search(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    scope = Scope(arguments.server)
    async with app.store.library(arguments.server) as library:
        embedder = app.budget.metered_embedder(app.embedder, library.ledger)
        result = await search(arguments.question, library, scope, embedder, limit=arguments.k)
    lines = [
        wrap(f"{hit.score:.2f}  {hit.passage.title}: {_short(hit.passage.text, 300)}", "      ")
        for hit in result.hits
    ]
    return DONE, json_output.search_result_json(result), "\n".join(lines) or _("Nothing found.")


# --- list, show, remove ----------------------------------------------------------------------


async def _list(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    async with app.store.library(arguments.server) as library:
        articles = await library.articles.select(Scope(arguments.server))
    lines = [_article_line(article) for article in articles]
    return (
        DONE,
        {"articles": [json_output.article_json(article) for article in articles]},
        "\n".join(lines) or _("The library is empty. Add an article: footnote add FILE"),
    )


def _article_line(article: Article) -> str:
    added = _("added {date}").format(date=article.added[:10])
    return f"{article.id:>5}  {article.title}  ({_passages(article.passages)}, {added})"


async def _show(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    async with app.store.library(arguments.server) as library:
        version = await library.articles.version(
            arguments.id, Scope(arguments.server), arguments.version
        )
    article = version.article
    head = [article.title, *filter(None, [article.author, article.published, article.url])]
    return DONE, json_output.version_json(version), "\n".join([*head, "", version.text])


async def _remove(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    async with app.store.library(arguments.server) as library:
        removed = await library.articles.erase(arguments.id, Scope(arguments.server))
    missing = [i for i in arguments.id if i not in removed]
    lines = [f"{_('removed'):<10} {i}" for i in removed]
    lines += [f"{_('not found'):<10} {i}" for i in missing]
    return FAILED if missing else DONE, {"removed": removed}, "\n".join(lines)


async def _reembed(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    scope, embedded = Scope(arguments.server), 0

    def on_progress(progress: EmbeddingProgress) -> None:
        nonlocal embedded
        embedded = progress.done
        message = _("{done:,} of {total} embedded")
        show_progress(message.format(done=progress.done, total=_passages(progress.total)))

    async with app.store.library(arguments.server) as library:
        dimension = await embedding_dimension(app.embedder)
        embedder = app.budget.metered_embedder(app.embedder, library.ledger)
        await reembed_library(library, scope, embedder, dimension, on_progress)
        passages = (await library.articles.totals(scope)).passages
    show_progress("")
    message = _("Embedded: {n:,} of {total}; the others already had a vector of this model.")
    text = message.format(n=embedded, total=_passages(passages))
    return DONE, {"embedded": embedded, "passages": passages}, text


# --- usage -----------------------------------------------------------------------------------


async def _usage(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    first = datetime.now(UTC).date() - timedelta(days=arguments.days - 1)
    async with app.store.library(arguments.server) as library:
        days = await library.ledger.spent_by_day(first.isoformat())
        outcomes = await library.ledger.outcomes_by_day(first.isoformat())
        users = await library.ledger.spent_by_user(first.isoformat()) if arguments.users else {}
    rows = [(day, spent, outcomes.get(day, Outcomes())) for day, spent in days.items()]
    document = {
        "days": [
            {"day": d, **json_output.usage_json(s), **json_output.outcomes_json(o)}
            for d, s, o in rows
        ]
    }
    tables = [_spent_table(_("day"), days), _outcome_table(outcomes)]
    if arguments.users:
        document["users"] = [
            {"user_id": user, **json_output.usage_json(spent)} for user, spent in users.items()
        ]
        by_name = {str(user or _("the operator")): spent for user, spent in users.items()}
        tables.append(_spent_table(_("person"), by_name))
    return DONE, document, "\n\n".join(tables) if days else _("No questions were asked.")


def _spent_table(heading: str, rows: Mapping[str, Spent]) -> str:
    lines = [f"{heading:<20} " + _("questions  input tokens  output tokens        cost")]
    for name, spent in rows.items():
        cost = "" if spent.cost is None else f"{json_output.money(spent.cost):,.6f}"
        lines.append(
            f"{name:<20} {spent.questions:>9,}  {spent.usage.prompt_tokens:>12,}"
            f"  {spent.usage.completion_tokens:>13,}  {cost:>10}"
        )
    return "\n".join(lines)


def _outcome_table(days: Mapping[str, Outcomes]) -> str:
    lines = [f"{_('day'):<20} " + _("by the model  fell back  no answer  median seconds")]
    for day, row in sorted(days.items(), reverse=True):
        seconds = "" if row.median_seconds is None else f"{row.median_seconds:,.1f}"
        lines.append(
            f"{day:<20} {row.by_model:>12,}  {row.fell_back:>9,}  {row.refused:>9,}  {seconds:>14}"
        )
    return "\n".join(lines)


def _passages(count: int) -> str:
    return ngettext("{n:,} passage", "{n:,} passages", count).format(n=count)


def _short(text: str, characters: int = 160) -> str:
    return textwrap.shorten(text, characters, placeholder=" …")


COMMANDS: dict[str, Command] = {
    "add": _add,
    "refresh": _refresh,
    "ask": _ask,
    "search": _search,
    "list": _list,
    "show": _show,
    "remove": _remove,
    "usage": _usage,
    "reembed": _reembed,
    "forget": forget,
}
