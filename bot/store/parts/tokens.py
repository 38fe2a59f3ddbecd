"""Makes the tokens of one library again after the code that makes them changed (``Tokens``).

A few articles a transaction, by rising passage. A question finds the passages that have been done
by their new tokens and all others by their old ones, so a kill at any moment loses nothing. The old
segments are deleted once all is done. An article that is renamed meanwhile is done at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.store.parts.database import SqlDatabase, Transaction
from bot.store.parts.postings import (
    CURRENT,
    add_postings,
    article_texts,
    delete_outdated_postings,
    delete_postings,
)
from bot.store.parts.statements import fetch_first
from bot.store.postings import IndexedText
from bot.text.wordpiece import pack

PASSAGES_PER_STEP = 64  # about 50 ms of work
ARTICLES_PER_STEP = 32
POSTINGS_PER_STEP = 5_000  # that are deleted: blocks other writers for about 20 ms
EVERY_PASSAGE = {"first": 0, "last": 1 << 62}


class SqlTokens:
    """See ``article_protocol.Tokens``."""

    def __init__(self, database: SqlDatabase):
        self._database = database

    async def count_outdated(self) -> int:
        ((count,),) = await self._database.fetch("count_outdated", CURRENT)
        return int(count)

    async def renew(self) -> bool:
        limit = CURRENT | {"limit": ARTICLES_PER_STEP}
        if not await self._database.fetch("outdated_articles", limit):
            return await self._drop_outdated()
        async with self._database.transaction() as writer:
            passages = 0
            for row in await writer.fetch("outdated_articles", limit):
                if passages and passages + row["passages"] > PASSAGES_PER_STEP:
                    break
                await renew_article(writer, row["article_id"])
                passages += row["passages"]
        return True

    async def _drop_outdated(self) -> bool:
        """Delete some postings of outdated segments. False if there are none left."""
        segments = await self._database.fetch("outdated_segments", CURRENT | EVERY_PASSAGE)
        if not segments and not await self.count_outdated():
            return False
        async with self._database.transaction() as writer:
            await writer.execute("set_all_tokens", CURRENT)
            for (segment_id,) in segments[:1]:
                step = {"segment_id": segment_id, "limit": POSTINGS_PER_STEP}
                dropped = await writer.execute("drop_some_postings", step)
                if dropped < POSTINGS_PER_STEP:
                    await writer.execute("drop_segment", {"segment_id": segment_id})
        return True


async def renew_article(writer: Transaction, article_id: int) -> None:
    """Make an article's tokens with the code of today, within the caller's transaction."""
    texts = await article_texts(writer, article_id)
    newer = CURRENT | {"article_id": article_id}
    if await fetch_first(writer, "newer_tokens", newer):  # of an update that was taken back
        await delete_postings(writer, texts)
    await writer.execute("drop_passage_tokens", (article_id,))
    await add_tokens(writer, texts)
    await writer.execute("set_tokens", CURRENT | {"article_id": article_id})


async def add_tokens(writer: Transaction, texts: list[IndexedText]) -> None:
    """Store the tokens of some passages, and index them."""
    await writer.executemany("add_passage_tokens", _token_rows(texts))
    await add_postings(writer, texts)


def _token_rows(texts: Iterable[IndexedText]) -> Iterator[tuple[int, bytes]]:
    for text in texts:
        yield text.passage_id, pack(text.sentences)


async def is_outdated(writer: Transaction, article_id: int) -> bool:
    """Whether an article is still found by its old tokens."""
    parameters = CURRENT | {"article_id": article_id}
    return await fetch_first(writer, "outdated_article", parameters) is not None


async def renew_early(writer: Transaction, article_id: int) -> None:
    """Make an article's tokens before its turn: it must not be found by its old ones as well."""
    await forget_outdated(writer, article_id)
    await renew_article(writer, article_id)


async def forget_outdated(writer: Transaction, article_id: int) -> None:
    """Delete an article's outdated postings, of all its versions."""
    rows = await writer.fetch("passages_of_article", (article_id,))
    await delete_outdated_postings(writer, {row["id"] for row in rows})
