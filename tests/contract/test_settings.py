"""A server's settings are the last change of each, and every change is in the history."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.protocols import Library
from bot.store.settings_protocol import (
    CHOICES,
    NAMES,
    Changer,
    ServerSettings,
    SettingValue,
    from_json,
    to_json,
)
from tests.contract.samples import ALL, ids_with_term, new_article, trashed_ids

GRACE, ADA = Changer(3, "grace"), Changer(1, "ada")
IDS = st.integers(0, 2**63 - 1)
VALUES: dict[str, st.SearchStrategy[SettingValue]] = {
    **{name: st.sampled_from(choices) for name, choices in CHOICES.items()},
    **dict.fromkeys(
        ("add_roles", "add_channels", "ask_roles", "library_channels"), st.frozensets(IDS)
    ),
    **dict.fromkeys(
        ("approval_channel", "announcements", "questions_per_day", "kept_days"), st.none() | IDS
    ),
    "role_questions": st.dictionaries(IDS, st.integers(0, 1000)),
    "language": st.sampled_from(["", "de", "pt"]),
    "alerts": st.booleans(),
}


async def test_nothing_set_is_the_defaults(library: Library) -> None:
    assert await library.settings.current() == ServerSettings()
    assert await library.settings.history(limit=5) == []


async def test_the_last_change_counts_and_all_are_in_the_history(library: Library) -> None:
    assert await library.settings.change("add_roles", frozenset({5, 4}), GRACE)
    assert await library.settings.change("visibility", "private", ADA)
    assert await library.settings.change("add_roles", frozenset({5}), ADA)
    expected = ServerSettings(add_roles=frozenset({5}), visibility="private")
    assert await library.settings.current() == expected
    history = await library.settings.history(limit=9)
    assert [(c.name, c.value, c.by) for c in history] == [
        ("add_roles", frozenset({5}), "ada"),
        ("visibility", "private", "ada"),
        ("add_roles", frozenset({4, 5}), "grace"),
    ]
    assert len(await library.settings.history(limit=1)) == 1


async def test_what_does_not_change_anything_is_not_logged(library: Library) -> None:
    assert not await library.settings.change("alerts", True, GRACE)
    assert await library.settings.change("alerts", False, GRACE)
    assert not await library.settings.change("alerts", False, ADA)
    assert len(await library.settings.history(limit=9)) == 1


async def test_an_erased_person_s_name_leaves_the_history(library: Library) -> None:
    await library.settings.change("alerts", False, GRACE)
    await library.forget_person(GRACE.user_id)
    (change,) = await library.settings.history(limit=9)
    assert (change.by, await library.settings.current()) == ("", ServerSettings(alerts=False))


async def test_questions_are_counted_to_the_limit_even_all_at_once(library: Library) -> None:
    counts = library.question_counts
    allowed = await asyncio.gather(*(counts.count(1, "2026-11-30", 3) for _ in range(8)))
    assert sum(allowed) == 3
    assert await counts.count(2, "2026-11-30", 3)
    assert await counts.count(1, "2026-12-01", 3)
    assert not await counts.count(5, "2026-12-01", 0)


@pytest.mark.parametrize("name", sorted(NAMES))
@given(data=st.data())
def test_every_setting_is_read_as_it_was_written(name: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[name])
    settings = from_json({name: to_json(value)})
    assert getattr(settings, name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("removal", '"anybody"'),
        ("alerts", "1"),
        ("kept_days", "true"),
        ("kept_days", '"x"'),
        ("add_roles", "5"),
        ("role_questions", "[]"),
        ("language", "3"),
        ("of_a_newer_footnote", "3"),
    ],
)
def test_what_is_no_value_leaves_the_default(name: str, text: str) -> None:
    assert from_json({name: text}) == ServerSettings()


async def test_articles_outside_of_the_library_s_channels_are_set_aside(library: Library) -> None:
    for i, channel in enumerate((5, 6, None)):
        await library.articles.add(new_article(f"Venus {i} is hot.", channel=channel), ALL)
    await library.settings.change("library_channels", frozenset({5}), GRACE)
    assert sorted(a.id for a in await library.articles.select(ALL)) == [1, 3]
    assert await ids_with_term(library, "hot") == [1, 3]
    assert await trashed_ids(library) == []
    assert await library.articles.purge(time.time() + 10**9, ALL) == 0
    added = await library.articles.add(new_article("Late, and hot.", channel=6), ALL)
    assert added.status == "added"  # it was queued before
    await library.articles.trash([1], ALL)
    await library.articles.restore([1], ALL)
    assert await ids_with_term(library, "hot") == [1, 3]
    await library.settings.change("library_channels", frozenset(), GRACE)
    assert sorted(a.id for a in await library.articles.select(ALL)) == [1, 2, 3, 4]
    assert await ids_with_term(library, "hot") == [1, 2, 3, 4]


async def test_what_is_restored_outside_of_the_library_s_channels_stays_aside(
    library: Library,
) -> None:
    await library.articles.add(new_article(channel=6), ALL)
    await library.articles.trash([1], ALL)
    await library.settings.change("library_channels", frozenset({5}), GRACE)
    await library.articles.restore([1], ALL)
    assert await library.articles.select(ALL) == []
    await library.settings.change("library_channels", frozenset({6}), GRACE)
    assert [a.id for a in await library.articles.select(ALL)] == [1]
