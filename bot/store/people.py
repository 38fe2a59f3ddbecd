"""Erases a person from one library: what they asked and were answered, and their name.

Each function is part of a transaction that its caller holds. Articles stay: only who added or
wrote them is erased. An answer of somebody else that names the person loses the name where it
stands as who added a source, and is blanked where it stands anywhere else.
"""

from __future__ import annotations

import json
from typing import Any

import aiosqlite

from bot.store.articles import fetch_first
from bot.store.queries import query
from bot.store.values import ErasedCounts


async def forget_person(writer: aiosqlite.Connection, user_id: int) -> ErasedCounts:
    """Erases somebody; how much of them there was."""
    them = {"user_id": user_id}
    names = [row["name"] for row in await writer.execute_fetchall(query("names_of"), them)]
    asked = await fetch_first(writer, "count_asked", them)
    named = await fetch_first(writer, "count_named", them)
    assert asked is not None
    assert named is not None
    for name in ("forget_private_answers", "forget_public_answers"):
        await writer.execute(query(name), them)
    blanked = await _unname_answers(writer, user_id, names)
    await _unname_articles(writer, user_id, names)
    return ErasedCounts(
        questions=asked["answers"],
        answers=asked["answers"] + blanked,
        articles=named["articles"],
        charges=await _count(writer, "disown_charges", them),
        ratings=await _count(writer, "forget_ratings", them),
    )


async def _unname_answers(writer: aiosqlite.Connection, user_id: int, names: list[str]) -> int:
    """Takes them out of the answers of others; how many were blanked."""
    for name in names:
        who = {"user_id": user_id, "name": name}
        nobody = {"user_id": None, "name": ""}
        # As a citation in a body has it, without the brace that its channel follows.
        named, unnamed = (json.dumps(each, ensure_ascii=False)[:-1] for each in (who, nobody))
        await writer.execute(query("unname_citations"), {"named": named, "unnamed": unnamed})
    written = [json.dumps(name, ensure_ascii=False)[1:-1] for name in names]
    telling = {*names, *written, f"<@{user_id}>", f'"user_id": {user_id},'}
    wanted = {"names": json.dumps(sorted(telling))}
    return await _count(writer, "blank_naming", wanted)


async def _unname_articles(writer: aiosqlite.Connection, user_id: int, names: list[str]) -> None:
    values = {"user_id": user_id, "names": json.dumps(names)}
    for name in (
        "unname_authors",
        "unname_messages",
        "unname_submitter",
        "unname_remover",
        "unname_waiting_messages",
        "unname_jobs",
    ):
        await writer.execute(query(name), values)


async def _count(writer: aiosqlite.Connection, name: str, values: dict[str, Any]) -> int:
    """How many rows a named query changed."""
    return (await writer.execute(query(name), values)).rowcount
