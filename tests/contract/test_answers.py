"""What an answer cites can be opened as long as its articles are there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import ArticleNotFound
from bot.records import Passage, Sentence
from bot.store.base import Draft, Library
from tests.contract.conftest import OpenStore
from tests.contract.samples import ALL, MARS, SERVER, cite, draft


async def test_a_footnote_opens_after_a_restart(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, store.library(SERVER) as library:
        await library.add(draft(channel=5), ALL)
        (passage,) = await library.passages([2], ALL)
        cited = replace(cite(passage, sentence=1), submitter=passage.submitter)
        answer = await library.keep_answer([cited], asker_id=7, channel_id=5)
    async with open_store(tmp_path) as store, store.library(SERVER) as library:
        opened = await library.cited_passage(answer, 1, ALL)
        assert opened.citation == cited
        assert (opened.text, opened.start, opened.of) == (passage.text, passage.start, 1)
        assert opened.citation.quote == MARS[cited.start : cited.end] == "It may fly in 2030."


async def test_a_quote_beyond_the_basic_plane_is_cut_where_it_stands(library: Library) -> None:
    await library.add(draft("🧑‍🚀🧑‍🚀 𝒜𝒷.\n𐍈𐍈 is Gothic. 🙂"), ALL)
    (passage,) = await library.passages([1], ALL)
    answer = await library.keep_answer([cite(passage, sentence=1)], asker_id=None, channel_id=None)
    assert (await library.cited_passage(answer, 1, ALL)).citation.quote == "𐍈𐍈 is Gothic. 🙂"


async def test_the_footnotes_of_a_removed_article_say_so_and_the_others_stay(
    library: Library,
) -> None:
    await library.add(draft(), ALL)
    await library.add(draft("Venus is hot."), ALL)
    mars, venus = await library.passages([1, 3], ALL)
    both = await library.keep_answer([cite(mars, 1), cite(venus, 2)], asker_id=7, channel_id=None)
    await library.remove([1], ALL)
    assert (await library.cited_passage(both, 2, ALL)).citation.quote == "Venus is hot."
    with pytest.raises(ArticleNotFound, match="no longer in the library"):
        await library.cited_passage(both, 1, ALL)


async def test_an_answer_whose_article_goes_while_it_is_written_is_still_kept(
    library: Library,
) -> None:
    await library.add(draft(), ALL)
    await library.add(draft("Venus is hot."), ALL)
    mars, venus = await library.passages([1, 3], ALL)
    await library.remove([1], ALL)
    answer = await library.keep_answer([cite(mars, 1), cite(venus, 2)], asker_id=7, channel_id=None)
    assert (await library.cited_passage(answer, 2, ALL)).citation.n == 2
    with pytest.raises(ArticleNotFound):
        await library.cited_passage(answer, 1, ALL)


def _paged() -> Draft:
    """One passage that runs over the end of page 3."""
    text = "Ends on three.\nBegins on four."
    sentences = (Sentence(0, 14, page=3), Sentence(15, 30, page=4))
    return replace(draft(text), passages=(Passage(0, 30, sentences, tokens=8, page=3),))


@pytest.mark.parametrize(("sentence", "page"), [(0, 3), (1, 4)])
async def test_a_citation_names_the_page_of_its_sentence(
    sentence: int, page: int, library: Library
) -> None:
    await library.add(_paged(), ALL)
    (passage,) = await library.passages([1], ALL)
    cited = cite(passage, sentence=sentence)
    answer = await library.keep_answer([cited], asker_id=None, channel_id=None)
    opened = await library.cited_passage(answer, 1, ALL)
    assert cited.page == opened.citation.page == page
    assert passage.page == 3


async def test_sentences_stored_without_a_page_have_their_passages(library: Library) -> None:
    without = Passage(0, 30, (Sentence(0, 14), Sentence(15, 30)), tokens=8, page=3)
    await library.add(replace(_paged(), passages=(without,)), ALL)
    (passage,) = await library.passages([1], ALL)
    answer = await library.keep_answer([cite(passage, sentence=1)], asker_id=1, channel_id=None)
    assert (await library.cited_passage(answer, 1, ALL)).citation.page == 3
