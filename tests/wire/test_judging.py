"""Judging processes that hang or are many, in the bot as a user starts it."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from bot.search import judging_pool
from bot.search.judging_pool import judge, judging_in_processes
from bot.search.selected_sentences import select_sentences
from tests.answer.library import hits, passage

HITS = hits(passage(1, ["Kirill Dmitriev heads the fund.", "It was founded in 2011."]))


@pytest.mark.wire
async def test_a_process_that_hangs_is_killed_and_costs_no_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging_pool, "JUDGE_S", 0.0)
    async with judging_in_processes(1) as pool:
        await pool.wait_ready(1)
        (process,) = pool._alive
        os.kill(process._process.pid, signal.SIGSTOP)
        selected = await judge(select_sentences, "Who heads the fund?", HITS, {})
        assert selected == select_sentences("Who heads the fund?", HITS, {})
        assert (process.kill_cause, pool.ready_count) == ("time", 0)


@pytest.mark.wire
async def test_many_questions_share_the_processes_and_all_processes_end() -> None:
    questions = [f"Who heads the fund {n}?" for n in range(9)]
    async with judging_in_processes(2) as pool:
        await pool.wait_ready(2)
        calls = (pool.call(select_sentences, (question, HITS, {})) for question in questions)
        for question, answered in zip(questions, await asyncio.gather(*calls), strict=True):
            assert answered is not None
            expected = select_sentences(question, HITS, {})
            assert answered[0].candidates == expected.candidates
            assert answered[0].meant == pytest.approx(expected.meant, abs=1e-6)
        processes = [process._process for process in pool._alive]
    assert all(process.poll() is not None for process in processes)
    assert (await judge(select_sentences, questions[0], HITS, {})).candidates  # in a thread
