"""What the database, two articles, or each part of a question answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from bot import json_output
from bot.answer.events import Completed, Event, Retrieved, SentenceAdded
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Filter, Scope, Submitter
from bot.settings import Settings, describe
from bot.store.values import EVERYTHING, StoredAnswer

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "bot" / "sandbox" / "samples"
SERVER = "7"
ALL = Scope(SERVER)
OPEN, HIDDEN = 11, 12  # channels
IN_OPEN = Scope(SERVER, frozenset({OPEN}))
GIVEN = {  # file: who gave it, and where
    SAMPLES / "lighthouse.md": Submitter(1, "Ada", OPEN),
    SAMPLES / "heat-pumps.md": Submitter(1, "Ada", OPEN),
    SAMPLES / "beekeeper.txt": Submitter(2, "Béla @everyone", OPEN),
    SAMPLES / "nachtzug.md": Submitter(3, "Cato", HIDDEN),
}


@dataclass
class Room:
    """Where a test asks, without a model."""

    app: App

    async def ask(
        self,
        question: str,
        scope: Scope = ALL,
        article_filter: Filter = EVERYTHING,
        turns: tuple[StoredAnswer, ...] = (),
    ) -> Answer:
        async with self.app.store.library(SERVER) as library:
            asking = self.app.answerer.answer(
                question, library, scope, article_filter=article_filter, turns=turns
            )
            async with aclosing(asking):
                events: list[Event] = [event async for event in asking]
        first, *said, last = events
        assert isinstance(first, Retrieved)
        assert isinstance(last, Completed)
        shown = [event.sentence for event in said if isinstance(event, SentenceAdded)]
        assert tuple(shown) == (last.answer.sentences if last.answer.answered else ())
        return last.answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room() -> AsyncIterator[Room]:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, _, _ in describe():
            patch.delenv(name, raising=False)
        async with open_app(Settings(data_dir=Path(folder))) as app:
            async with app.store.library(SERVER) as library:
                for file, submitter in GIVEN.items():
                    data = file.read_bytes()
                    submission = Submission(file.name, data, submitter=submitter)
                    await app.ingest.add(submission, library, ALL)
            yield Room(app)


def lines(answer: Answer) -> list[str]:
    return [sentence.text for sentence in answer.sentences]


def titles(answer: Answer) -> list[str]:
    """The articles of the rows, by the beginning of their titles."""
    return [cited.title.split()[0].strip('"') for cited in answer.citations]


async def test_a_count_names_the_articles_that_it_counts(room: Room) -> None:
    answer = await room.ask("How many articles do we have?")
    assert (answer.mode, answer.answered, answer.model) == ("library", True, None)
    assert lines(answer)[0] == "4 articles in the library."
    assert titles(answer) == ["Nachtzug", "A", "Heat", "Skerry"]


async def test_articles_outside_the_scope_are_not_counted_named_or_cited(room: Room) -> None:
    for question in ("How many articles do we have?", "list all articles", "What's new?"):
        assert "Nachtzug" not in json_output.answer_text(await room.ask(question, IN_OPEN))
    assert lines(await room.ask("How many articles are there?", IN_OPEN))[0].startswith("3 ")
    assert lines(await room.ask("Which articles mention Triest?", IN_OPEN)) == [
        "No article mentions “Triest”."
    ]
    assert "Cato" not in json_output.answer_text(await room.ask("Who added articles?", IN_OPEN))
    gave = await room.ask("Who gave us the article about the Nachtzug?", IN_OPEN)
    assert "Cato" not in str(gave)


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("Wie viele Artikel haben wir?", "4 Artikel in der Bibliothek."),
        ("¿Qué artículos mencionan Gdynia?", "1 artículo menciona «Gdynia»."),
    ],
)
async def test_an_answer_about_the_library_is_in_the_language_of_the_question(
    room: Room, question: str, opening: str
) -> None:
    assert lines(await room.ask(question))[0] == opening


async def test_a_mention_cites_its_sentence(room: Room) -> None:
    answer = await room.ask("List all that mention storm petrels")
    (cited,) = answer.citations
    assert "the light must not disturb the storm petrels" in cited.quote
    assert answer.sentences[1].footnotes == (1,)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Which articles are about trains?", ["Nachtzug"]),  # in German, by its meaning
        ("how many articles on heat pumps?", ["Heat"]),
        ("What do we have on bees?", ["A"]),
        ("how many articles by Maren Oakley?", ["Skerry"]),
        ("How many articles from Ada?", ["Heat", "Skerry"]),
        ("how many articles from 2024?", ["Heat"]),
        ("What is the newest article about lighthouses?", ["Skerry"]),
        ("¿Qué artículos mencionan Gdynia?", ["A"]),
    ],
)
async def test_articles_are_found_by_topic_author_submitter_and_year(
    room: Room, question: str, found: list[str]
) -> None:
    answer = await room.ask(question)
    assert (answer.mode, titles(answer)) == ("library", found)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Do we have anything on petrels?", "1 article mentions “petrels”."),
        ("Which articles are there by Thomas Hale?", "1 article mentions “Thomas Hale”."),
        ("Which articles are there by Ann Onymous?", "There are no articles from “Ann Onymous”."),
    ],
)
async def test_if_no_article_is_about_it_those_that_mention_it_are_listed(
    room: Room, question: str, says: str
) -> None:
    assert lines(await room.ask(question))[0] == says


async def test_the_submitter_of_an_article_is_named(room: Room) -> None:
    answer = await room.ask("Who gave us the heat pump study?")
    assert "added by Ada on 20" in lines(answer)[0]
    assert lines(await room.ask("Who added the most articles?"))[0] == "Ada added 2 articles."


async def test_names_of_people_and_titles_do_not_ping(room: Room) -> None:
    for question in ("Who added articles?", "list all articles"):
        assert "@everyone" not in json_output.answer_text(await room.ask(question))


async def test_a_vague_catalog_question_without_a_match_is_searched_for(room: Room) -> None:
    answer = await room.ask("What do we have on zebras?")
    assert (answer.mode, answer.answered) == ("quotes", False)
    assert answer.nearest == ()


async def test_only_articles_that_pass_the_filter_are_counted_searched_and_quoted(
    room: Room,
) -> None:
    bees = Filter(title="hive")
    assert lines(await room.ask("How many articles are there?", article_filter=bees))[0].startswith(
        "1 "
    )
    answer = await room.ask("How many hives are on the roofs?", article_filter=bees)
    found = {hit.passage.title.split()[0] for hit in answer.nearest}
    assert found | {cited.title.split()[0] for cited in answer.citations} == {'"A'}
    nothing = await room.ask("Who built the tower?", article_filter=Filter(tag="none"))
    assert (nothing.answered, nothing.nearest) == (False, ())


async def test_only_articles_that_pass_the_filter_are_compared_or_named(room: Room) -> None:
    bees = Filter(title="hive")
    for question in (
        "Compare the lighthouse article with the heat pump study",
        "Compare article 1 with article 2",
        "Who gave us the heat pump study?",
        "Who gave us the article about the Nachtzug?",
    ):
        answer = await room.ask(question, article_filter=bees)
        assert set(titles(answer)) <= {"A"}
    added = await room.ask("Who added the most articles?", article_filter=bees)
    assert lines(added) == ["Béla everyone added 1 article."]


async def test_a_comparison_quotes_each_article_under_its_name(room: Room) -> None:
    answer = await room.ask("Compare the lighthouse article with the heat pump study on noise")
    assert answer.mode == "quotes"
    assert answer.answered
    assert any("Noise was measured" in line for line in lines(answer))
    assert answer.unanswered_parts == (
        "noise (Skerry Light to shine again after eleven dark years)",
    )
    both = await room.ask("Compare the lighthouse article with the heat pump study")
    assert {cited.article_id for cited in both.citations} == {1, 2}
    assert lines(both)[0].startswith("Skerry Light")


async def test_an_article_may_be_called_the_one_on_something(room: Room) -> None:
    answer = await room.ask("Compare the lighthouse article with the one on heat pumps")
    assert {cited.article_id for cited in answer.citations} == {1, 2}


async def test_a_one_word_topic_is_quoted_from_its_mention(room: Room) -> None:
    answer = await room.ask("Compare the lighthouse article with the heat pump study on cost")
    quotes = [cited.quote for cited in answer.citations if cited.article_id == 2]
    assert any("cost" in quote for quote in quotes)


async def test_a_clarifying_question_keeps_the_spelling(room: Room) -> None:
    assert (await room.ask("Lighthouse")).clarification.startswith(
        "What would you like to know about “Li"
    )


@pytest.mark.parametrize("question", ["zebras?", "Zebras", "penguin"])
async def test_a_topic_that_no_article_names_is_not_asked_about(room: Room, question: str) -> None:
    answer = await room.ask(question)
    assert answer.clarification == ""
    assert not answer.answered


async def test_a_comparison_of_things_is_searched_for(room: Room) -> None:
    answer = await room.ask("Compare heat pumps and gas boilers")
    assert any("27 % less" in line for line in lines(answer))


async def test_each_part_of_a_question_is_answered_separately(room: Room) -> None:
    answer = await room.ask("Who built Skerry Light and how many moons has Jupiter?")
    assert any("Thomas Hale" in line for line in lines(answer))
    assert answer.unanswered_parts == ("how many moons has Jupiter?",)
    assert answer.note == ""


async def test_parts_from_two_articles_are_both_quoted(room: Room) -> None:
    question = "How many hives does Tomasz Wilk keep and how many heat pumps were measured?"
    answer = await room.ask(question)
    assert {1, 2, 3} > {cited.article_id for cited in answer.citations} >= {2}
    assert answer.unanswered_parts == ()


@pytest.mark.parametrize("question", ["lighthouse", "Why?", "How tall is it?", "Who built it?"])
async def test_an_underspecified_question_gets_one_clarifying_question(
    room: Room, question: str
) -> None:
    answer = await room.ask(question)
    assert answer.clarification.endswith(
        "Could you ask that as a full question? For example: “When was the bridge built?”"
    )
    assert not answer.answered
    assert json_output.answer_json(answer)["answer"] == answer.clarification
    again = await room.ask(question, turns=(StoredAnswer(question=question),))
    assert again.clarification == ""


async def test_a_whole_question_is_answered_though_only_one_word_of_it_counts(room: Room) -> None:
    answer = await room.ask("why did they have a lighthouse there, then?")
    assert answer.clarification == ""
    assert answer.answered


async def test_a_follow_up_shows_its_standalone_question(room: Room) -> None:
    turns = (StoredAnswer(question="How many hives does Tomasz Wilk keep?"),)
    answer = await room.ask("When did he begin?", turns=turns)
    assert answer.standalone_question == "When did he begin? (Tomasz Wilk)"
    assert any("began in 2009" in line for line in lines(answer))


async def test_a_question_about_the_library_stands_alone_in_a_thread(room: Room) -> None:
    turns = (StoredAnswer(question="How many hives does Tomasz Wilk keep?"),)
    for question in ("What's new?", "How many articles are there?"):
        answer = await room.ask(question, turns=turns)
        assert (answer.mode, answer.standalone_question) == ("library", "")
    mentioned = await room.ask("Which articles mention him?", turns=turns)
    assert (mentioned.mode, titles(mentioned)) == ("library", ["A"])


@pytest.mark.parametrize(
    "question", ["How many articles are there?", "Who added the most articles?", "What is new?"]
)
async def test_catalog_rows_depend_on_the_whole_scope(room: Room, question: str) -> None:
    answer = await room.ask(question)
    assert (answer.mode, answer.whole_scope) == ("library", True)
    assert {citation.article_id for citation in answer.citations} <= answer.article_ids


async def test_a_filtered_answer_depends_on_all_articles_of_its_filter(room: Room) -> None:
    question = "How many hives does Tomasz Wilk keep?"
    only = await room.ask(question, article_filter=Filter(articles=frozenset({1})))
    assert only.whole_scope
    assert 1 in only.article_ids
    freely = await room.ask(question)
    assert not freely.whole_scope
    assert freely.article_ids == {citation.article_id for citation in freely.citations}
