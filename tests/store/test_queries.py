"""The queries that run often use their indexes."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from bot.store.postgres.queries import all_queries
from bot.store.sqlite.queries import all_names, query
from tests.store.open_files import open_database

SCOPE = {"here": 1, "everywhere": 1, "channels": "[]"}


def test_what_the_parts_ask_for_is_in_both_stores() -> None:
    folder = resources.files("bot.store.parts")
    code = "".join(f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".py"))
    asked = set(re.findall(r'"(\w+)"', code)) & set(all_names())
    assert len(asked) > 150
    assert asked <= set(all_queries())


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
        ("similar_minhashes", SCOPE | {"scheme": 1, "keys": "[1]"}, "minhash_band_key"),
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
