"""Figures, health and readiness over HTTP."""

from __future__ import annotations

import logging

import aiohttp
import pytest

from bot.errors import SettingsError
from bot.logs import log_error, log_event
from bot.metrics import Metrics, serve_metrics

log = logging.getLogger("bot.test_metrics")


async def get(port: int | None, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as reply,
    ):
        return reply.status, await reply.text()


async def test_readiness_says_why_not_while_health_is_told_by_answering() -> None:
    reasons = ["not connected to Discord"]
    async with serve_metrics(Metrics(), 0, lambda: "".join(reasons)) as port:
        assert await get(port, "/healthz") == (200, "ok\n")
        assert await get(port, "/readyz") == (503, "not connected to Discord\n")
        reasons.clear()
        assert await get(port, "/readyz") == (200, "ready\n")
        assert (await get(port, "/other"))[0] == 404


async def test_the_figures_are_what_the_log_says() -> None:
    metrics = Metrics()
    log.addHandler(metrics)
    log.setLevel("INFO")
    try:
        log_event(log, "addition", outcome="added", tokens=300, cost=None, total_ms=2_000)
        times = {"search_ms": 20, "queued_ms": 0, "first_words_ms": None, "total_ms": 90}
        spent = {"prompt_tokens": 5_000, "completion_tokens": 200, "cost": 0.25}
        log_event(log, "question", outcome="written", **times, **spent)
        log_error(log, KeyError("text"))
        log.info("something else")
    finally:
        log.removeHandler(metrics)
    async with serve_metrics(metrics, 0, str) as port:
        _status, text = await get(port, "/metrics")
    for line in (
        'footnote_questions_total{outcome="written"} 1.0',
        'footnote_question_seconds_bucket{le="0.1",stage="total"} 1.0',
        'footnote_model_tokens_total{direction="input"} 5000.0',
        'footnote_model_tokens_total{direction="embedded"} 300.0',
        "footnote_cost_total 0.25",
        'footnote_additions_total{outcome="added"} 1.0',
        "footnote_addition_seconds_sum 2.0",
        'footnote_errors_total{type="KeyError"} 1.0',
    ):
        assert line in text.splitlines()
    assert "process_resident_memory_bytes" in text
    assert 'stage="first_words"' not in text


async def test_without_a_port_nothing_listens() -> None:
    async with serve_metrics(Metrics(), None, str) as port:
        assert port is None


async def test_a_port_that_is_taken_is_told() -> None:
    async with serve_metrics(Metrics(), 0, str) as port:
        with pytest.raises(SettingsError, match=f"METRICS_PORT={port} can't be used"):
            async with serve_metrics(Metrics(), port, str):
                pass
