"""An address again, and a text that is almost another's: through the real reader, from a site."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from bot.embedding import Floats
from bot.errors import (
    AddressBlocked,
    ApprovalNeeded,
    ArticleNotFound,
    LibraryFull,
    ModelUnavailable,
    PageNotFound,
)
from bot.ingest import READER_VERSION, outdated, pipeline
from bot.ingest.pipeline import Ingest, Limits
from bot.ingest.submission import IngestResult, Submission
from bot.ingest.worker.pool import Reader
from bot.records import Filter, Scope, Submitter
from bot.search.memory_index import MemoryIndex
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from bot.store.values import StoredAnswer
from tests.contract.samples import ALL, SERVER, citation_of, ids_with_term, ids_with_vector
from tests.quick import DIMENSION, QuickEmbedder
from tests.web_server import Site, fetcher, leads_to, site

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one reader for all
NEWER_READER = READER_VERSION + 1
URL = "http://site.example/mars"
SENTENCES = [
    f"The {n} probe reached Mars in {1960 + i} and sent {i * 7 + 3} pictures of its plains home."
    for i, n in enumerate(("first", "second", "third", "fourth", "fifth", "sixth", "seventh"))
]
OLD = " ".join(SENTENCES)
NEW = OLD.replace("sent 3 pictures", "sent 22 pictures")


@dataclass
class Desk:
    """Where a test hands in."""

    ingest: Ingest
    library: Library
    site: Site

    async def add(self, source: str = URL, scope: Scope = ALL, **known: object) -> IngestResult:
        data = known.pop("data", None)
        submission = Submission(source, data, **known)  # type: ignore[arg-type]
        return await self.ingest.add(submission, self.library, scope)

    def shows(self, text: str, path: str = "/mars", etag: str = "") -> None:
        """From now on the site shows this page, and keeps to the rules of validators."""

        async def page(request: web.BaseRequest) -> web.StreamResponse:
            headers = {"ETag": f'"{etag}"'} if etag else {}
            if etag and request.headers.get("If-None-Match") == headers["ETag"]:
                return web.Response(status=304, headers=headers)
            body = f"<html><title>Probes</title><article><h1>Probes</h1><p>{text}</p></article>"
            return web.Response(text=body, content_type="text/html", headers=headers)

        self.site.pages[path] = page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader() -> AsyncIterator[Reader]:
    made = Reader()
    yield made
    await made.close()


@asynccontextmanager
async def _desk(
    folder: Path, reader: Reader, limits: Limits, embedder: QuickEmbedder | None = None
) -> AsyncIterator[Desk]:
    store = await SqliteStore.open(folder, MemoryIndex)
    try:
        async with (
            site({}) as served,
            fetcher(served.port) as web_,
            store.library(SERVER) as library,
        ):
            yield Desk(Ingest(embedder or QuickEmbedder(), reader, web_, limits), library, served)
    finally:
        await store.close()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path, reader: Reader) -> AsyncIterator[Desk]:
    async with _desk(tmp_path, reader, Limits(10, 100_000)) as made:
        yield made


async def test_a_page_that_the_site_says_is_unchanged_is_not_sent_again(desk: Desk) -> None:
    desk.shows(OLD, etag="v1")
    first = await desk.add()
    again = await desk.add()
    assert (first.status, again.status) == ("added", "unchanged")
    assert again.article == first.article
    assert desk.site.requests[-1].headers["If-None-Match"] == '"v1"'


async def test_a_page_that_is_sent_again_as_it_was_makes_no_version(desk: Desk) -> None:
    desk.shows(OLD)
    await desk.add()
    desk.shows(OLD, etag="v2")
    again = await desk.add()
    assert (again.status, again.article.version) == ("unchanged", 1)
    await desk.add()
    assert desk.site.requests[-1].headers["If-None-Match"] == '"v2"'


async def test_a_changed_page_is_a_new_version_and_citations_keep_theirs(desk: Desk) -> None:
    desk.shows(OLD)
    article = (await desk.add()).article
    (passage,) = await desk.library.articles.passages_of(article.id, ALL)
    cited = citation_of(passage)
    answer = await desk.library.answers.save(StoredAnswer(asker_id=7), [cited])
    desk.shows(NEW)

    updated = await desk.add()

    assert (updated.status, updated.article.id, updated.article.version) == ("updated", 1, 2)
    opened = await desk.library.answers.cited_passage(answer, 1, ALL)
    assert (opened.citation.version, opened.citation.quote) == (1, cited.quote)
    versions = await desk.library.articles.version(1, ALL)
    assert "22 pictures" in versions.text
    assert [stamp.version for stamp in versions.versions] == [1, 2]
    assert (await desk.library.articles.version(1, ALL, 1)).text.count("22 pictures") == 0


async def test_only_the_newest_version_is_found(desk: Desk) -> None:
    desk.shows(OLD)
    await desk.add()
    desk.shows(NEW)
    await desk.add()
    found = await ids_with_term(desk.library, "22", "mar")
    assert found == await ids_with_vector(desk.library, model="quick", dimension=DIMENSION)
    assert {p.version for p in await desk.library.articles.passages(found, ALL)} == {2}
    assert (await desk.library.articles.totals(ALL)).articles == 1


async def test_a_short_address_that_leads_to_a_known_page_is_known(desk: Desk) -> None:
    desk.shows(OLD)
    await desk.add()
    desk.site.pages["/s"] = leads_to("/mars")
    assert (await desk.add("http://site.example/s")).status == "unchanged"


async def test_who_cannot_see_the_article_gets_one_of_their_own(desk: Desk) -> None:
    desk.shows(OLD)
    await desk.add(submitter=Submitter(7, "Ada", 1))
    other = await desk.add(submitter=Submitter(8, "Bob", 2), scope=Scope(SERVER, frozenset({2})))
    assert (other.status, other.article.id) == ("added", 2)


async def test_another_site_that_claims_to_be_the_page_changes_nothing(desk: Desk) -> None:
    desk.shows(OLD)
    await desk.add()
    desk.shows(f"{NEW} Buy now.", "/copy")
    outcome = await desk.add("http://copy.example/copy", keep_similar=True)
    assert (outcome.status, outcome.article.id) == ("added", 2)
    assert (await desk.library.articles.get(1, ALL)).version == 1


async def test_one_article_can_be_refreshed_by_its_id(desk: Desk) -> None:
    desk.shows(OLD)
    await desk.add()
    desk.shows(NEW)
    page = await desk.library.articles.page_of(1, ALL)
    assert (await desk.add(page.address, article_id=1)).status == "updated"


async def test_what_was_not_fetched_cannot_be_refreshed(desk: Desk) -> None:
    await desk.add("mars.txt", data=OLD)
    with pytest.raises(ArticleNotFound, match="not added from a link"):
        await desk.add("mars.txt", article_id=1)


async def test_a_page_that_is_gone_leaves_its_article(desk: Desk) -> None:
    desk.shows(OLD)
    await desk.add()
    del desk.site.pages["/mars"]
    with pytest.raises(PageNotFound):
        await desk.add()
    assert (await desk.library.articles.get(1, ALL)).version == 1


async def test_a_title_that_somebody_gave_outlives_new_versions(desk: Desk) -> None:
    desk.shows(OLD)
    await desk.add()
    await desk.library.articles.rename(1, "All probes", ALL)
    desk.shows(NEW)
    assert (await desk.add()).article.title == "All probes"
    desk.shows(OLD)
    assert (await desk.add(title="Probes again")).article.title == "Probes again"


async def test_almost_the_same_text_is_told_and_not_stored(desk: Desk) -> None:
    await desk.add("a.txt", data=OLD, submitter=Submitter(7, "Ada"))
    told = await desk.add("b.txt", data=NEW)
    assert (told.status, told.article.id) == ("similar", 1)
    assert told.similarity is not None
    assert 0.6 < told.similarity < 1
    assert (await desk.library.articles.totals(ALL)).articles == 1


async def test_almost_the_same_text_is_stored_on_demand(desk: Desk) -> None:
    await desk.add("a.txt", data=OLD)
    kept = await desk.add("b.txt", data=NEW, keep_similar=True)
    assert (kept.status, kept.article.id) == ("added", 2)


async def test_nothing_is_said_of_similar_articles_that_one_cannot_see(desk: Desk) -> None:
    await desk.add("a.txt", data=OLD, submitter=Submitter(7, "Ada", 1))
    told = await desk.add("b.txt", data=NEW, scope=Scope(SERVER, frozenset({2})))
    assert (told.status, told.article.id) == ("added", 2)


async def test_a_full_library_says_so_and_still_takes_new_versions(
    tmp_path: Path, reader: Reader
) -> None:
    async with _desk(tmp_path, reader, Limits(10, 100_000, articles=1)) as desk:
        desk.shows(OLD)
        await desk.add()
        with pytest.raises(LibraryFull, match="holds 1 articles"):
            await desk.add("bread.txt", data="Bread is baked at four.")
        desk.shows(NEW)
        assert (await desk.add()).status == "updated"


class Away(QuickEmbedder):
    """Its server does not answer."""

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        raise ModelUnavailable("The embeddings' server is away.")


async def test_an_article_is_kept_when_the_embeddings_server_is_away(
    tmp_path: Path, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    async with _desk(tmp_path, reader, Limits(10, 100_000), Away()) as desk:
        kept = await desk.add("a.txt", data=OLD)
        assert kept.status == "added"
        assert await ids_with_term(desk.library, "prob")
        assert await ids_with_vector(desk.library, model="quick", dimension=DIMENSION) == []
    assert "stored without vectors for now: The embeddings' server is away." in caplog.messages


# --- what an older reader read -------------------------------------------------------------------


@pytest.fixture
def newer_reader(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, Footnote's reader is newer."""

    def update() -> None:
        for module in (outdated, pipeline):
            monkeypatch.setattr(module, "READER_VERSION", NEWER_READER)

    return update


