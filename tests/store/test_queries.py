"""The queries that run often use their indexes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store.sqlite.queries import query
from tests.store.open_files import open_database

SCOPE = {"here": 1, "everywhere": 1, "channels": "[]"}


@pytest.mark.parametrize(
    ("name", "parameters", "index"),
    [
        ("any_from_messages", SCOPE | {"messages": "[77]"}, "job_message"),
        ("any_from_messages", SCOPE | {"messages": "[77]"}, "article_message"),
        ("withdraw_jobs", {"messages": "[77]"}, "job_message"),
        ("withdraw_similar", {"messages": "[77]"}, "job_message"),
        ("forget_answers", {"before": "2026"}, "answer_unforgotten"),
        ("forget_jobs", (0,), "job_ended"),
        ("same_text", SCOPE | {"hash": "a"}, "version_hash"),
        ("same_original", SCOPE | {"original": "a", "read_before": 1}, "version_original"),
        ("trashed_before", {"before": 0}, "article_removed"),
    ],
)
async def test_a_query_uses_its_index(
    name: str, parameters: dict[str, object], index: str, tmp_path: Path
) -> None:
    async with open_database(tmp_path / "1.db") as database:
        plan = await database.fetch(f"EXPLAIN QUERY PLAN {query(name)}", parameters)
    steps = [row["detail"] for row in plan]
    assert any(step.startswith("SEARCH") and f"INDEX {index} " in step for step in steps), steps
