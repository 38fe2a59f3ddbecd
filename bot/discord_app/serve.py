"""Runs the bot on Discord until it is stopped (Ctrl-C, SIGTERM), and shuts it down cleanly."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import suppress

from bot.app import App, open_app
from bot.discord_app.claiming import keep_claiming
from bot.discord_app.client import FootnoteBot, create_bot, invite_link
from bot.discord_app.connecting import stay_connected
from bot.discord_app.heartbeat import keep_beating
from bot.evaluate.model_probing import ModelProbing
from bot.logs import set_up_logging
from bot.metrics import Metrics, serve_metrics
from bot.settings import Settings
from bot.strings import preload
from bot.terminal.remote.server import CommandServer
from bot.text.language import load_language_model

try:
    import resource
except ImportError:  # not on Windows, which has no such limit
    resource = None  # type: ignore[assignment]

log = logging.getLogger(__name__)
HANDLES = 65_536  # more than any load here; some systems have no hard limit
CLOSE_S = 9.0  # init systems commonly kill a process after 10 s


def run_bot(settings: Settings) -> int:
    """Blocks until the bot is stopped; returns the exit status. Raises FootnoteError."""
    metrics = Metrics()
    set_up_logging(
        settings.log_level,
        settings.log_format,
        settings.data_dir,
        metrics,
        process_number=settings.shards.process_number,
    )
    raise_handle_limit()
    asyncio.run(_serve(settings, metrics))
    return 0


def most_handles() -> int | None:
    """How many file handles the system lets this process have; None if it has no limit."""
    if resource is None:
        return None
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return HANDLES if hard == resource.RLIM_INFINITY else min(hard, HANDLES)


def raise_handle_limit() -> None:
    """Raises the soft limit of file handles as far as the system lets it."""
    most = most_handles()
    if most is not None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if most > soft:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def watch(metrics: Metrics, app: App, bot: FootnoteBot) -> None:
    """Add what is looked up in the running bot to the figures that come from the log."""
    metrics.gauge(
        "footnote_questions_running", "Questions being answered", app.answerer.activity.count
    )
    metrics.gauge("footnote_ready", "1 if connected to Discord", lambda: not bot.unready())
    metrics.gauge(
        "footnote_encoders",
        "Processes that judge sentences (RERANK_WORKERS)",
        lambda: app.judging.ready_count,
    )
    metrics.gauge(
        "footnote_encoders_bytes", "Memory of these processes", app.judging.resident_bytes
    )


async def _serve(settings: Settings, metrics: Metrics) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    opened = open_app(settings, rerank_workers=settings.rerank_workers)
    async with opened as app, ModelProbing(app).running():
        await app.store.claim_shards()
        bot = create_bot(app, app.store.claims)
        watch(metrics, app, bot)
        commands = CommandServer(app, on_changed=bot.library_changed)
        async with (
            app.maintenance.running(
                bot.presence, [bot.retry_alerts], give_way=bot.handlers.give_way
            ),
            commands.running(),
            serve_metrics(metrics, _metrics_port(settings), bot.unready),
            asyncio.TaskGroup() as group,
        ):
            running = group.create_task(
                stay_connected(bot, settings.discord_token, lambda: _log_invite(bot))
            )
            connections = [running]
            heartbeat = group.create_task(keep_beating(bot))
            if app.store.claims is None:
                await app.jobs.resume()
            else:
                connections.append(group.create_task(keep_claiming(bot, app.store.claims, bot)))
            app.ingest.warm()
            group.create_task(asyncio.to_thread(preload))
            group.create_task(asyncio.to_thread(load_language_model))
            stopped = group.create_task(stop.wait())
            await asyncio.wait({*connections, stopped}, return_when=asyncio.FIRST_COMPLETED)
            for task in (stopped, heartbeat, *connections[1:]):
                task.cancel()
            log.info("stopping")
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await bot.close()
            running.cancel()  # it has ended by itself, unless the close took too long
        failures = [task.result() for task in connections if not task.cancelled()]
    for failure in filter(None, failures):
        raise failure


def _metrics_port(settings: Settings) -> int | None:
    """The port of this process: each of a bot's processes has its own."""
    port = settings.metrics_port
    return None if port is None else port + settings.shards.process_number


def _log_invite(bot: FootnoteBot) -> None:
    log.info("invite me: %s", invite_link(bot.application_id or 0))
