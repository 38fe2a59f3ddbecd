"""Encoder processes that hang or are many, in the bot as a user starts it."""

from __future__ import annotations

import asyncio
import os
import signal

import numpy as np
import pytest

from bot.search import encoder_pool
from bot.search.encoder_pool import encode_sentences, encoding_in_processes
from bot.search.sentence_encoder import encode

TEXT = ["Who heads the fund?"]


@pytest.mark.wire
async def test_a_process_that_hangs_is_killed_and_costs_no_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoder_pool, "ENCODE_S", 0.0)
    async with encoding_in_processes(1) as pool:
        await pool.wait_ready(1)
        (process,) = pool._alive
        os.kill(process._process.pid, signal.SIGSTOP)
        np.testing.assert_allclose(await encode_sentences(TEXT), encode(TEXT), atol=1e-6)
        assert (process.kill_cause, pool.ready_count) == ("time", 0)


@pytest.mark.wire
async def test_many_questions_share_the_processes_and_all_processes_end() -> None:
    async with encoding_in_processes(2) as pool:
        await pool.wait_ready(2)
        several = await asyncio.gather(*(pool.encode([f"Text {n}."]) for n in range(9)))
        for n, vectors in enumerate(several):
            assert vectors is not None
            np.testing.assert_allclose(vectors, encode([f"Text {n}."]), atol=1e-6)
        processes = [process._process for process in pool._alive]
    assert all(process.poll() is not None for process in processes)
    assert (await encode_sentences(TEXT)).shape == (1, 384)  # in a thread
