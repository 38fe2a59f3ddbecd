"""How many articles a library takes, and what may still be stored in a full one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import LibraryFull
from tests.contract.samples import ALL, new_article
from tests.store.open_files import open_library


async def test_the_last_place_can_be_taken_and_a_full_library_still_renews(tmp_path: Path) -> None:
    async with open_library(tmp_path / "1.db") as (library, _):
        first = await library.articles.add(new_article("Mars is cold."), ALL, most=2)
        await library.articles.add(new_article("Venus is hot."), ALL, most=2)
        with pytest.raises(LibraryFull, match="2 articles"):
            await library.articles.add(new_article("Io is yellow."), ALL, most=2)
        again = await library.articles.add(new_article("Venus is hot."), ALL, most=2)
        assert again.status == "duplicate"
        newer = replace(new_article("Mars is very cold."), replaces=first.article.id)
        assert (await library.articles.add(newer, ALL, most=2)).status == "updated"
