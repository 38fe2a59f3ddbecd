"""A question that names articles stays a question that people can read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from bot.answer.events import Completed
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Filter, Scope
from bot.service.ask import UserQuestion, answer_question, keep_answer, to_stored
from bot.settings import Settings, describe
from bot.store.protocols import Library
from bot.store.values import EVERYTHING, StoredAnswer

pytestmark = pytest.mark.asyncio(loop_scope="module")
SCOPE = Scope("1")
STILL = "The mill of Orrin stands still in August because the stream is dry."
TEXTS = {
    "Eelgrass in Skelby Bay": "By Ngozi Adeyemi.\n\nThe eelgrass study ran for six years. Divers "
    "counted the shoots every June. Light reached the sea floor at nine metres.",
    "Ferry fares": "By Oda Marsh.\n\nA ticket for the ferry costs nine crowns. Children pay four "
    "crowns. The ferry runs all year, and it is quiet.",
    "Bus fares": "A ticket for the bus costs five crowns. Children pay two crowns. The bus does "
    "not run in winter.",
    "Bikes at Lime Lane": "The shop sells three bikes:\n\n- Dune 3: 780 crowns, 14 in stock\n"
    "- Gull: 640 crowns\n- Dune 5: 990 crowns, 3 in stock\n\nAll of them have lights.",
    "Council of Brandow": "The council decided on three applications:\n\n"
    "- Garage, 4 Lime Lane: granted\n- Barn on the green, three flats: granted with "
    "conditions\n- Poster wall: refused\n\n"
    "The mayor was ill. Her deputy, Ida Marsh, led the council's debate on the swimming pool.",
    "Mill of Orrin": f"{STILL} Visitors may see the bakery in that month, for three crowns.",
}


@dataclass
class Talk:
    """A conversation over three articles."""

    app: App
    library: Library
    turns: list[StoredAnswer] = field(default_factory=list)

    async def title(self, article_id: int) -> str:
        return (await self.library.articles.get(article_id, SCOPE)).title

    async def ask(self, text: str, within: int | None = None) -> Answer:
        limits = EVERYTHING if within is None else Filter(articles=frozenset([within]))
        turns = tuple(self.turns[-3:])
        question = UserQuestion(text, SCOPE, limits=limits, turns=turns, quotes=True)
        async with aclosing(answer_question(self.app.answerer, self.library, question)) as events:
            *_, last = [event async for event in events]
        assert isinstance(last, Completed)
        answer = await keep_answer(self.library, question, last.answer)
        self.turns.append(to_stored(question, answer))
        return answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Talk]:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, _, _ in describe():
            patch.delenv(name, raising=False)
        settings = Settings(data_dir=Path(folder))
        async with open_app(settings) as app, app.store.library("1") as library:
            for title, text in TEXTS.items():
                await app.ingest.add(Submission(f"{title}.md", text, title), library, SCOPE)
            yield Talk(app, library)


@pytest.fixture
def talk(shared: Talk) -> Talk:
    """A new conversation over the same articles."""
    return Talk(shared.app, shared.library)


def named(answer: Answer) -> list[str]:
    return [article.title for article in answer.within_articles]


@pytest.mark.parametrize(
    ("line", "title", "quote"),
    [
        ("how long did the eelgrass study run", "Eelgrass in Skelby Bay", "six years"),
        ("what did the eelgrass article say about light?", "Eelgrass in Skelby Bay", "nine metres"),
        ("according to the bus article, what do children pay?", "Bus fares", "two crowns"),
        ("in the ferry fares article, what does a ticket cost?", "Ferry fares", "nine crowns"),
    ],
)
async def test_a_question_that_describes_its_article_stays_as_it_was_typed(
    talk: Talk, line: str, title: str, quote: str
) -> None:
    answer = await talk.ask(line)

    assert answer.standalone_question in ("", line)
    assert named(answer) == [title]
    assert quote in " ".join(sentence.text for sentence in answer.sentences)


@pytest.mark.parametrize(
    ("line", "standalone"),
    [
        ("what does article 3 say about children?", "what does “Bus fares” say about children?"),
        (
            "according to #2, what do children pay?",
            "according to “Ferry fares”, what do children pay?",
        ),
    ],
)
async def test_a_number_gives_way_to_the_title(talk: Talk, line: str, standalone: str) -> None:
    answer = await talk.ask(line)

    assert answer.standalone_question == standalone


async def test_the_question_before_is_asked_of_another_article(talk: Talk) -> None:
    await talk.ask("what does article 2 say about children?")
    by_number = await talk.ask("and article 3?")
    by_words = await talk.ask("what about the ferry article?")

    assert by_number.standalone_question == "what does “Bus fares” say about children?"
    assert "two crowns" in by_number.sentences[0].text
    assert by_words.standalone_question == "what does “Ferry fares” say about children?"
    assert "four crowns" in by_words.sentences[0].text


@pytest.mark.parametrize("line", ["who wrote the ferry article?", "when was article 2 added"])
async def test_who_wrote_an_article_is_told_from_what_is_known_of_it(talk: Talk, line: str) -> None:
    answer = await talk.ask(line)

    assert answer.mode == "library"
    assert answer.sentences[0].text.startswith("Ferry fares (")


@pytest.mark.parametrize("line", ["article 1", "what did the eelgrass study find"])
async def test_an_article_that_is_only_named_is_summed_up(talk: Talk, line: str) -> None:
    answer = await talk.ask(line)

    assert answer.mode == "summary"
    assert named(answer) == ["Eelgrass in Skelby Bay"]


async def test_the_side_of_a_comparison_that_is_missing_is_told(talk: Talk) -> None:
    answer = await talk.ask("compare the ferry article with the zeppelin article")

    assert answer.unanswered_parts == ("the zeppelin article",)
    assert {citation.title for citation in answer.citations} == {"Ferry fares"}


async def test_sides_that_are_no_articles_are_searched_for_everywhere(talk: Talk) -> None:
    answer = await talk.ask("Compare the ferry and the zeppelin on noise")

    assert answer.standalone_question == ""
    assert named(answer) == []


@pytest.mark.parametrize(
    ("first", "line", "standalone"),
    [
        ("when does line 3 run at 7?", "sorry i meant line 4", "when does line 4 run at 7?"),
        ("where does class 5a go?", "and 5b?", "where does class 5b go?"),
        ("revenue in q1", "no, q2", "revenue in q2?"),
    ],
)
async def test_a_code_takes_the_place_of_one_like_it(
    talk: Talk, first: str, line: str, standalone: str
) -> None:
    await talk.ask(first)

    assert (await talk.ask(line)).standalone_question == standalone


async def test_the_source_of_an_answer_is_no_list_of_sources(talk: Talk) -> None:
    await talk.ask("how much does a ticket for the ferry cost?")
    answer = await talk.ask("show source")

    assert answer.mode == "quotes"
    assert {citation.title for citation in answer.citations} == {"Ferry fares"}


async def test_a_follow_up_does_not_show_the_same_sentence_again(talk: Talk) -> None:
    first = await talk.ask("how much is a ticket for the ferry")
    shown = {citation.quote for citation in first.citations}
    assert "A ticket for the ferry costs nine crowns." in shown
    second = await talk.ask("and does it carry bicycles?")
    assert not second.answered
    assert shown.isdisjoint(citation.quote for citation in second.citations)


async def test_a_shown_sentence_is_shown_again_if_it_has_what_is_newly_asked(talk: Talk) -> None:
    await talk.ask("who led the debate on the swimming pool")
    answer = await talk.ask("was that the deputy?")
    assert [c.quote for c in answer.citations] == [
        "Her deputy, Ida Marsh, led the council's debate on the swimming pool."
    ]


@pytest.mark.parametrize(
    ("line", "item"),
    [("what about the second?", "Barn"), ("and the last one", "Poster"), ("the first", "Garage,")],
)
async def test_an_ordinal_means_an_item_of_the_list_just_shown(
    talk: Talk, line: str, item: str
) -> None:
    await talk.ask("which applications did the council of brandow decide on")
    answer = await talk.ask(line)
    assert [c.quote.removeprefix("- ").split()[0] for c in answer.citations] == [item]


async def test_a_follow_up_on_a_summary_is_about_the_title(talk: Talk) -> None:
    await talk.ask("tl;dr the eelgrass article")
    answer = await talk.ask("how many years did it take?")
    assert answer.standalone_question == "how many years did it take? (Eelgrass Skelby Bay)"
    assert [c.quote for c in answer.citations] == ["The eelgrass study ran for six years."]


async def test_more_goes_on_where_the_answer_ended(talk: Talk) -> None:
    await talk.ask("how long did the eelgrass study run")
    answer = await talk.ask("more")
    assert answer.citations[0].quote == "Divers counted the shoots every June."


@pytest.mark.parametrize("line", ["and the other dune", "y la otra dune", "und die andere dune?"])
async def test_the_other_one_of_a_list_is_the_one_like_it(talk: Talk, line: str) -> None:
    await talk.ask("how many crowns is the dune 3")
    answer = await talk.ask(line)
    assert [c.quote for c in answer.citations] == ["- Dune 5: 990 crowns, 3 in stock"]


async def test_both_of_two_others_are_shown(talk: Talk) -> None:
    await talk.ask("was the poster wall refused by the council of brandow")
    answer = await talk.ask("and the other?")
    assert [c.quote.split()[1] for c in answer.citations] == ["Garage,", "Barn"]


async def test_where_no_other_article_was_spoken_of_the_newest_are_offered(talk: Talk) -> None:
    await talk.ask("how long did the eelgrass study run")
    answer = await talk.ask("and the other article?")
    assert answer.clarification
    assert "Eelgrass in Skelby Bay" not in {choice.title for choice in answer.choices}
    assert answer.choices


async def test_the_other_article_is_asked_what_is_asked_of_it(talk: Talk) -> None:
    await talk.ask("what do children pay on the ferry")
    answer = await talk.ask("and the other fares, what does a ticket cost?")
    assert {citation.title for citation in answer.citations} == {"Bus fares"}
    assert "five crowns" in answer.citations[0].quote


@pytest.mark.parametrize("line", ["more on the mayor", "mehr zum mayor"])
async def test_more_on_a_topic_shows_what_was_not_shown_of_it(talk: Talk, line: str) -> None:
    await talk.ask("who led the debate on the swimming pool")
    answer = await talk.ask(line)
    assert [citation.quote for citation in answer.citations] == ["The mayor was ill."]


@pytest.mark.parametrize("line", ["no, i meant the other one", "nein, ich meinte den anderen"])
async def test_a_correction_is_no_complaint(talk: Talk, line: str) -> None:
    await talk.ask("how much is a ticket for the ferry")
    assert (await talk.ask(line)).mode != "help"


async def test_an_item_may_be_asked_why(talk: Talk) -> None:
    await talk.ask("which applications did the council of brandow decide on")
    answer = await talk.ask("and the last one, why?")
    assert answer.citations[0].quote == "- Poster wall: refused"


@pytest.mark.parametrize("line", ["why?", "how come?", "und warum?", "pourquoi ?"])
async def test_a_reason_may_stand_in_the_sentence_that_was_shown(talk: Talk, line: str) -> None:
    await talk.ask("when does the mill of Orrin stand still")

    answer = await talk.ask(line)

    assert answer.citations[0].quote == STILL


@pytest.mark.parametrize("line", ["what does this article say about winter", "tl;dr this article"])
async def test_this_article_is_the_one_that_is_asked_within(talk: Talk, line: str) -> None:
    answer = await talk.ask(line, within=4)
    assert named(answer) == [await talk.title(4)]


async def test_a_figure_says_which_answer_is_doubted(talk: Talk) -> None:
    await talk.ask("how much is a ticket for the bus")
    await talk.ask("how many crowns is the dune 3")
    await talk.ask("who led the debate on the swimming pool")
    answer = await talk.ask("are you sure about the 780?")
    assert answer.citations[0].quote == "- Dune 3: 780 crowns, 14 in stock"


async def test_the_study_is_that_of_the_conversation(talk: Talk) -> None:
    await talk.ask("what did divers count in skelby bay")
    answer = await talk.ask("how long did the study run")
    assert [c.quote for c in answer.citations] == ["The eelgrass study ran for six years."]


@pytest.mark.parametrize(
    "line",
    [
        "what does the eelgrass article say about the shoots",
        "what does the article on eelgrass say about divers",
    ],
)
async def test_what_an_article_says_about_something_goes_on(talk: Talk, line: str) -> None:
    answer = await talk.ask(line)
    assert [citation.quote for citation in answer.citations] == [
        "Divers counted the shoots every June.",
        "Light reached the sea floor at nine metres.",
    ]


async def test_a_single_fact_of_an_article_does_not_go_on(talk: Talk) -> None:
    answer = await talk.ask("who counted the shoots in the eelgrass article")
    assert len(answer.citations) == 1
