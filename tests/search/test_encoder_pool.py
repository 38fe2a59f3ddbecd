"""Sentences encoded in processes: the same vectors, and no question fails with a process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal

import numpy as np
import pytest

from bot.search import encoder_pool
from bot.search.encoder_pool import EncoderPool, encode_sentences, encoding_in_processes
from bot.search.sentence_encoder import encode

TEXTS = ["Who heads the fund?", "Kirill Dmitriev heads the fund.", "half a character: \ud800"]


def pids(pool: EncoderPool) -> set[int]:
    return {process._process.pid for process in pool._alive}


async def test_a_process_encodes_as_a_thread_does_and_its_death_costs_no_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoder_pool, "RESTART_DELAY_S", 0.0)
    expected = encode(TEXTS)
    async with encoding_in_processes(1) as pool:
        await pool.wait_ready(1)
        vectors = await pool.encode(TEXTS)
        assert vectors is not None
        np.testing.assert_allclose(vectors, expected, atol=1e-6)
        (first,) = pids(pool)
        os.kill(first, signal.SIGKILL)
        np.testing.assert_allclose(await encode_sentences(TEXTS), expected, atol=1e-6)
        await pool.wait_ready(1)
        assert pids(pool) != {first}


async def test_processes_that_cannot_start_cost_no_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = asyncio.Event()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "no encoder process could be started" in record.getMessage():
                told.set()

    monkeypatch.setattr(encoder_pool, "WORKER", "bot.no_such_module")
    monkeypatch.setattr(encoder_pool.log, "handlers", [Listener()])
    async with encoding_in_processes(1) as pool:
        await told.wait()
        assert await pool.encode(TEXTS) is None
        assert (await encode_sentences(TEXTS)).shape == (3, 384)
