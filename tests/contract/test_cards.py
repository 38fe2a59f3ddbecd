"""Which messages show an answer or name an article, and which articles behind them are hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.records import Scope
from bot.store.protocols import Library
from bot.store.values import ArticleCard, Dependencies, PostedMessage, StoredAnswer
from tests.contract.samples import ALL, SERVER, citation_of, new_article

CARD, MORE = PostedMessage(5, 100), PostedMessage(5, 101)
GIVEN = StoredAnswer(asker_id=7, channel_id=5, question="Cold?", body="{}")


@pytest.fixture
async def shown(library: Library) -> Library:
    """Answer 1 cites article 1, depends on 2 and names 3. It is shown in two messages."""
    for i, text in enumerate(("Mars is cold.", "Venus is hot.", "The Moon is near.")):
        await library.articles.add(new_article(text, channel=5 + i), ALL)
    (mars,) = await library.articles.passages([1], ALL)
    await library.answers.save(GIVEN, [citation_of(mars)], Dependencies(frozenset({2})))
    await library.cards.record_answer_messages(1, [CARD, MORE], [3])
    return library


@pytest.mark.parametrize("article", [1, 2, 3])
async def test_an_answer_is_found_by_each_article_it_depends_on(
    article: int, shown: Library
) -> None:
    assert await shown.cards.answers_showing([article]) == [1]
    await shown.articles.trash([article], ALL)
    answer = await shown.cards.answer(1, ALL)
    assert answer is not None
    assert (answer.messages, answer.hidden_ids) == ((CARD, MORE), frozenset({article}))
    assert (answer.cited_ids, answer.nearest_ids, answer.withheld_ids) == (
        frozenset({1}),
        frozenset({3}),
        frozenset(),
    )
    assert answer.answer.body == "{}"


async def test_articles_outside_the_scope_are_hidden(shown: Library) -> None:
    answer = await shown.cards.answer(1, Scope(SERVER, frozenset({5})))
    assert answer is not None
    assert answer.hidden_ids == {2, 3}


async def test_messages_are_stale_until_marked_up_to_date(shown: Library) -> None:
    assert await shown.cards.stale_answers() == []
    await shown.articles.trash([3], ALL)
    assert await shown.cards.stale_answers() == [1]
    await shown.cards.mark_up_to_date(1, [3])
    assert await shown.cards.stale_answers() == []
    answer = await shown.cards.answer(1, ALL)
    assert answer is not None
    assert answer.withheld_ids == {3}
    await shown.articles.restore([3], ALL)
    assert await shown.cards.stale_answers() == [1]
    await shown.cards.mark_up_to_date(1, [])
    assert await shown.cards.stale_answers() == []


@pytest.mark.parametrize("meanwhile", ["removed", "restored"])
async def test_what_changes_while_messages_are_edited_leaves_them_stale(
    meanwhile: str, shown: Library
) -> None:
    await shown.articles.trash([1], ALL)
    drawn = await shown.cards.answer(1, ALL)
    assert drawn is not None
    if meanwhile == "removed":
        await shown.articles.trash([3], ALL)
    else:
        await shown.articles.restore([1], ALL)
    await shown.cards.mark_up_to_date(1, drawn.removed_ids)
    assert await shown.cards.stale_answers() == [1]


async def test_an_article_that_is_only_hidden_from_a_channel_is_not_removed(
    shown: Library,
) -> None:
    await shown.articles.trash([2], ALL)
    answer = await shown.cards.answer(1, Scope(SERVER, frozenset({5})))
    assert answer is not None
    assert (answer.hidden_ids, answer.removed_ids) == (frozenset({2, 3}), frozenset({2}))


async def test_an_erased_article_leaves_no_answer_stale(shown: Library) -> None:
    await shown.articles.erase([3], ALL)
    await shown.cards.mark_up_to_date(1, [3])
    assert await shown.cards.stale_answers() == []


async def test_an_answer_without_messages_is_not_looked_for(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    (mars,) = await library.articles.passages([1], ALL)
    await library.answers.save(GIVEN, [citation_of(mars)])
    assert await library.cards.answers_showing([1]) == []
    await library.articles.trash([1], ALL)
    assert await library.cards.stale_answers() == []


async def test_erasing_an_article_erases_its_message_records(shown: Library) -> None:
    await shown.cards.record_article_message(1, PostedMessage(5, 90))
    await shown.articles.erase([1, 3], ALL)
    assert await shown.cards.messages_naming([1]) == []
    assert await shown.cards.answers_showing([1, 3]) == []


async def test_a_message_knows_which_of_its_articles_exist(
    shown: Library,
) -> None:
    for article in (1, 2):
        await shown.cards.record_article_message(article, PostedMessage(5, 90))
    await shown.cards.record_article_message(1, PostedMessage(5, 91))
    await shown.articles.trash([1], ALL)
    assert await shown.cards.messages_naming([1]) == [
        ArticleCard(PostedMessage(5, 90), (2,), 1),
        ArticleCard(PostedMessage(5, 91), (), 1),
    ]


async def test_messages_are_due_until_they_are_edited(shown: Library) -> None:
    await shown.cards.record_article_message(1, PostedMessage(5, 90))
    assert await shown.cards.due_edits() == []
    await shown.articles.trash([1], ALL)
    name = PostedMessage(5, 90)
    assert await shown.cards.due_edits() == [(name, ArticleCard(name, (), 1))]
    await shown.cards.mark_edited([90])
    await shown.articles.restore([1], ALL)
    assert await shown.cards.due_edits() == [(name, ArticleCard(name, (1,), 0))]


@pytest.mark.parametrize(("article", "due"), [(1, True), (2, False), (3, True)])
async def test_erasing_makes_the_messages_due_that_were_not_edited_before(
    article: int, due: bool, shown: Library
) -> None:
    """Article 2 is neither cited nor named; a note would tell of it."""
    await shown.articles.erase([article], ALL)
    assert [posted for posted, _ in await shown.cards.due_edits()] == [CARD, MORE] * due


async def test_a_note_may_mention_an_uncited_article(shown: Library) -> None:
    noted = StoredAnswer(asker_id=7, channel_id=5, body='{"note": "Venus says otherwise."}')
    answer = await shown.answers.save(noted, [], Dependencies(frozenset({2})))
    await shown.cards.record_answer_messages(answer, [PostedMessage(5, 200)])
    await shown.articles.erase([2], ALL)
    assert (PostedMessage(5, 200), None) in await shown.cards.due_edits()


async def test_what_was_edited_at_the_removal_is_not_due_when_it_is_erased(
    shown: Library,
) -> None:
    await shown.articles.trash([1], ALL)
    await shown.cards.mark_up_to_date(1, [1])
    await shown.articles.erase([1], ALL)
    assert await shown.cards.due_edits() == []


async def test_a_new_version_of_a_cited_article_is_to_be_shown_until_it_is(
    shown: Library,
) -> None:
    for replaced in (2, 1):  # only the first is cited
        draft = replace(new_article(f"New text {replaced}."), replaces=replaced)
        await shown.articles.add(draft, ALL)
        expected = [1] if replaced == 1 else []
        assert await shown.cards.changed_answers() == expected
    await shown.cards.mark_change_shown(1)
    assert await shown.cards.changed_answers() == []
