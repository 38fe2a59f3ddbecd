"""The card of a new article: what was understood of it, and questions that it answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.answer.pipeline import Answerer
from bot.discord_app import posted_messages
from bot.discord_app.cards.adding import added_card
from bot.discord_app.previews import ArticlePreview, kind_of
from bot.records import Article, Scope, SourceMessage
from bot.store.protocols import Library
from tests.discord_app.conftest import Room, labels, text_of
from tests.discord_app.test_cards import article, check_within_limits

pytestmark = pytest.mark.quick

FERRY = """# The Skerry ferry

By Oona Varga, 4 May 2026

The Skerry ferry carries people and goods across the sound. It was built in 1904 at Elmstead.

## When is the last ferry?

The last ferry leaves Skerry at 22:15 every day.

## Who pays for the upkeep?

The upkeep is paid for by the island council since the war ended.

## Who painted the moon?

Nothing here.
"""


async def test_the_card_shows_what_was_understood(room: Room) -> None:
    result = await room.add(room.ada, FERRY, "ferry.md")
    card = text_of(result.response)
    assert "The Skerry ferry" in card
    assert "Markdown" in card
    assert "Oona Varga" in card
    assert "2026-05-04" in card
    assert "carries people and goods across the sound" in card


async def test_a_question_on_the_card_is_answered_from_the_article(room: Room) -> None:
    result = await room.add(room.ada, FERRY, "ferry.md")
    offered = [label for label in labels(result.response.components) if "?" in label]
    assert "When is the last ferry?" in offered
    assert len(offered) <= 3
    answered = await room.ben.click(result.response, label="When is the last ferry?")
    assert "22:15" in text_of(answered.response)
    assert "only “The Skerry ferry”" in text_of(answered.response)


async def test_trying_questions_keeps_nothing_and_counts_nothing(room: Room) -> None:
    await room.add(room.ada, FERRY, "ferry.md")
    server = str(room.guild.id)
    async with room.app.store.library(server) as library:
        assert await library.answers.last_answer_of(room.ada.id, Scope(server)) is None
        assert await library.answers.unanswered(Scope(server), limit=9) == []
        spent = await library.ledger.spent_by_day(room.app.budget.today())
    assert all(day.questions == 0 for day in spent.values())


async def test_a_new_title_keeps_the_questions(room: Room) -> None:
    result = await room.add(room.ada, FERRY, "ferry.md")
    shown = await room.ada.click(result.response, label="Rename")
    (field,) = [part["component"]["custom_id"] for part in shown.modal["components"]]
    renamed = await room.ada.submit_modal(shown, {field: "Our ferry"})
    assert "Our ferry" in text_of(renamed.response)
    assert "When is the last ferry?" in labels(renamed.response.components)


@pytest.mark.parametrize(
    ("kind", "text"),
    [("published", "2026-05"), ("updated", "updated 2026-05"), ("event", "dated 2026-05")],
)
def test_a_date_says_what_happened_then(kind: str, text: str) -> None:
    shown = added_card(replace(article(1, "Mars"), published="2026-05", date_kind=kind))  # type: ignore[arg-type]
    assert f"· {text} ·" in str([t.content for t in shown.walk_children() if hasattr(t, "content")])


@pytest.mark.parametrize(
    ("source", "kind"),
    [("a.pdf", "PDF"), ("a.PPTX", "Presentation"), ("a.xyz", "XYZ"), ("pasted text", "")],
)
def test_a_kind_is_said_in_words(source: str, kind: str) -> None:
    assert kind_of(replace(article(1, "Mars"), source=source, address=None)) == kind


@pytest.mark.parametrize(
    ("source", "address", "kind"),
    [
        ("report.pdf", None, "PDF"),
        ("message by ada", None, "Message"),
        ("https://a.example/report.PDF?v=2", "https://a.example/report.PDF?v=2", "PDF"),
        ("https://a.example/news", "https://a.example/news", "Web page"),
        ("https://a.example", "https://a.example", "Web page"),
    ],
)
def test_a_file_is_called_what_it_is_wherever_it_comes_from(
    source: str, address: str | None, kind: str
) -> None:
    taken = replace(article(1, "Mars"), source=source, address=address, message=SourceMessage(1, 2))
    assert kind_of(taken) == kind


def test_long_parts_leave_the_card_within_its_limits() -> None:
    preview = ArticlePreview("PDF", "12 pages", "word " * 400, ("q" * 79 + "?",) * 3)
    view = added_card(replace(article(1, "M" * 300), notes=("n" * 900,) * 5), preview, "e" * 900)
    check_within_limits(view)


async def test_an_article_removed_while_its_questions_are_made_stays_off_its_card(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild = room.env.bot.get_guild(room.guild.id)

    async def suggest(
        _answerer: Answerer, article: Article, library: Library, *_: Any
    ) -> tuple[str, ...]:
        await library.articles.trash([article.id], Scope(str(room.guild.id)))
        await posted_messages.update_messages(guild, library, [article.id])
        return ("Who heads the Russian fund?",)

    monkeypatch.setattr(Answerer, "suggest_questions", suggest)

    await room.add(room.ada)

    shown = "\n".join(text_of(message) for message in room.channel.history())
    assert "was removed" in shown
    assert "Mars" not in shown


async def test_a_finished_card_stays_when_its_questions_can_t_be_shown(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=400, code=0)
    (fault,) = room.env.backend.faults
    room.env.backend.faults.clear()

    async def suggest(*_: Any) -> tuple[str, ...]:
        room.env.backend.faults.append(fault)
        return ("Who heads the Russian fund?",)

    monkeypatch.setattr(Answerer, "suggest_questions", suggest)

    added = await room.add(room.ada)

    assert "was added." in text_of(room.channel.history()[-1])
    assert added.followups == []
    async with room.app.store.library(str(room.guild.id)) as library:
        assert await library.jobs.undisplayed() == []


async def test_a_title_given_while_questions_are_made_stays_on_the_card(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def suggest(
        _answerer: Answerer, article: Article, library: Library, *_: Any
    ) -> tuple[str, ...]:
        await library.articles.rename(article.id, "Our plan", Scope(str(room.guild.id)))
        return ("Who heads the Russian fund?",)

    monkeypatch.setattr(Answerer, "suggest_questions", suggest)

    await room.add(room.ada)

    card = room.channel.history()[-1]
    assert "Our plan" in text_of(card)
    assert "Joint Mars mission" not in text_of(card)
    assert "Who heads the Russian fund?" in labels([part.to_dict() for part in card.components])
