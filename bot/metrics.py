"""Figures for Prometheus, and whether the bot is alive and ready, on a port of this machine.

The figures come from the events of the log (``logs.log_event``), so both say the same. No server,
person or text is a label. The event loop itself answers: if it hangs, ``/healthz`` does, too.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, get_args

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from bot import __version__
from bot.answer_records import Outcome
from bot.errors import SettingsError
from bot.logs import ERROR, Fields
from bot.store.values import AddStatus
from bot.strings import _

HOST = "127.0.0.1"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)  # an interaction lives 900
STAGES = ("search", "queued", "first_words", "total")
TOKENS = ("input", "output", "embedded")
OUTCOMES: tuple[str, ...] = get_args(Outcome)
ENDINGS = (*get_args(AddStatus), "similar", "refused")


class Metrics(logging.Handler):
    """Counts what the log says."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.gauge("footnote_info", "1, with the version that runs", lambda: 1, version=__version__)
        self._questions = self._counter("questions", _by("Questions", OUTCOMES), "outcome")
        self._seconds = self._histogram(
            "question_seconds", _by("Seconds of a question", STAGES), "stage"
        )
        self._tokens = self._counter("model_tokens", _by("Tokens", TOKENS), "direction")
        self._cost = self._counter("cost", "Cost in the currency of MODEL_PRICES")
        self._additions = self._counter("additions", _by("Additions", ENDINGS), "outcome")
        self._adding = self._histogram("addition_seconds", "Seconds of an addition")
        self._errors = self._counter("errors", "Unexpected errors, by Python's type", "type")

    def emit(self, record: logging.LogRecord) -> None:
        fields: Fields = getattr(record, "fields", {})
        match getattr(record, "event", ""):
            case "question":
                self._count_question(fields)
            case "addition":
                self._additions.labels(fields["outcome"]).inc()
                self._adding.observe(fields["total_ms"] / 1000)
                self._tokens.labels("embedded").inc(fields["tokens"])
                self._cost.inc(fields["cost"] or 0)
            case event if event == ERROR:
                self._errors.labels(fields["type"]).inc()

    def _count_question(self, fields: Fields) -> None:
        self._questions.labels(fields["outcome"]).inc()
        for stage in STAGES:
            if (milliseconds := fields[f"{stage}_ms"]) is not None:
                self._seconds.labels(stage).observe(milliseconds / 1000)
        self._tokens.labels("input").inc(fields["prompt_tokens"])
        self._tokens.labels("output").inc(fields["completion_tokens"])
        self._cost.inc(fields["cost"] or 0)

    def gauge(self, name: str, text: str, value: Callable[[], float], **labels: str) -> None:
        """A figure that is looked up when it is asked for."""
        gauge = Gauge(name, text, list(labels), registry=self.registry)
        (gauge.labels(**labels) if labels else gauge).set_function(value)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"footnote_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(f"footnote_{name}", text, labels, registry=self.registry, buckets=SECONDS)


def _by(text: str, values: Sequence[str]) -> str:
    return f"{text}: {', '.join(values)}"


@asynccontextmanager
async def serve_metrics(
    metrics: Metrics, port: int | None, unready: Callable[[], str]
) -> AsyncIterator[int | None]:
    """Serves inside the block, if there is a ``port``; yields the port (0 picks a free one).

    ``unready`` says why the bot is not ready; empty: it is. Raises SettingsError if the port is
    taken.
    """
    if port is None:
        yield None
        return
    runner = web.AppRunner(_application(metrics, unready), access_log=None)
    await runner.setup()
    try:
        await _listen(runner, port)
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except (OSError, OverflowError) as error:  # the latter above 65,535
        message = _("METRICS_PORT={port} can't be used ({reason}). Set another, or leave it empty.")
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(message.format(port=port, reason=reason)) from error


def _application(metrics: Metrics, unready: Callable[[], str]) -> web.Application:
    async def show_metrics(_request: web.Request) -> web.Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
        return web.Response(body=generate_latest(metrics.registry), headers=headers)

    async def show_health(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def show_readiness(_request: web.Request) -> web.Response:
        reason = unready()
        return web.Response(text=f"{reason or 'ready'}\n", status=503 if reason else 200)

    application = web.Application()
    pages: Mapping[str, Any] = {
        "/metrics": show_metrics,
        "/healthz": show_health,
        "/readyz": show_readiness,
    }
    for path, page in pages.items():
        application.router.add_get(path, page)
    return application
