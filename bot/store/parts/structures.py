"""The blocks of stored texts, and the ranges that sentences must be read with."""

from __future__ import annotations

import asyncio
import json
from bisect import bisect_right
from collections.abc import Collection, Sequence

from bot.records import CitableRange, Scope, Sentence, StoredPassage
from bot.store.block_codec import decode_blocks
from bot.store.parts import row_mapping
from bot.store.parts.database import SqlDatabase
from bot.store.parts.parameters import scope_parameters
from bot.store.values import SentencePlace
from bot.structure import Block, ContextRange, Structure


class SqlStructures:
    """See ``structure_protocol.Structures``."""

    def __init__(self, server_id: str, database: SqlDatabase):
        self._server_id = server_id
        self._database = database

    async def of_versions(self, version_ids: Collection[int], scope: Scope) -> dict[int, Structure]:
        ids = {"ids": json.dumps(sorted(version_ids))}
        rows = await self._database.fetch(
            "version_blocks", scope_parameters(self._server_id, scope) | ids
        )
        blobs = {row["id"]: row["blocks"] for row in rows}
        return await asyncio.to_thread(_decode, blobs)

    async def contexts(
        self, places: Sequence[SentencePlace], scope: Scope
    ) -> list[tuple[CitableRange, ...]]:
        structures = await self.of_versions({place.version_id for place in places}, scope)
        ranges = [
            structures.get(place.version_id, Structure()).context_of(place.start)
            for place in places
        ]
        starts = {
            (place.version_id, part.start)
            for place, parts in zip(places, ranges, strict=True)
            for part in parts
        }
        passages = await self._passages_at(starts, scope)
        return [
            tuple(
                _citable(part, passages[place.version_id, part.start])
                for part in parts
                if (place.version_id, part.start) in passages
            )
            for place, parts in zip(places, ranges, strict=True)
        ]

    async def sentences_beside(
        self, place: SentencePlace, scope: Scope, *, limit: int
    ) -> list[tuple[StoredPassage, Sentence]]:
        structures = await self.of_versions({place.version_id}, scope)
        items = structures.get(place.version_id, Structure()).items_beside(place.start)[:limit]
        starts = [(place.version_id, block.start) for block in items]
        passages = {p.id: p for p in (await self._passages_at(starts, scope)).values()}
        return [
            (passage, sentence)
            for passage in sorted(passages.values(), key=lambda passage: passage.start)
            for sentence in passage.sentences
            if _is_inside(sentence, items)
        ]

    async def _passages_at(
        self, starts: Collection[tuple[int, int]], scope: Scope
    ) -> dict[tuple[int, int], StoredPassage]:
        """The passages that hold these offsets of versions."""
        if not starts:
            return {}
        scoped = scope_parameters(self._server_id, scope)
        located = await self._database.fetch(
            "passage_ids_at", scoped | {"places": json.dumps(sorted(starts))}
        )
        ids = {(row["version_id"], row["start"]): row["id"] for row in located}
        rows = await self._database.fetch(
            "passages", scoped | {"ids": json.dumps(sorted(set(ids.values())))}
        )
        passages = {row["id"]: row_mapping.stored_passage(row) for row in rows}
        return {place: passages[id_] for place, id_ in ids.items() if id_ in passages}


def _decode(blobs: dict[int, bytes | None]) -> dict[int, Structure]:
    return {
        version_id: Structure(decode_blocks(data)) if data else Structure()
        for version_id, data in blobs.items()
    }


def _is_inside(sentence: Sentence, blocks: Sequence[Block]) -> bool:
    """Whether it begins in one of the blocks, of which none holds another."""
    at = bisect_right(blocks, sentence.start, key=lambda block: block.start) - 1
    return at >= 0 and sentence.start < blocks[at].end


def _citable(part: ContextRange, passage: StoredPassage) -> CitableRange:
    """The range within its passage: a block may run on in the next one."""
    return CitableRange(part.kind, passage, part.start, min(part.end, passage.end))
