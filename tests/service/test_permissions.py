"""Who may do what: properties that hold for any settings, roles and channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NotAllowed
from bot.records import Article, SourceMessage, Submitter
from bot.service.permissions import (
    Actor,
    check_may_add,
    check_may_ask,
    check_may_change,
    check_may_change_settings,
    check_may_refresh,
    check_may_remove,
    may_remove,
    needs_approval,
    questions_a_day,
)
from bot.store.settings_protocol import ServerSettings

ARTICLE = Article(1, 1, "T", None, None, None, None, "s", Submitter(), "2026", 1, 1)
IDS = st.frozensets(st.integers(1, 5))
SETTINGS = st.builds(
    ServerSettings,
    add_roles=IDS,
    add_channels=IDS,
    library_channels=IDS,
    ask_roles=IDS,
    approval_channel=st.none() | st.integers(1, 5),
    removal=st.sampled_from(["submitters", "moderators"]),
    questions_per_day=st.none() | st.integers(0, 9),
    role_questions=st.dictionaries(st.integers(1, 5), st.integers(0, 9)),
)
ACTORS = st.builds(Actor, st.integers(1, 3), IDS, moderates=st.booleans(), manages=st.booleans())
MEMBERS = st.builds(Actor, st.integers(1, 3), IDS)
CHANNELS = st.integers(1, 5)
ARTICLES = st.builds(
    lambda submitter, author: replace(
        ARTICLE,
        submitter=Submitter(submitter, "x", 1),
        message=SourceMessage(9, author) if author else None,
    ),
    st.none() | st.integers(1, 3),
    st.none() | st.integers(1, 3),
)


def allowed(check: Callable[[], None]) -> bool:
    try:
        check()
    except NotAllowed:
        return False
    return True


@given(actor=ACTORS, channel=CHANNELS)
def test_a_server_that_sets_nothing_lets_everyone_add_and_ask(actor: Actor, channel: int) -> None:
    check_may_add(ServerSettings(), actor, channel)
    check_may_ask(ServerSettings(), actor)
    check_may_refresh(ServerSettings(), actor)
    assert not needs_approval(ServerSettings(), actor)
    assert questions_a_day(ServerSettings(), actor) is None


@given(settings=SETTINGS, actor=MEMBERS, channel=CHANNELS)
def test_who_adds_has_a_chosen_role_and_is_in_every_chosen_set_of_channels(
    settings: ServerSettings, actor: Actor, channel: int
) -> None:
    has_role = not settings.add_roles or bool(settings.add_roles & actor.roles)
    in_channel = not settings.add_channels or channel in settings.add_channels
    in_library = not settings.library_channels or channel in settings.library_channels
    expected = has_role and in_channel and in_library
    assert allowed(lambda: check_may_add(settings, actor, channel)) == expected


@given(settings=SETTINGS, actor=ACTORS, channel=CHANNELS)
def test_nothing_is_added_outside_of_the_library_by_anyone(
    settings: ServerSettings, actor: Actor, channel: int
) -> None:
    if settings.library_channels and channel not in settings.library_channels:
        assert not allowed(lambda: check_may_add(settings, actor, channel))


@given(settings=SETTINGS, actor=ACTORS)
def test_managers_cannot_lock_themselves_out(settings: ServerSettings, actor: Actor) -> None:
    manager = replace(actor, manages=True)
    inside = next(iter(settings.library_channels), 1)
    check_may_add(settings, manager, inside)
    check_may_ask(settings, manager)
    check_may_refresh(settings, manager)
    check_may_change_settings(manager)
    assert questions_a_day(settings, manager) is None


@given(settings=SETTINGS, actor=ACTORS)
def test_approval_is_needed_by_those_who_could_not_give_it(
    settings: ServerSettings, actor: Actor
) -> None:
    waits = needs_approval(settings, actor)
    trusted = actor.moderates or actor.manages
    assert waits == (settings.approval_channel is not None and not trusted)
    assert allowed(lambda: check_may_refresh(settings, actor)) != waits


@given(settings=SETTINGS, actor=MEMBERS)
def test_the_highest_limit_of_a_member_s_roles_applies(
    settings: ServerSettings, actor: Actor
) -> None:
    own = [most for role, most in settings.role_questions.items() if role in actor.roles]
    expected = max(own) if own else settings.questions_per_day
    assert questions_a_day(settings, actor) == expected


@given(settings=SETTINGS, actor=ACTORS, article=ARTICLES)
def test_who_may_remove(settings: ServerSettings, actor: Actor, article: Article) -> None:
    author = article.message.author_id if article.message else None
    own = article.submitter.user_id == actor.user_id and settings.removal == "submitters"
    expected = actor.moderates or author == actor.user_id or own
    assert may_remove(settings, actor, article) == expected
    assert allowed(lambda: check_may_remove(settings, actor, article)) == expected


@given(actor=ACTORS, article=ARTICLES)
def test_who_may_change(actor: Actor, article: Article) -> None:
    expected = actor.moderates or article.submitter.user_id == actor.user_id
    assert allowed(lambda: check_may_change(actor, article)) == expected


@given(actor=ACTORS, role=st.integers(1, 5), settings=SETTINGS)
def test_another_role_never_takes_anything_away(
    actor: Actor, role: int, settings: ServerSettings
) -> None:
    more = replace(actor, roles=actor.roles | {role})
    assert may_add(settings, more) >= may_add(settings, actor)
    assert may_ask(settings, more) >= may_ask(settings, actor)


def may_add(settings: ServerSettings, actor: Actor) -> bool:
    return allowed(lambda: check_may_add(settings, actor, 1))


def may_ask(settings: ServerSettings, actor: Actor) -> bool:
    return allowed(lambda: check_may_ask(settings, actor))


def test_only_managers_change_settings() -> None:
    with pytest.raises(NotAllowed):
        check_may_change_settings(Actor(1, moderates=True))
