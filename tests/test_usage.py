"""``footnote usage``: what was asked and what it cost, by day and by person."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.answer_records import Usage
from bot.search.memory_index import MemoryIndex
from bot.store.ledger_protocol import Charge, DailyLimits
from bot.store.sqlite.store import SqliteStore

TODAY = datetime.now(UTC).date()


@pytest.fixture
def spent(tmp_path: Path) -> None:
    """Ada asked today, ten days ago and long ago; the operator today."""

    async def spend() -> None:
        store = await SqliteStore.open(tmp_path / "data", MemoryIndex)
        async with store.library("local") as library:
            for ago, user in ((60, 7), (10, 7), (0, 7), (0, None)):
                day = (TODAY - timedelta(days=ago)).isoformat()
                charge = Charge(day, Usage(1_000, 200), 1_234, user)
                await library.ledger.reserve(charge, DailyLimits())
        await store.close()

    asyncio.run(spend())


@pytest.mark.usefixtures("spent")
def test_the_days_of_a_month_are_listed_the_newest_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["usage", "--json"]) == 0
    days = json.loads(capsys.readouterr().out)["days"]
    assert [(day["day"], day["questions"]) for day in days] == [
        (TODAY.isoformat(), 2),
        ((TODAY - timedelta(days=10)).isoformat(), 1),
    ]
    assert (days[0]["prompt_tokens"], days[0]["completion_tokens"]) == (2_000, 400)
    assert days[0]["cost"] == pytest.approx(0.002468)


@pytest.mark.usefixtures("spent")
def test_people_are_listed_with_what_they_spent(capsys: pytest.CaptureFixture[str]) -> None:
    main(["usage", "--users", "--days", "90", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert [(row["user_id"], row["questions"]) for row in document["users"]] == [(7, 3), (None, 1)]
    assert len(document["days"]) == 3


@pytest.mark.usefixtures("spent")
def test_people_read_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    main(["usage", "--users"])
    out = capsys.readouterr().out
    assert "0.002468" in out
    assert "fell back  no answer  median seconds" in out
    assert "the operator" in out


def test_the_terminals_questions_count(capsys: pytest.CaptureFixture[str]) -> None:
    main(["ask", "Who heads the fund?"])
    capsys.readouterr()
    main(["usage", "--json"])
    (day,) = json.loads(capsys.readouterr().out)["days"]
    assert (day["questions"], day["prompt_tokens"], day["cost"]) == (1, 0, 0)
    assert (day["by_model"], day["fell_back"], day["refused"]) == (0, 0, 1)
    assert 0 < day["median_seconds"] < 600


def test_without_a_question_there_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage"]) == 0
    assert capsys.readouterr().out == "No questions were asked.\n"
    main(["usage", "--json"])
    assert json.loads(capsys.readouterr().out) == {"days": []}
