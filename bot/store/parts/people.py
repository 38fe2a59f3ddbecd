"""Erases a person from one library: their questions, answers and name.

Each function runs within the caller's transaction. Articles stay, without the name of who added
or wrote them. Another person's answer that names them loses the name where it is the submitter
of a source, and is blanked if it names them anywhere else.
"""

from __future__ import annotations

import json
from typing import Any

from bot.store.parts.database import Transaction
from bot.store.parts.erasures import record_erasure
from bot.store.parts.statements import fetch_first
from bot.store.values import ErasedCounts


async def forget_person(writer: Transaction, user_id: int) -> ErasedCounts:
    """Erase a person. Returns how much there was."""
    user = {"user_id": user_id}
    names = [row["name"] for row in await writer.fetch("names_of_user", user)]
    questions = await fetch_first(writer, "count_questions", user)
    attributed = await fetch_first(writer, "count_attributed_articles", user)
    assert questions is not None
    assert attributed is not None
    for name in (
        "forget_private_answers",
        "forget_public_answers",
        "anonymize_setting_changes",
        "forget_question_counts_of",
    ):
        await writer.execute(name, user)
    blanked = await _anonymize_answers(writer, user_id, names)
    await _anonymize_articles(writer, user_id, names)
    await record_erasure(writer, "person", user_id)
    return ErasedCounts(
        questions=questions["answers"],
        answers=questions["answers"] + blanked,
        articles=attributed["articles"],
        charges=await _count(writer, "anonymize_charges", user),
        ratings=await _count(writer, "forget_ratings", user),
    )


async def _anonymize_answers(writer: Transaction, user_id: int, names: list[str]) -> int:
    """Remove the names from other people's answers. Returns how many were blanked."""
    for name in names:
        person = {"user_id": user_id, "name": name}
        nobody = {"user_id": None, "name": ""}
        # As in the citations of a body, without the closing brace: the channel follows.
        named, unnamed = (json.dumps(who, ensure_ascii=False)[:-1] for who in (person, nobody))
        await writer.execute("anonymize_citations", {"named": named, "unnamed": unnamed})
    escaped = [json.dumps(name, ensure_ascii=False)[1:-1] for name in names]
    needles = {*names, *escaped, f"<@{user_id}>", f'"user_id": {user_id},'}
    parameters = {"names": json.dumps(sorted(needles))}
    return await _count(writer, "blank_answers_naming", parameters)


async def _anonymize_articles(writer: Transaction, user_id: int, names: list[str]) -> None:
    values = {"user_id": user_id, "names": json.dumps(names)}
    for name in (
        "anonymize_authors",
        "anonymize_messages",
        "anonymize_submitter",
        "anonymize_pending_texts",
        "anonymize_status_messages",
        "anonymize_pending_messages",
        "anonymize_jobs",
    ):
        await writer.execute(name, values)


async def _count(writer: Transaction, name: str, values: dict[str, Any]) -> int:
    """Run a named query. Returns how many rows it changed."""
    return await writer.execute(name, values)
