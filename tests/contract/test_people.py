"""What is stored of a person is listed completely; their articles are erased wherever they are."""

from __future__ import annotations

from dataclasses import replace

from bot.store.ledger_protocol import Charge, DailyLimits
from bot.store.protocols import Library
from bot.store.settings_protocol import Changer
from bot.store.values import StoredAnswer
from tests.contract.samples import ALL, ids_with_term, new_article, trashed_ids

ADA = 7  # adds all of the samples


async def test_everything_about_a_person_and_nobody_else_is_listed(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    answer_id = await library.answers.save(StoredAnswer(asker_id=ADA, question="Why?"), [])
    await library.answers.save(StoredAnswer(asker_id=8, question="How?"), [])
    await library.answers.rate(answer_id, ADA, "helpful")
    await library.ledger.reserve(Charge("2026-11-30", user_id=ADA), DailyLimits())
    await library.settings.change("alerts", False, Changer(ADA, "Ada"))
    await library.question_counts.count(ADA, "2026-11-30", 5)
    data = await library.people.data_of(ADA)
    assert [answer.question for answer in data.answers] == ["Why?"]
    assert [(a["title"], a["added_by_you"]) for a in data.articles] == [("Mars", 1)]
    assert [each["kind"] for each in data.ratings] == ["helpful"]
    assert [(each["day"], each["times"]) for each in data.costs] == [("2026-11-30", 1)]
    assert [each["name"] for each in data.setting_changes] == ["alerts"]
    assert [each["questions"] for each in data.question_counts] == [1]
    await library.forget_person(ADA)
    empty = await library.people.data_of(ADA)
    assert not any([*empty.answers, *empty.articles, *empty.ratings, *empty.costs])
    assert not any([*empty.setting_changes, *empty.question_counts])


async def test_their_articles_are_erased_wherever_they_are(library: Library) -> None:
    for text in ("One is cold.", "Two is cold."):
        await library.articles.add(new_article(text), ALL)
    await library.articles.add(replace(new_article("Three."), awaits_approval=True), ALL)
    await library.articles.trash([2], ALL)
    ids = await library.people.articles_of(ADA)
    assert ids == [1, 2, 3]
    await library.people.erase_articles(ids)
    assert await library.people.articles_of(ADA) == []
    assert await ids_with_term(library, "cold") == []
    assert await trashed_ids(library) == []
    assert await library.approvals.waiting(ALL) == []