async def _outdated(library: Library) -> list[int]:
    return await library.articles.ids_matching(Filter(read_before=NEWER_READER), ALL)


async def test_an_outdated_page_is_read_again_though_it_has_not_changed(
    desk: Desk, newer_reader: Callable[[], None]
) -> None:
    desk.shows(OLD, etag="v1")
    first = await desk.add()
    (cited,) = await desk.library.articles.passages_of(1, ALL)
    answer = await desk.library.answers.save(StoredAnswer(), [citation_of(cited)])
    newer_reader()
    assert await _outdated(desk.library) == [1]
    again = await desk.add(article_id=first.article.id)
    assert "If-None-Match" not in desk.site.requests[-1].headers
    assert (again.status, again.article.version) == ("unchanged", 1)
    assert again.article.reader == NEWER_READER
    assert await _outdated(desk.library) == []
    found = await ids_with_term(desk.library, "pictur")
    assert found == await ids_with_vector(desk.library, model="quick", dimension=DIMENSION)
    assert found != [cited.id]
    opened = await desk.library.answers.cited_passage(answer, 1, ALL)
    assert opened.citation.quote == cited.quote(cited.sentences[0])
    await desk.add()
    assert desk.site.requests[-1].headers["If-None-Match"] == '"v1"'


async def test_an_outdated_page_that_has_changed_makes_a_version(
    desk: Desk, newer_reader: Callable[[], None]
) -> None:
    desk.shows(OLD)
    await desk.add()
    newer_reader()
    desk.shows(NEW)
    again = await desk.add()
    assert (again.status, again.article.version) == ("updated", 2)
    assert await _outdated(desk.library) == []


