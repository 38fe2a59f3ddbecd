"""``/privacy`` says what is stored, gives a person their data, and erases it as they wish."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.discord_app.cards import privacy as cards
from bot.discord_app.handlers.question_requests import AskRequest
from bot.discord_app.handlers.running_questions import RunningQuestion
from bot.records import Scope
from bot.service.privacy import personal_document, privacy_facts
from bot.settings import Settings
from bot.store.settings_protocol import ServerSettings
from bot.store.values import ErasedCounts
from tests.discord_app.conftest import Room, private_reply, text_of
from tests.discord_app.test_cards import check_within_limits

pytestmark = pytest.mark.quick


async def titles(room: Room) -> list[tuple[str, str]]:
    async with room.app.store.library(str(room.guild.id)) as library:
        articles = await library.articles.select(Scope(str(room.guild.id)))
        return [(article.title, article.submitter.name) for article in articles]


async def document(room: Room, who: Any, scope: Scope | None = None) -> Any:
    async with room.app.store.library(str(room.guild.id)) as library:
        text = await personal_document(library, who.id, scope or Scope(str(room.guild.id)))
        return json.loads(text)


async def test_privacy_says_what_is_kept_and_for_how_long(room: Room) -> None:
    shown = private_reply(await room.ada.slash(room.channel, "privacy"))
    for words in ("What I read", "After 90 days", "**Language model**: none", "after 7 days"):
        assert words in shown


def test_the_model_s_provider_is_named(settings: Settings) -> None:
    asked = replace(settings, openai_api_key="k", openai_base_url="https://u:p@api.example.com/v1")
    facts = privacy_facts(asked, ServerSettings(kept_days=7))
    assert (facts.writer, facts.answer_days) == ("api.example.com", 7)
    assert privacy_facts(replace(settings, openai_api_key="k"), ServerSettings()).writer == (
        "api.openai.com (OpenAI)"
    )
    assert privacy_facts(asked, ServerSettings(answers="quotes")).writer == ""


async def test_a_person_gets_all_that_is_stored_about_them_and_nobody_else(room: Room) -> None:
    await room.add(room.ada)
    answered = await room.ask(room.ada)
    await room.ada.click(answered.response, label="👍")
    await room.ask(room.ben, "What is an orbit?")
    shown = await room.ada.slash(room.channel, "privacy")
    sent = await room.ada.click(shown.response, label="My data")
    assert all(reply.ephemeral for reply in [sent.response, *sent.followups] if reply)
    data = await document(room, room.ada)
    assert [each["question"] for each in data["questions"]] == ["Who heads the Russian fund?"]
    assert "Dmitriev" in data["questions"][0]["answer"][0]
    assert [each["title"] for each in data["articles"]] == ["Joint Mars mission floated"]
    assert [each["kind"] for each in data["ratings"]] == ["helpful"]
    assert (await document(room, room.grace))["articles"] == []


async def test_an_answer_from_what_one_may_no_longer_see_is_left_out(room: Room) -> None:
    await room.add(room.ada)
    await room.ask(room.ada)
    data = await document(room, room.ada, Scope(str(room.guild.id), frozenset()))
    assert data["questions"][0]["question"]
    assert data["questions"][0]["answer"] == []


async def test_a_person_is_erased_and_their_articles_stay_without_their_name(room: Room) -> None:
    await room.add(room.ada)
    await room.ask(room.ada)
    shown = await room.ada.slash(room.channel, "privacy")
    confirm = await room.ada.click(shown.response, label="Erase my data")
    erased = await room.ada.click(confirm.response, label="Erase; articles stay")
    assert "1 question" in text_of(erased.response)
    assert await titles(room) == [("Joint Mars mission floated", "")]
    data = await document(room, room.ada)
    assert not any(value for name, value in data.items() if name not in ("server", "person"))


async def test_a_person_s_articles_go_with_them_if_they_wish(room: Room) -> None:
    added = await room.add(room.ada)
    await room.add(room.ben, "Baking\n\nBread is baked at four.", "bread.txt")
    answered = await room.ask(room.ben)
    shown = await room.ada.slash(room.channel, "privacy")
    confirm = await room.ada.click(shown.response, label="Erase my data")
    await room.ada.click(confirm.response, label="Erase, and the 1 article I added")
    assert await titles(room) == [("Baking", "ben")]
    for card in (added, answered):
        message = await room.env.bot.get_channel(room.channel.id).fetch_message(
            card.response.message.id
        )
        assert "Dmitriev" not in text_of(message)


async def test_nothing_is_erased_while_an_answer_is_being_written(room: Room) -> None:
    running = room.env.bot.handlers.answering.running_questions
    shown = await room.ada.slash(room.channel, "privacy")
    confirm = await room.ada.click(shown.response, label="Erase my data")
    question = RunningQuestion(
        1, room.ada.id, str(room.guild.id), room.channel.id, False, AskRequest("Who?")
    )
    async with running.register(question):
        refused = await room.ada.click(confirm.response, label="Erase")
        assert "nothing was erased" in text_of(refused.followups[-1])
    erased = await room.ada.click(confirm.response, label="Erase")
    assert "Erased" in text_of(erased.response)


def test_the_cards_are_within_discord_s_limits(settings: Settings) -> None:
    asked = replace(
        settings,
        openai_base_url=f"https://{'a' * 300}.org",
        embedding_model="m",
        embedding_base_url="http://localhost",
    )
    check_within_limits(cards.privacy_card(privacy_facts(asked, ServerSettings())))
    for articles in (0, 1, 10**6):
        check_within_limits(cards.erase_card(articles))
        check_within_limits(cards.erased_card(ErasedCounts(10**6, 1, 1, 1, 1), articles))
    check_within_limits(cards.data_card())
