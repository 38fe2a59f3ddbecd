"""The same core for a terminal: printed for people, or with ``--json`` as one document.

Results go to standard output, progress and errors to standard error. Exit status: 0 done
(an abstention is done), 1 the command could not do its work or a source was refused,
2 usage. Knows nothing of Discord.
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
from bot.answer.verify.checked import checked_words
from bot.app import App, open_app
from bot.errors import ArticleRefused, FootnoteError
from bot.ingest.pipeline import Progress, Submission
from bot.maintenance import EmbeddingProgress, embedding_dimension, reembed_library
from bot.records import Answer, Article, Filter, Scope, superscript
from bot.search.retrieve import search
from bot.settings import Settings
from bot.store.ledger_protocol import Outcomes, Spent
from bot.store.values import EVERYTHING
from bot.terminal.forget import forget
from bot.terminal.live import LiveAnswer, show_progress, wrap, write

DONE, FAILED = 0, 1
STORED = ("added", "updated")
BAR_CELLS = 20
NO_MATCHING_ARTICLE = "No article is among those that were asked for (--article, --tag, --since)."
Command = Callable[[App, argparse.Namespace], Awaitable[tuple[int, Any, str]]]
"""(exit status, the JSON document, the same for people)"""


def execute(arguments: argparse.Namespace) -> int:
    """Runs one command and prints its result."""
    try:
        status, document, text = asyncio.run(_run(arguments))
    except FootnoteError as error:
        return report_error(error, as_document=arguments.json)
    write(json.dumps(document, ensure_ascii=False) if arguments.json else text)
    return status


def report_error(error: FootnoteError, *, as_document: bool) -> int:
    """Says what went wrong, in the form that was asked for."""
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
    sources = [(source, partial(_submission, source, arguments)) for source in _each(arguments)]
    return await _take_in(app, arguments.server, sources)


async def _refresh(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    scope = Scope(arguments.server)
    async with app.store.library(arguments.server) as library:
        wanted = arguments.id or await library.with_url(scope)
        pages = [await library.page_of(article_id, scope) for article_id in wanted]
    sources = [
        (page.address, partial(Submission, page.address, None, article_id=page.article.id))
        for page in pages
    ]
    return await _take_in(app, arguments.server, sources)


Source = tuple[str, Callable[[], Submission]]


async def _take_in(app: App, server: str, sources: Sequence[Source]) -> tuple[int, Any, str]:
    """Hands in one after another; what is refused does not stop the others."""
    rows: list[dict[str, Any]] = []
    notes: dict[int, tuple[str, ...]] = {}
    async with app.store.library(server) as library:
        for i, (source, submission) in enumerate(sources):
            watch = _watch(source, i, len(sources))
            try:
                handed_in = await asyncio.to_thread(submission)
                outcome = await app.ingest.add(handed_in, library, Scope(server), watch)
                rows.append(json_output.added_json(source, outcome))
                notes[i] = outcome.article.notes if outcome.status in STORED else ()
            except ArticleRefused as error:
                rows.append(json_output.refused_json(source, error))
    show_progress("")
    status = FAILED if any(row["status"] == "refused" for row in rows) else DONE
    return status, {"articles": rows}, "\n".join(_table(rows, notes)) or "Nothing to do."


def _each(arguments: argparse.Namespace) -> Iterator[str]:
    """The sources, with every file of a folder (and of those in it) in its place; none hidden."""
    for source in arguments.source:
        folder = Path(source)
        if not folder.is_dir():
            yield source
            continue
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        within = (path.relative_to(folder) for path in files)
        yield from (str(folder / p) for p in within if not any(n[0] == "." for n in p.parts))


def _submission(source: str, arguments: argparse.Namespace) -> Submission:
    """Reads a file, or standard input for ``-``. Raises ArticleRefused."""
    if source.startswith(("http://", "https://")):
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
            raise ArticleRefused(f"The file cannot be read: {error.strerror}.") from error
    return Submission(
        name,
        data,
        arguments.title or "",
        arguments.published,
        keep_similar=arguments.keep_similar,
    )


def _watch(source: str, done: int, of: int) -> Callable[[Progress], None]:
    name = Path(source).name or source
    full = BAR_CELLS * done // of
    bar = f"{'█' * full}{'░' * (BAR_CELLS - full)} {done}/{of}  " if of > 1 else ""
    return lambda progress: show_progress(f"{bar}{name}: {progress.describe()}")


def _table(rows: Sequence[dict[str, Any]], notes: dict[int, tuple[str, ...]]) -> Iterator[str]:
    """A line for each source, what was left out below it, and at last how many of each."""
    for i, row in enumerate(rows):
        if row["status"] == "refused":
            yield f"{'refused':<10}     -  {row['source']}: {row['reason']}"
            continue
        found = f"{row['id']:>5}  {row['title']} ({_passages(row['passages'])})"
        yield f"{row['status']:<10} {found}"
        if row["status"] == "similar":
            yield f"{'':17} {row['reason']} Add it with --keep-similar to have both."
        yield from (f"{'':17} {note}" for note in notes.get(i, ()))
    if len(rows) > 1:
        counts = Counter(row["status"] for row in rows)
        yield ", ".join(f"{count:,} {status}" for status, count in counts.most_common())


# --- ask, search -----------------------------------------------------------------------------


async def _ask(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    scope = Scope(arguments.server)
    async with app.store.library(arguments.server) as library:
        answer: Answer | None = None
        wanted = _wanted(arguments)
        fits = await library.ids_matching(wanted, scope)
        asked = app.answerer.answer(
            arguments.question, library, scope, quotes=arguments.quotes, wanted=wanted
        )
        live = LiveAnswer(silent=arguments.json)
        async with aclosing(asked) as events:
            async for event in events:
                live.handle(event)
                if isinstance(event, Completed):
                    answer = event.answer
        live.end()
    assert answer is not None
    if not fits and wanted != EVERYTHING:
        answer = replace(answer, note=NO_MATCHING_ARTICLE)
    return DONE, json_output.answer_json(answer), _shown_answer(answer, begun=live.has_started)


def _wanted(arguments: argparse.Namespace) -> Filter:
    """In which articles to look for the answer."""
    only = frozenset(arguments.article) if arguments.article else None
    return Filter(articles=only, tag=arguments.tag, since=arguments.since)


def _shown_answer(answer: Answer, *, begun: bool) -> str:
    """The answer for people; without its sentences when they were printed as they came."""
    if not answer.answered:
        lines = [answer.clarification or json_output.NO_ANSWER]
        if answer.nearest:
            lines += ["", "What comes nearest:"]
            lines += [
                wrap(f"· {hit.passage.title}: {_short(hit.excerpt)}", "  ")
                for hit in answer.nearest
            ]
        return "\n".join([*lines, *([f"\n{answer.note}"] if answer.note else [])])
    paragraphs = [] if begun else json_output.answer_text(answer).split("\n")
    lines = [*map(wrap, paragraphs), ""]
    for citation in answer.citations:
        where = ", ".join(
            filter(
                None,
                [
                    citation.title,
                    citation.published,
                    f"updated, version {citation.version}" if citation.version > 1 else None,
                    f"p. {citation.page}" if citation.page else None,
                ],
            )
        )
        lines.append(f"{superscript([citation.n])} {where} (article {citation.article_id})")
        if answer.mode == "model":
            lines.append(wrap(f"“{citation.quote}”", "  "))
    if answer.unanswered_parts:
        lines.append(f"\nNot found in the library: {' · '.join(answer.unanswered_parts)}")
    if answer.mode == "quotes":
        lines.append("\nThese are the sources' own sentences.")
    elif answer.mode == "library":
        lines.append("\nThis is what the library's catalogue says.")
    else:
        lines.append(f"\n{checked_words(answer)}.")
    return "\n".join([*lines, *([answer.note] if answer.note else [])])


async def _search(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    scope = Scope(arguments.server)
    async with app.store.library(arguments.server) as library:
        embedder = app.budget.metered_embedder(app.embedder, library.ledger)
        findings = await search(arguments.question, library, scope, embedder, limit=arguments.k)
    lines = [
        wrap(f"{hit.score:.2f}  {hit.passage.title}: {_short(hit.passage.text, 300)}", "      ")
        for hit in findings.hits
    ]
    return DONE, json_output.search_result(findings), "\n".join(lines) or "Nothing found."


# --- list, show, remove ----------------------------------------------------------------------


async def _list(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    async with app.store.library(arguments.server) as library:
        articles = await library.articles(Scope(arguments.server))
    lines = [_article_line(article) for article in articles]
    return (
        DONE,
        {"articles": [json_output.article_json(article) for article in articles]},
        "\n".join(lines) or "The library is empty. Add an article: footnote add FILE",
    )


def _article_line(article: Article) -> str:
    return (
        f"{article.id:>5}  {article.title}"
        f"  ({_passages(article.passages)}, added {article.added[:10]})"
    )


async def _show(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    async with app.store.library(arguments.server) as library:
        version = await library.version(arguments.id, Scope(arguments.server), arguments.version)
    article = version.article
    head = [article.title, *filter(None, [article.author, article.published, article.url])]
    return DONE, json_output.version_json(version), "\n".join([*head, "", version.text])


async def _remove(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    async with app.store.library(arguments.server) as library:
        removed = await library.erase(arguments.id, Scope(arguments.server))
    missing = [i for i in arguments.id if i not in removed]
    lines = [f"removed    {i}" for i in removed] + [f"not there  {i}" for i in missing]
    return FAILED if missing else DONE, {"removed": removed}, "\n".join(lines)


async def _reembed(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    scope, embedded = Scope(arguments.server), 0

    def watch(so_far: EmbeddingProgress) -> None:
        nonlocal embedded
        embedded = so_far.done
        show_progress(f"{so_far.done:,} of {_passages(so_far.total)} embedded")

    async with app.store.library(arguments.server) as library:
        dimension = await embedding_dimension(app.embedder)
        embedder = app.budget.metered_embedder(app.embedder, library.ledger)
        await reembed_library(library, scope, embedder, dimension, watch)
        passages = (await library.totals(scope)).passages
    show_progress("")
    text = f"{embedded:,} of {_passages(passages)} lacked a vector of this model and have it now."
    return DONE, {"embedded": embedded, "passages": passages}, text


# --- usage -----------------------------------------------------------------------------------


async def _usage(app: App, arguments: argparse.Namespace) -> tuple[int, Any, str]:
    first = datetime.now(UTC).date() - timedelta(days=arguments.days - 1)
    async with app.store.library(arguments.server) as library:
        days = await library.ledger.spent_by_day(first.isoformat())
        ended = await library.ledger.outcomes_by_day(first.isoformat())
        users = await library.ledger.spent_by_user(first.isoformat()) if arguments.users else {}
    rows = [(day, one, ended.get(day, Outcomes())) for day, one in days.items()]
    document = {
        "days": [
            {"day": d, **json_output.usage_json(s), **json_output.outcomes_json(o)}
            for d, s, o in rows
        ]
    }
    tables = [_spent_table("day", days), _outcome_table(ended)]
    if arguments.users:
        document["users"] = [
            {"user_id": user, **json_output.usage_json(one)} for user, one in users.items()
        ]
        named = {"the operator" if user is None else str(user): one for user, one in users.items()}
        tables.append(_spent_table("person", named))
    return DONE, document, "\n\n".join(tables) if days else "Nothing was asked."


def _spent_table(of: str, spent: Mapping[str, Spent]) -> str:
    lines = [f"{of:<20} questions  tokens read  tokens written        cost"]
    for name, one in spent.items():
        cost = "" if one.cost is None else f"{json_output.money(one.cost):,.6f}"
        lines.append(
            f"{name:<20} {one.questions:>9,}  {one.usage.prompt_tokens:>11,}"
            f"  {one.usage.completion_tokens:>14,}  {cost:>10}"
        )
    return "\n".join(lines)


def _outcome_table(ended: Mapping[str, Outcomes]) -> str:
    lines = [f"{'day':<20} by the model  fell back  refused  median seconds"]
    for day, one in sorted(ended.items(), reverse=True):
        seconds = "" if one.median_seconds is None else f"{one.median_seconds:,.1f}"
        lines.append(
            f"{day:<20} {one.by_model:>12,}  {one.fell_back:>9,}  {one.refused:>7,}  {seconds:>14}"
        )
    return "\n".join(lines)


def _passages(count: int) -> str:
    return f"{count:,} passage{'s' if count != 1 else ''}"


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