@pytest.mark.parametrize("data", [OLD, OLD.encode()], ids=["text", "file"])
async def test_the_same_file_or_text_again_updates_what_an_older_reader_made_of_it(
    data: str | bytes, desk: Desk, newer_reader: Callable[[], None]
) -> None:
    await desk.add("mars.txt", data=data)
    newer_reader()
    again = await desk.add("renamed.txt", data=data)
    assert (again.status, again.article.id) == ("unchanged", 1)
    assert await _outdated(desk.library) == []
    third = await desk.add("mars.txt", data=data)
    assert third.status == "duplicate"


async def test_what_an_older_reader_made_elsewhere_is_not_touched(
    desk: Desk, newer_reader: Callable[[], None]
) -> None:
    await desk.add("mars.txt", data=OLD, submitter=Submitter(7, "Ada", 5))
    newer_reader()
    there = Scope(SERVER, frozenset({6}))
    again = await desk.add("mars.txt", there, data=OLD, submitter=Submitter(8, "Ben", 6))
    assert (again.status, again.article.id) == ("added", 2)
    assert await _outdated(desk.library) == [1]


async def test_a_changed_page_is_no_new_version_without_approval(desk: Desk) -> None:
    desk.shows(OLD)
    first = await desk.add()
    assert (await desk.add(needs_approval=True)).status == "unchanged"
    desk.shows(NEW)
    with pytest.raises(ApprovalNeeded):
        await desk.add(needs_approval=True)
    version = await desk.library.articles.version(first.article.id, ALL)
    assert (version.version, "sent 3 pictures" in version.text) == (1, True)


async def test_the_same_file_again_needs_no_approval_to_be_a_duplicate(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.add("probes.txt", data=OLD.encode())
    for module in (pipeline, outdated):
        monkeypatch.setattr(module, "READER_VERSION", NEWER_READER)
    assert (await desk.add("p.txt", data=OLD.encode(), needs_approval=True)).status == "duplicate"


async def test_a_blocked_address_is_not_fetched_also_behind_a_redirect(desk: Desk) -> None:
    desk.shows(OLD)
    desk.site.pages["/moved"] = leads_to(URL)
    await desk.library.approvals.block("site.example/mars")
    for source in (URL, f"{URL}/deeper?x=1", "http://site.example/moved"):
        with pytest.raises(AddressBlocked):
            await desk.add(source)
    assert await desk.library.articles.select(ALL) == []
