"""Costs are charged before they are spent, so no limit is ever exceeded."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answer_records import Outcome, Usage
from bot.errors import AlreadyCharged, BudgetSpent
from bot.store.ledger_protocol import Charge, DailyLimits, Ledger, Outcomes, Spent
from bot.store.parts.ledger import KEPT_DAYS
from bot.store.protocols import Library
from tests.contract.conftest import OpenStore
from tests.contract.samples import SERVER

DAY = "2026-03-01"
NEXT_DAY = "2026-03-02"
ALL_TIME = "0000"
UNLIMITED = DailyLimits()


def charge(tokens: int, *, user: int | None = 7, event: int | None = None) -> Charge:
    """A tenth of a cent, in a currency's millionths, for each token: the last one is written."""
    return Charge(DAY, Usage(tokens - 1, 1), 1_000 * tokens, user, event)


async def total(ledger: Ledger, day: str = DAY) -> int:
    spent = (await ledger.spent_by_day(ALL_TIME)).get(day)
    return spent.usage.prompt_tokens + spent.usage.completion_tokens if spent else 0


async def test_what_a_question_did_cost_takes_the_place_of_the_most_it_could(
    library: Library,
) -> None:
    number = await library.ledger.reserve(charge(100), UNLIMITED)
    assert await library.ledger.spent_by_day(DAY) == {DAY: Spent(1, Usage(99, 1), 100_000)}
    await library.ledger.settle(number, Usage(20, 5), 25_000)
    assert await library.ledger.spent_by_day(DAY) == {DAY: Spent(1, Usage(20, 5), 25_000)}


ENDED: list[tuple[Outcome, float]] = [
    ("written", 4.0),
    ("written", 100.0),
    ("fell back", 2.0),
    ("refused", 1.0),
    ("stopped", 3.0),
    ("quoted", 0.5),
    ("asked back", 0.1),
]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, Outcomes(1, 0, 0, 4.0)),
        (2, Outcomes(2, 0, 0, 52.0)),
        (3, Outcomes(2, 1, 0, 4.0)),
        (7, Outcomes(2, 1, 1, 2.0)),
    ],
)
async def test_a_day_has_outcomes_and_a_median_time(
    library: Library, count: int, expected: Outcomes
) -> None:
    await library.ledger.reserve(charge(5), UNLIMITED)  # killed before its end
    await library.ledger.reserve(replace(charge(5), day=NEXT_DAY), UNLIMITED)
    for outcome, seconds in ENDED[:count]:
        number = await library.ledger.reserve(charge(5), UNLIMITED)
        await library.ledger.record_outcome(number, outcome, seconds)
    assert await library.ledger.outcomes_by_day(ALL_TIME) == {DAY: expected, NEXT_DAY: Outcomes()}
    assert await library.ledger.outcomes_by_day(NEXT_DAY) == {NEXT_DAY: Outcomes()}


@pytest.mark.parametrize(
    "limits",
    [
        DailyLimits(server_tokens=250),
        DailyLimits(server_cost=250_000),
        DailyLimits(user_tokens=250),
    ],
)
async def test_a_limit_is_reached_and_not_passed(library: Library, limits: DailyLimits) -> None:
    await library.ledger.reserve(charge(150), limits)
    await library.ledger.reserve(charge(100), limits)
    with pytest.raises(BudgetSpent, match="until 00:00 UTC"):
        await library.ledger.reserve(charge(1), limits)
    assert await total(library.ledger) == 250
    await library.ledger.reserve(replace(charge(250), day=NEXT_DAY), limits)


async def test_a_person_has_a_limit_of_their_own_and_the_operator_none(library: Library) -> None:
    limits = DailyLimits(server_tokens=1_000, user_tokens=100)
    for user in (7, 8, None, None):
        await library.ledger.reserve(charge(100, user=user), limits)
    with pytest.raises(BudgetSpent, match="Your budget"):
        await library.ledger.reserve(charge(1, user=7), limits)
    with pytest.raises(BudgetSpent, match="Today's budget"):
        await library.ledger.reserve(charge(601, user=None), limits)


