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
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot import json_output
from bot.app import App, open_app
from bot.errors import FootnoteError
from bot.ingest import READER_VERSION
from bot.ingest.pipeline import outdated_note
from bot.maintenance import EmbeddingProgress, embedding_dimension, reembed_library, renew_tokens
from bot.records import Article, Filter, Scope
from bot.search.retrieve import search
from bot.service.remove import erase_articles
from bot.settings import Settings
from bot.store.values import EVERYTHING
from bot.strings import _
from bot.terminal.adding import add, refresh
from bot.terminal.asking import ask, cite
from bot.terminal.chat import chat
from bot.terminal.forget import forget
from bot.terminal.library_folder import export, import_folder
from bot.terminal.live import show_progress, wrap, write
from bot.terminal.output import DONE, EMPTY_LIBRARY, FAILED, Result, passage_count, shorten
from bot.terminal.review import review
from bot.terminal.summarise import summarise
from bot.terminal.usage import usage

RENEWING_S = 2.0  # after each command
Command = Callable[[App, argparse.Namespace], Awaitable[Result]]


def execute(arguments: argparse.Namespace) -> int:
    """Run one command, print its result and return the exit status."""
    try:
        return asyncio.run(_run(arguments))
    except FootnoteError as error:
        return report_error(error, as_document=arguments.json)


def report_error(error: FootnoteError, *, as_document: bool) -> int:
    """Print an error as JSON or as text, and return the exit status."""
    if as_document:
        print(json.dumps({"error": {"code": error.code, "message": error.message}}))
    else:
        print(error.message, file=sys.stderr)
    return FAILED


async def _run(arguments: argparse.Namespace) -> int:
    settings = Settings()
    if arguments.data:
        settings = replace(settings, data_dir=Path(arguments.data))
    async with open_app(settings) as app:
        status, document, text = await COMMANDS[arguments.command](app, arguments)
        if arguments.json:
            text = json.dumps(document, ensure_ascii=False)
        if text:
            write(text)
        if "server" in arguments:
            await _renew_index(app, arguments.server)
    return status


async def _renew_index(app: App, server: str) -> None:
    """Index a few more articles again after an update of Footnote, behind the printed result."""
    with suppress(FootnoteError):  # the next command goes on
        async with app.store.library(server, background=True) as library:
            await renew_tokens(server, library, seconds=RENEWING_S)


# --- search, list, show, remove --------------------------------------------------------------


async def _search(app: App, arguments: argparse.Namespace) -> Result:
    scope = Scope(arguments.server)
    async with app.store.library(arguments.server) as library:
        embedder = app.budget.metered_embedder(app.embedder, library.ledger)
        result = await search(arguments.question, library, scope, embedder, limit=arguments.k)
    lines = [
        wrap(f"{hit.score:.2f}  {hit.passage.title}: {shorten(hit.passage.text, 300)}", "      ")
        for hit in result.hits
    ]
    return DONE, json_output.search_result_json(result), "\n".join(lines) or _("Nothing found.")


async def _list(app: App, arguments: argparse.Namespace) -> Result:
    matching = Filter(read_before=READER_VERSION) if arguments.outdated else EVERYTHING
    async with app.store.library(arguments.server) as library:
        articles = await library.articles.select(Scope(arguments.server), matching=matching)
    rows = [json_output.article_json(article) for article in articles]
    lines = [_article_line(article) for article in articles]
    if not arguments.outdated:
        return DONE, {"articles": rows}, "\n".join(lines) or _(EMPTY_LIBRARY)
    notes = map(outdated_note, articles)
    lines = [f"{line}\n       {note}" for line, note in zip(lines, notes, strict=True)]
    return DONE, {"articles": rows}, "\n".join(lines) or _("No article is outdated.")


def _article_line(article: Article) -> str:
    added = _("added {date}").format(date=article.added[:10])
    return f"{article.id:>5}  {article.title}  ({passage_count(article.passages)}, {added})"


async def _show(app: App, arguments: argparse.Namespace) -> Result:
    async with app.store.library(arguments.server) as library:
        version = await library.articles.version(
            arguments.id, Scope(arguments.server), arguments.version
        )
    article = version.article
    head = [article.title, *filter(None, [article.author, article.published, article.url])]
    head += [f"⚠ {note}" for note in article.notes]
    return DONE, json_output.version_json(version), "\n".join([*head, "", version.text])


async def _remove(app: App, arguments: argparse.Namespace) -> Result:
    async with app.store.library(arguments.server) as library:
        removed = await erase_articles(library, arguments.id, Scope(arguments.server))
    missing = [i for i in arguments.id if i not in removed]
    lines = [f"{_('removed'):<10} {i}" for i in removed]
    lines += [f"{_('not found'):<10} {i}" for i in missing]
    return FAILED if missing else DONE, {"removed": removed}, "\n".join(lines)


async def _reembed(app: App, arguments: argparse.Namespace) -> Result:
    scope, embedded = Scope(arguments.server), 0

    def on_progress(progress: EmbeddingProgress) -> None:
        nonlocal embedded
        embedded = progress.done
        message = _("{done:,} of {total} embedded")
        show_progress(message.format(done=progress.done, total=passage_count(progress.total)))

    async with app.store.library(arguments.server) as library:
        dimension = await embedding_dimension(app.embedder)
        embedder = app.budget.metered_embedder(app.embedder, library.ledger)
        await renew_tokens(arguments.server, library)
        await reembed_library(library, scope, embedder, dimension, on_progress)
        passages = (await library.articles.totals(scope)).passages
    show_progress("")
    message = _("Embedded: {n:,} of {total}; the others already had a vector of this model.")
    text = message.format(n=embedded, total=passage_count(passages))
    return DONE, {"embedded": embedded, "passages": passages}, text


COMMANDS: dict[str, Command] = {
    "add": add,
    "refresh": refresh,
    "ask": ask,
    "chat": chat,
    "cite": cite,
    "summarise": summarise,
    "review": review,
    "search": _search,
    "list": _list,
    "show": _show,
    "remove": _remove,
    "usage": usage,
    "reembed": _reembed,
    "forget": forget,
    "export": export,
    "import": import_folder,
}
