"""What the tests of fetching share: an address, a fetch of it, and a refusal looked at closely."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.errors import ArticleRefused, PageUnavailable
from bot.ingest.fetch.fetch import Fetched
from tests.web_server import fetcher, site

SITE = "http://site.example"
PAGE = f"{SITE}/page"
TELLTALE = re.compile(r"\d+\.\d+\.\d+|::|:\d|second|closed|timed", re.IGNORECASE)
INSTEAD = re.compile("upload (the|it|the file)|paste the", re.IGNORECASE)
SENT = {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


@contextmanager
def refused(cause: type[ArticleRefused]) -> Iterator[None]:
    """The refusal is of this very cause, says what to do, and its words give nothing away."""
    with pytest.raises(ArticleRefused) as refusal:
        yield
    assert type(refusal.value) is cause
    assert not TELLTALE.search(refusal.value.message)
    assert INSTEAD.search(refusal.value.message)
    assert refusal.value.is_transient is (cause is PageUnavailable)


async def fetched(pages: dict[str, Any], url: str = PAGE, **options: Any) -> Fetched:
    async with site(pages) as served, fetcher(served.port) as web_:
        result = await web_.fetch(url, **options)
    assert isinstance(result, Fetched)
    return result