async def test_what_a_question_saved_can_be_spent(library: Library) -> None:
    limits = DailyLimits(server_tokens=100)
    number = await library.ledger.reserve(charge(100), limits)
    await library.ledger.settle(number, Usage(30, 10), 40_000)
    await library.ledger.reserve(charge(60), limits)
    with pytest.raises(BudgetSpent):
        await library.ledger.reserve(charge(1), limits)


async def test_a_second_call_of_a_question_is_added_to_its_charge(library: Library) -> None:
    limits = DailyLimits(server_tokens=150)
    number = await library.ledger.reserve(charge(100), limits)
    await library.ledger.reserve_more(number, charge(50), limits)
    with pytest.raises(BudgetSpent):
        await library.ledger.reserve_more(number, charge(1), limits)
    assert await library.ledger.spent_by_day(DAY) == {DAY: Spent(1, Usage(148, 2), 150_000)}


async def test_a_free_question_is_always_allowed(library: Library) -> None:
    await library.ledger.reserve(Charge(DAY), DailyLimits(server_tokens=0, user_tokens=0))
    assert await library.ledger.spent_by_day(DAY) == {DAY: Spent(1, Usage(), 0)}


async def test_an_event_is_charged_once(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, store.library(SERVER) as library:
        await library.ledger.reserve(charge(100, event=5), UNLIMITED)
        with pytest.raises(AlreadyCharged):
            await library.ledger.reserve(charge(100, event=5), UNLIMITED)
    async with open_store(tmp_path) as store, store.library(SERVER) as library:
        with pytest.raises(AlreadyCharged):
            await library.ledger.reserve(Charge(DAY, event_id=5), UNLIMITED)
        assert await total(library.ledger) == 100


async def test_unsettled_charges_count_in_full_after_a_restart(
    open_store: OpenStore, tmp_path: Path
) -> None:
    limits = DailyLimits(server_tokens=150)
    async with open_store(tmp_path) as store, store.library(SERVER) as library:
        await library.ledger.reserve(charge(100), limits)
    async with open_store(tmp_path) as store, store.library(SERVER) as library:
        with pytest.raises(BudgetSpent):
            await library.ledger.reserve(charge(51), limits)
        await library.ledger.reserve(charge(50), limits)


async def test_days_and_people_are_listed_with_what_they_spent(library: Library) -> None:
    for user, day in ((7, DAY), (7, NEXT_DAY), (8, NEXT_DAY), (None, NEXT_DAY)):
        tokens = 300 if user == 8 else 100
        await library.ledger.reserve(replace(charge(tokens, user=user), day=day), UNLIMITED)
    days = await library.ledger.spent_by_day(DAY)
    assert [(day, spent.questions) for day, spent in days.items()] == [(NEXT_DAY, 3), (DAY, 1)]
    users = await library.ledger.spent_by_user(DAY)
    assert [(user, spent.questions) for user, spent in users.items()] == [
        (8, 1),
        (7, 2),
        (None, 1),
    ]
    assert list(await library.ledger.spent_by_day(NEXT_DAY)) == [NEXT_DAY]


async def test_the_cost_of_a_day_is_known_when_that_of_all_its_questions_is(
    library: Library,
) -> None:
    await library.ledger.reserve(charge(100), UNLIMITED)
    number = await library.ledger.reserve(replace(charge(100), cost=None), UNLIMITED)
    assert (await library.ledger.spent_by_day(DAY))[DAY].cost is None
    await library.ledger.settle(number, Usage(1, 1), 2_000)
    assert (await library.ledger.spent_by_day(DAY))[DAY].cost == 102_000


async def test_other_charges_cost_but_are_not_questions(library: Library) -> None:
    limits = DailyLimits(server_tokens=250)
    await library.ledger.reserve(charge(100), limits)
    await library.ledger.reserve(replace(charge(100, user=None), kind="embedding"), limits)
    with pytest.raises(BudgetSpent):
        await library.ledger.reserve(replace(charge(100, user=None), kind="exam"), limits)
    assert await library.ledger.spent_by_day(DAY) == {DAY: Spent(1, Usage(198, 2), 200_000)}
    users = await library.ledger.spent_by_user(DAY)
    assert [(user, spent.questions) for user, spent in users.items()] == [(7, 1), (None, 0)]


async def test_what_is_more_than_a_year_old_is_forgotten(library: Library) -> None:
    old = (date.fromisoformat(DAY) - timedelta(days=KEPT_DAYS)).isoformat()
    await library.ledger.reserve(replace(charge(100), day=old), UNLIMITED)
    await library.ledger.reserve(charge(100), UNLIMITED)
    assert list(await library.ledger.spent_by_day(ALL_TIME)) == [DAY, old]
    await library.ledger.reserve(replace(charge(100), day=NEXT_DAY), UNLIMITED)
    assert list(await library.ledger.spent_by_day(ALL_TIME)) == [NEXT_DAY, DAY]


async def test_a_person_is_erased_and_what_was_spent_stays(library: Library) -> None:
    await library.ledger.reserve(charge(100, user=7, event=5), UNLIMITED)
    assert (await library.forget_person(7)).charges == 1
    assert list(await library.ledger.spent_by_user(DAY)) == [None]
    assert await total(library.ledger) == 100


async def test_fifty_questions_at_once_at_the_edge_overspend_nothing(library: Library) -> None:
    limits = DailyLimits(server_tokens=1_000, server_cost=999_999)
    most = [charge(90, user=user % 5) for user in range(50)]
    reservations = (library.ledger.reserve(one_charge, limits) for one_charge in most)
    outcomes = await asyncio.gather(*reservations, return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, BudgetSpent)]
    assert len(refused) == 50 - 11  # 11 · 90 = 990
    assert await total(library.ledger) == 990


