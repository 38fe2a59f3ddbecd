"""The commands that work on a library, by name; the short ones are here."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable

from bot import json_output
from bot.app import App
from bot.ingest import READER_VERSION
from bot.ingest.outdated import outdated_note
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
from bot.terminal.live import show_progress, wrap
from bot.terminal.output import DONE, EMPTY_LIBRARY, FAILED, Result, passage_count, shorten
from bot.terminal.review import review
from bot.terminal.summarise import summarise
from bot.terminal.usage import usage

Command = Callable[[App, argparse.Namespace], Awaitable[Result]]
CHECK_MODEL = "check model"  # nobody types it: a part of ``doctor``
READING = frozenset({"search", "list", "show", "usage", "review", "cite", "export"})
EMBEDDING = frozenset({"search", "review"})  # what they embed is charged, if a server does it


def only_reads(command: str, settings: Settings) -> bool:
    """Whether a command writes nothing to the data folder."""
    return command in READING and not (command in EMBEDDING and settings.embeds_on_server)


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
    lines = [_("removed").ljust(10) + f" {i}" for i in removed]
    lines += [_("not found").ljust(10) + f" {i}" for i in missing]
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


async def _check_model(app: App, arguments: argparse.Namespace) -> Result:
    """The part of ``doctor`` about the model, in the process that uses it."""
    from bot.evaluate.model_checks import check_configured_model  # noqa: PLC0415

    checks, model = await check_configured_model(app, exam=arguments.exam)
    document = {"checks": [check.as_json() for check in checks], "model": model}
    return DONE, document, ""


COMMANDS: dict[str, Command] = {
    CHECK_MODEL: _check_model,
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
