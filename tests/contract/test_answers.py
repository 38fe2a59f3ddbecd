"""Citations can be opened as long as their articles exist."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.answer_records import Rating
from bot.errors import ArticleNotFound
from bot.records import Passage, Scope, Sentence
from bot.store.protocols import Library
from bot.store.values import Dependencies, NewArticle, PostedMessage, StoredAnswer
from tests.contract.conftest import OpenStore
from tests.contract.samples import ALL, MARS, SERVER, citation_of, new_article


async def test_a_footnote_opens_after_a_restart(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, store.library(SERVER) as library:
        await library.articles.add(new_article(channel=5), ALL)
        (passage,) = await library.articles.passages([2], ALL)
        cited = replace(citation_of(passage, sentence=1), submitter=passage.submitter)
        answer = await library.answers.save(StoredAnswer(asker_id=7, channel_id=5), [cited])
    async with open_store(tmp_path) as store, store.library(SERVER) as library:
        opened = await library.answers.cited_passage(answer, 1, ALL)
        assert opened.citation == cited
        assert (opened.text, opened.start, opened.footnote_count) == (
            passage.text,
            passage.start,
            1,
        )
        assert opened.citation.quote == MARS[cited.start : cited.end] == "It may fly in 2030."


async def test_quotes_beyond_the_basic_plane_are_exact(library: Library) -> None:
    await library.articles.add(new_article("🧑‍🚀🧑‍🚀 𝒜𝒷.\n𐍈𐍈 is Gothic. 🙂"), ALL)
    (passage,) = await library.articles.passages([1], ALL)
    answer = await library.answers.save(
        StoredAnswer(asker_id=None, channel_id=None), [citation_of(passage, sentence=1)]
    )
    assert (
        await library.answers.cited_passage(answer, 1, ALL)
    ).citation.quote == "𐍈𐍈 is Gothic. 🙂"


async def test_the_footnotes_of_a_removed_article_say_so_and_the_others_stay(
    library: Library,
) -> None:
    await library.articles.add(new_article(), ALL)
    await library.articles.add(new_article("Venus is hot."), ALL)
    mars, venus = await library.articles.passages([1, 3], ALL)
    both = await library.answers.save(
        StoredAnswer(asker_id=7, channel_id=None), [citation_of(mars, 1), citation_of(venus, 2)]
    )
    await library.articles.erase([1], ALL)
    assert (await library.answers.cited_passage(both, 2, ALL)).citation.quote == "Venus is hot."
    with pytest.raises(ArticleNotFound, match="no longer in the library"):
        await library.answers.cited_passage(both, 1, ALL)


@pytest.mark.parametrize("cited", [True, False])
async def test_an_answer_whose_article_is_erased_while_it_is_written_says_nothing(
    cited: bool, library: Library
) -> None:
    await library.articles.add(new_article(), ALL)
    await library.articles.add(new_article("Venus is hot."), ALL)
    mars, venus = await library.articles.passages([1, 3], ALL)
    await library.articles.erase([1], ALL)
    given = StoredAnswer(asker_id=7, channel_id=5, question="Cold?", body="Mars is.", event_id=3)
    citations = [citation_of(venus, 2), *([citation_of(mars, 1)] if cited else [])]
    answer = await library.answers.save(given, citations, Dependencies(frozenset({1})))
    assert await library.answers.answer(answer, ALL) is None
    assert await library.answers.last_answer_of(7, ALL) is None
    assert await library.answers.last_turns(5, ALL, limit=9) == []
    assert await library.answers.id_of_event(3) == answer
    for n in (1, 2):
        with pytest.raises(ArticleNotFound):
            await library.answers.cited_passage(answer, n, ALL)


def _paged() -> NewArticle:
    """One passage that runs over the end of page 3."""
    text = "Ends on three.\nBegins on four."
    sentences = (Sentence(0, 14, page=3), Sentence(15, 30, page=4))
    return replace(new_article(text), passages=(Passage(0, 30, sentences, tokens=8, page=3),))


@pytest.mark.parametrize(("sentence", "page"), [(0, 3), (1, 4)])
async def test_a_citation_names_the_page_of_its_sentence(
    sentence: int, page: int, library: Library
) -> None:
    await library.articles.add(_paged(), ALL)
    (passage,) = await library.articles.passages([1], ALL)
    cited = citation_of(passage, sentence=sentence)
    answer = await library.answers.save(StoredAnswer(asker_id=None, channel_id=None), [cited])
    opened = await library.answers.cited_passage(answer, 1, ALL)
    assert cited.page == opened.citation.page == page
    assert passage.page == 3


async def test_sentences_stored_without_a_page_have_their_passages(library: Library) -> None:
    without = Passage(0, 30, (Sentence(0, 14), Sentence(15, 30)), tokens=8, page=3)
    await library.articles.add(replace(_paged(), passages=(without,)), ALL)
    (passage,) = await library.articles.passages([1], ALL)
    answer = await library.answers.save(
        StoredAnswer(asker_id=1, channel_id=None), [citation_of(passage, sentence=1)]
    )
    assert (await library.answers.cited_passage(answer, 1, ALL)).citation.page == 3


async def test_an_answer_is_kept_for_its_asker(library: Library) -> None:
    given = StoredAnswer(
        asker_id=7, channel_id=5, question="Why?", standalone_question="Why cold?", body="{}"
    )
    kept = await library.answers.save(given, [])
    found = await library.answers.answer(kept, ALL)
    assert found is not None
    assert replace(found, id=0, answered_at="") == given
    assert await library.answers.last_answer_of(7, ALL) == found
    assert await library.answers.last_answer_of(8, ALL) is None


async def test_one_event_has_one_answer(library: Library) -> None:
    first = await library.answers.save(StoredAnswer(event_id=3, body="a"), [])
    again = await library.answers.save(StoredAnswer(event_id=3, body="b"), [])
    assert first == again == await library.answers.id_of_event(3)
    assert await library.answers.id_of_event(4) is None


async def test_a_threads_turns_come_oldest_first_without_private_ones(library: Library) -> None:
    for i in range(4):
        given = StoredAnswer(channel_id=5, question=f"q{i}", private=i == 2)
        await library.answers.save(given, [])
    turns = await library.answers.last_turns(5, ALL, limit=2)
    assert [turn.question for turn in turns] == ["q1", "q3"]


async def test_erasing_an_article_blanks_its_answers(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    await library.articles.add(new_article("Venus is hot."), ALL)
    mars, venus = await library.articles.passages([1, 3], ALL)
    given = StoredAnswer(
        asker_id=7, question="Cold?", standalone_question="Cold?", body="Mars is cold."
    )
    both = await library.answers.save(given, [citation_of(mars, 1), citation_of(venus, 2)])
    await library.articles.erase([1], ALL)
    left = await library.answers.answer(both, ALL)
    assert left is not None
    assert (left.question, left.standalone_question, left.body) == ("", "", "")
    assert (await library.answers.cited_passage(both, 2, ALL)).citation.n == 2


async def test_a_waiting_asker_is_notified_once(library: Library) -> None:
    kept = await library.answers.save(
        StoredAnswer(asker_id=7, question="Why?", awaits_answer=True), []
    )
    assert [given.id for given in await library.answers.unanswered(ALL, limit=9)] == [kept]
    assert [await library.answers.mark_notified(kept) for _ in range(2)] == [True, False]
    assert await library.answers.unanswered(ALL, limit=9) == []


async def test_a_readers_last_rating_counts(library: Library) -> None:
    kept = await library.answers.save(StoredAnswer(), [])
    said: list[tuple[int, Rating]] = [
        (1, "helpful"),
        (1, "unsupported"),
        (2, "helpful"),
        (3, "helpful"),
    ]
    for user, kind in said:
        await library.answers.rate(kept, user, kind)
    await library.answers.rate(99, 1, "helpful")
    assert await library.answers.ratings(ALL) == {"helpful": 2, "unsupported": 1}


async def test_answers_are_forgotten_by_age_and_by_thread(library: Library) -> None:
    old = await library.answers.save(StoredAnswer(channel_id=1, question="a", body="a"), [])
    await library.answers.forget_channel(2)
    assert (await library.answers.answer(old, ALL) or StoredAnswer()).body == "a"
    await library.answers.forget_channel(1)
    assert (await library.answers.answer(old, ALL) or StoredAnswer()).body == ""
    late = await library.answers.save(StoredAnswer(question="b", body="b"), [])
    await library.answers.forget("9999")
    assert (await library.answers.answer(late, ALL) or StoredAnswer()).question == ""


@pytest.mark.parametrize(
    ("private", "posted", "asker"),
    [(False, True, None), (True, False, None), (True, True, 7)],
    ids=["public", "seen once", "direct message"],
)
async def test_who_asked_is_forgotten_with_the_text(
    private: bool, posted: bool, asker: int | None, library: Library
) -> None:
    answer_id = await library.answers.save(
        StoredAnswer(7, 5, private, question="a", body="a", event_id=3), []
    )
    if posted:
        await library.cards.record_answer_messages(answer_id, [PostedMessage(5, 90)])
    for _ in range(2):
        await library.answers.forget("9999")
        forgotten = await library.answers.answer(answer_id, ALL)
        assert forgotten is not None
        assert (forgotten.asker_id, forgotten.event_id, forgotten.body) == (asker, None, "")


async def test_who_asked_is_forgotten_of_an_answer_that_was_blanked_before(
    library: Library,
) -> None:
    answer_id = await library.answers.save(StoredAnswer(7, 5, body="a", event_id=3), [])
    await library.answers.forget_channel(5)
    await library.answers.forget("9999")
    forgotten = await library.answers.answer(answer_id, ALL)
    assert forgotten is not None
    assert (forgotten.asker_id, forgotten.event_id) == (None, None)


async def test_an_article_is_uncited_until_an_answer_from_its_text_cites_it(
    library: Library,
) -> None:
    first = (await library.articles.add(new_article(), ALL)).article
    second = (
        await library.articles.add(new_article("Bread.", title="Bread", channel=5), ALL)
    ).article
    passage = (await library.articles.passages_of(first.id, ALL))[0]

    listed = StoredAnswer(question="List all", body='{"mode": "library"}')
    await library.answers.save(listed, [citation_of(passage)])
    before = await library.review.citation_counts(ALL)
    answered = StoredAnswer(question="Who?", body='{"mode": "quotes"}')
    await library.answers.save(answered, [citation_of(passage)])

    assert before == {first.id: 0, second.id: 0}
    assert await library.review.citation_counts(ALL) == {first.id: 1, second.id: 0}
    assert await library.review.citation_counts(Scope(SERVER, frozenset({99}))) == {first.id: 1}