@dataclass(frozen=True)
class Question:
    """``took``: tenths of its ``most`` tokens; None if the process died during the call."""

    most: int
    took: int | None
    user: int
    again: bool  # the same event once more


question = st.builds(
    Question, st.integers(2, 60), st.none() | st.integers(0, 10), st.integers(1, 3), st.booleans()
)


@settings(max_examples=25)
@given(
    st.lists(question, max_size=25), st.integers(0, 300), st.integers(0, 150), st.integers(0, 300)
)
def test_whatever_happens_no_limit_is_overspent(
    open_store: OpenStore, questions: list[Question], server: int, user: int, cost: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        limits = DailyLimits(server, cost * 1_000, user)
        asyncio.run(_walk(open_store, Path(folder), questions, limits))


async def _walk(
    open_store: OpenStore, folder: Path, questions: list[Question], limits: DailyLimits
) -> None:
    async with open_store(folder) as store, store.library(SERVER) as library:
        spent = await asyncio.gather(
            *(_ask(library.ledger, n, one, limits) for n, one in enumerate(questions))
        )
        by_user = {one.user: 0 for one in questions}
        for one, tokens in zip(questions, spent, strict=True):
            by_user[one.user] += tokens
        assert await total(library.ledger) == sum(spent)
    assert limits.server_tokens is not None
    assert limits.user_tokens is not None
    assert limits.server_cost is not None
    assert sum(spent) <= min(limits.server_tokens, limits.server_cost // 1_000)
    assert all(tokens <= limits.user_tokens for tokens in by_user.values())


async def _ask(ledger: Ledger, event: int, question: Question, limits: DailyLimits) -> int:
    """The tokens that count for one question, asked twice where an event comes again."""
    counted = 0
    for _ in range(1 + question.again):
        try:
            most = charge(question.most, user=question.user, event=event)
            number = await ledger.reserve(most, limits)
        except BudgetSpent:
            continue
        counted += question.most
        if question.took is not None:
            took = question.most * question.took // 10
            await ledger.settle(number, Usage(took, 0), took * 1_000)
            counted += took - question.most
    return counted
