"""Adding one source after another, and what is in a text to add, without a front end."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.errors import ArticleNotFound, ArticleRefused, ArticleTooLarge
from bot.ingest.pipeline import MIB
from bot.ingest.progress import Progress
from bot.ingest.submission import Submission
from bot.service.add import SourceToAdd, add_each, check_size, pages_to_refresh
from bot.store.protocols import Library
from tests.service.conftest import EVERYTHING, MARS, add


async def unreadable() -> Submission:
    raise ArticleRefused("The file can't be read.")


async def test_a_source_that_is_refused_does_not_stop_the_others(
    app: App, library: Library
) -> None:
    async def load() -> Submission:
        return Submission("a.txt", MARS)

    sources = [
        SourceToAdd("no.txt", unreadable),
        SourceToAdd("a.txt", load),
        SourceToAdd("b.txt", load),
    ]
    seen: list[int] = []

    def on_progress(number: int, _progress: Progress) -> None:
        seen.append(number)

    outcomes = [o async for o in add_each(app.ingest, library, EVERYTHING, sources, on_progress)]

    assert [o.source for o in outcomes] == ["no.txt", "a.txt", "b.txt"]
    assert [o.result.status if o.result else o.refusal for o in outcomes][1:] == [
        "added",
        "duplicate",
    ]
    assert outcomes[0].result is None
    assert str(outcomes[0].refusal) == "The file can't be read."
    assert sorted(set(seen)) == [1, 2]


async def test_what_has_no_page_can_t_be_refreshed(app: App, library: Library) -> None:
    await add(app, library)
    assert await pages_to_refresh(library, [], EVERYTHING) == []
    with pytest.raises(ArticleNotFound):
        await pages_to_refresh(library, [1], EVERYTHING)


def test_a_file_may_be_as_large_as_the_limit_and_no_larger() -> None:
    check_size("a.pdf", 2 * MIB, 2)
    with pytest.raises(ArticleTooLarge, match=r"a\.pdf is larger than the limit of 2 MB"):
        check_size("a.pdf", 2 * MIB + 1, 2)
