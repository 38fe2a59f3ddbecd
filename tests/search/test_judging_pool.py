"""Judging in processes: what a thread would find, and no question fails with a process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from datetime import date

import pytest

from bot.records import CitableRange
from bot.search import judging_pool
from bot.search.judging_pool import JudgingPool, judge, judging_in_processes
from bot.search.narrow import narrow
from bot.search.selected_sentences import SelectedSentences, select_sentences
from bot.search.sentence_context import place_of
from tests.answer.library import hits, passage

QUESTION = "Who heads the fund?"
HITS = hits(
    passage(1, ["Kirill Dmitriev heads the fund.", "It was founded in 2011. \ud800"]),
    passage(2, ["The fund of the village is small.", "Nobody knows who is its head."]),
)
HEADING = CitableRange("heading", HITS[1].passage, *[HITS[1].passage.start] * 2)
CONTEXTS = {place_of(hit.passage, s): (HEADING,) for hit in HITS for s in hit.passage.sentences}


def pids(pool: JudgingPool) -> set[int]:
    return {process._process.pid for process in pool._alive}


def assert_same(selected: SelectedSentences) -> None:
    expected = select_sentences(QUESTION, HITS, CONTEXTS)
    assert selected.candidates == expected.candidates
    assert selected.meant == pytest.approx(expected.meant, abs=1e-6)
    assert expected.english
    assert selected.english


async def test_a_process_judges_as_a_thread_does_and_its_death_costs_no_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging_pool, "RESTART_DELAY_S", 0.0)
    async with judging_in_processes(1) as pool:
        await pool.wait_ready(1)
        (selected,) = await pool.call(select_sentences, (QUESTION, HITS, CONTEXTS)) or [None]
        assert selected is not None
        assert_same(selected)
        assert {id(c.passage) for c in selected.candidates} <= {id(h.passage) for h in HITS}
        (first,) = pids(pool)
        os.kill(first, signal.SIGKILL)
        assert_same(await judge(select_sentences, QUESTION, HITS, CONTEXTS))
        await pool.wait_ready(1)
        assert pids(pool) != {first}
        days = {1: date(2024, 5, 1), 2: date(2023, 5, 1)}
        asked = "Who heads the fund on 1 May 2024?", HITS, date(2026, 1, 1), days
        assert await pool.call(narrow, asked) == (narrow(*asked),)


async def test_processes_that_cannot_start_cost_no_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = asyncio.Event()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "no judging process could be started" in record.getMessage():
                told.set()

    monkeypatch.setattr(judging_pool, "WORKER", "bot.no_such_module")
    monkeypatch.setattr(judging_pool.log, "handlers", [Listener()])
    async with judging_in_processes(1) as pool:
        await told.wait()
        assert await pool.call(len, ("",)) is None
        assert_same(await judge(select_sentences, QUESTION, HITS, CONTEXTS))
