"""A whole question is not pulled to the articles of the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import cast

import pytest

from bot.answer.context import AskContext
from bot.answer.strategies.following import Following, search_following
from bot.records import SearchResult
from tests.answer.library import hits, judge, passage

QUESTION = "when did the ferry run"


@dataclass
class OneArticle:
    """Finds the same passage, in another language than the question, whatever is asked."""

    found: SearchResult

    async def search(
        self,
        question: str,
        *,
        within: Collection[int] | None,
        limit: int,
        in_context: Sequence[str] = (),
    ) -> SearchResult:
        return self.found


@pytest.mark.parametrize("is_whole", [True, False])
def test_only_a_line_that_depends_on_others_takes_their_language(*, is_whole: bool) -> None:
    found = hits(passage(1, ["The ferry ran in May 1902."]))
    candidates = tuple(
        replace(c, is_foreign=True, signals={**c.signals, "alike": 1.0})
        for c in judge(QUESTION, found)
    )
    context = cast(AskContext, OneArticle(SearchResult(found, 0.5, 1, candidates)))
    after = Following(QUESTION, (1,), is_whole=is_whole)
    result = asyncio.run(search_following(QUESTION, context, after, within=None, limit=5))
    assert [c.is_foreign for c in result.candidates] == [is_whole]
