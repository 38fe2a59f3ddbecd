"""What is quoted, and with what: replies with their questions, rows with headers, whole lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from bot.answer.blocks import asks_for_list
from bot.answer.events import Completed
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.embedding import OfflineEmbedder
from bot.ingest.submission import Submission
from bot.records import Candidate, Scope
from bot.settings import Settings
from tests.answer.library import passage

SCOPE = Scope("local")
ARTICLES = {
    "faq.md": """# The ferry: your questions

**Are dogs allowed?** Yes, on a lead. In July and August dogs pay 3 crowns.

**What happens if it storms?** The skipper turns round.

**Can I pay by card?** No, cash only.

## May I bring a kayak?

Only on weekdays, and only on the car deck.
""",
    "fees.md": """# The rowing club of Marlow

| Group | Fee a year | Due |
|---|---|---|
| Adults | 180 crowns | 31 January |
| Students | 90 crowns | 31 January |
| Families | 320 crowns | 28 February |

## Forbidden on the pontoon

- open fires
- bicycles
- fishing with nets

The boathouse was built in 1931.
""",
    "projector.md": """# The club projector

The lamp is bright, and nobody should look into it.

## Resetting the projector

Everything that you have set is lost.

1. Pull out the cable.
2. Wait until the fan stands still.
3. Start the service program:
   ```
   beam reset --all
   ```
4. Put the cable back.
5. Set the clock.

## Known faults of the projector

- The picture flickers in the cold.
- The fan whistles.
""",
    "bath.html": """<html><head><title>Tickets of the Brackwell bath</title></head><body><main>
<h1>Tickets of the Brackwell bath</h1><p>Prices in crowns. They hold until the spring.</p><table>
<tr><th>Who</th><th>Half day</th><th>Full day</th></tr><tr><th colspan="3">Summer</th></tr>
<tr><th>Adults</th><td>4</td><td>7</td></tr><tr><th>Children</th><td>2</td><td>3</td></tr>
<tr><th colspan="3">Winter</th></tr>
<tr><th>Adults</th><td>5</td><td>9</td></tr><tr><th>Children</th><td>3</td><td>6</td></tr>
</table></main></body></html>""",
    "market.md": """# The Christmas market

It is on 5 December from 11 to 4. Bartek looks after the stalls; a table costs 12 pounds.
""",
    "light.md": """# The new lamp of the lighthouse

The light must not disturb the storm petrels that nest on the cliff.
""",
    "torre.md": """# La torre de Valdoria

La torre de Valdoria mide cuarenta metros y fue construida en 1880 por el ayuntamiento.
Hoy alberga una biblioteca con dos mil libros sobre el mar.
""",
}


class SharedEmbedder(OfflineEmbedder):
    """Loaded once for all tests: closing an app does not end it."""

    async def close(self) -> None:
        """Ends with the module."""


@pytest.fixture(scope="module")
def embedder() -> Iterator[SharedEmbedder]:
    shared = SharedEmbedder()
    yield shared
    shared._thread.shutdown()


@pytest.fixture
async def app(settings: Settings, embedder: SharedEmbedder) -> AsyncIterator[App]:
    async with open_app(settings, embedder=embedder) as opened:
        async with opened.store.library(SCOPE.server_id) as library:
            for name, text in ARTICLES.items():
                await opened.ingest.add(Submission(name, text.encode()), library, SCOPE)
        yield opened


async def ask(app: App, question: str) -> Answer:
    async with app.store.library(SCOPE.server_id) as library:
        async for event in app.answerer.answer(question, library, SCOPE, quotes=True):
            if isinstance(event, Completed):
                return event.answer
    raise AssertionError


def shown(answer: Answer) -> str:
    return "\n".join(sentence.text for sentence in answer.sentences)


@pytest.mark.parametrize(
    ("question", "asked", "reply"),
    [
        ("Can I pay by card?", "Can I pay by card?", "No, cash only."),
        ("are dogs allowed on the ferry", "Are dogs allowed?", "Yes, on a lead."),
        ("can i take my kayak", "May I bring a kayak?", "Only on weekdays"),
    ],
)
async def test_a_reply_answers_and_its_question_is_cited_with_it(
    app: App, question: str, asked: str, reply: str
) -> None:
    answer = await ask(app, question)
    first, *_ = answer.sentences
    assert asked in first.text
    assert reply in first.text
    assert asked in [c.quote for c in answer.citations]
    assert not any(sentence.text == asked for sentence in answer.sentences)


async def test_of_a_reply_that_was_asked_for_the_beginning_is_quoted_too(app: App) -> None:
    text = shown(await ask(app, "are 3 dogs allowed in july"))
    assert "Yes, on a lead." in text
    assert "dogs pay 3 crowns" in text


async def test_a_part_that_the_quote_of_another_answers_is_not_missing(app: App) -> None:
    answer = await ask(app, "who looks after the stalls and what does a table cost")
    assert "Bartek looks after the stalls" in shown(answer)
    assert not answer.unanswered_parts


async def test_the_question_of_a_reply_disagrees_with_nothing(app: App) -> None:
    answer = await ask(app, "what happens in a storm")
    assert "The skipper turns round." in shown(answer)
    assert not answer.note


async def test_a_row_is_quoted_with_its_header(app: App) -> None:
    answer = await ask(app, "What is the fee of the rowing club for students?")
    assert answer.sentences[0].text.split("\n") == [
        "Group | Fee a year | Due",
        "Students | 90 crowns | 31 January",
    ]
    assert {"Group | Fee a year | Due", "Students | 90 crowns | 31 January"} <= {
        citation.quote for citation in answer.citations
    }


async def test_the_list_that_is_asked_for_is_quoted_whole(app: App) -> None:
    text = shown(await ask(app, "What is forbidden on the pontoon?"))
    assert text.split("\n") == [
        "Forbidden on the pontoon",
        "- open fires",
        "- bicycles",
        "- fishing with nets",
    ]


async def test_how_to_do_something_is_answered_with_all_steps_and_their_code(app: App) -> None:
    text = shown(await ask(app, "how do i reset the projector"))
    steps = ["1. Pull", "2. Wait", "3. Start", "beam reset --all", "4. Put", "5. Set"]
    places = [text.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)
    assert "flickers" not in text


async def test_of_a_table_the_row_that_says_most_of_the_question_is_quoted(app: App) -> None:
    answer = await ask(app, "how much is a full day in the bath for adults in winter")
    assert [c.quote for c in answer.citations if c.quote[-1].isdigit()] == ["Adults | 5 | 9"]
    assert "Winter" in shown(answer)


async def test_of_a_list_the_item_that_is_asked_for_is_quoted(app: App) -> None:
    text = shown(await ask(app, "Are bicycles forbidden on the pontoon?"))
    assert "bicycles" in text
    assert "open fires" not in text


async def test_an_items_marker_is_not_shown_but_its_range_is_exact(app: App) -> None:
    answer = await ask(app, "Are bicycles forbidden on the pontoon?")
    async with app.store.library(SCOPE.server_id) as library:
        for citation in answer.citations:
            version = await library.articles.version(citation.article_id, SCOPE)
            assert version.text[citation.start : citation.end] == citation.quote
    assert any(citation.quote == "- bicycles" for citation in answer.citations)


async def test_an_answer_in_the_askers_language_stands_alone(app: App) -> None:
    answer = await ask(app, "When was the boathouse of the rowing club built?")
    assert [citation.quote for citation in answer.citations] == ["The boathouse was built in 1931."]


async def test_what_no_article_is_about_is_not_found_and_nothing_stands_beside(app: App) -> None:
    answer = await ask(app, "How do I whiten my teeth?")
    assert answer.state == "nothing"
    assert not answer.sentences
    assert not answer.nearest


@pytest.mark.parametrize(
    ("titled", "is_open", "whole"), [(0.5, False, False), (0.5, True, True), (0.2, False, True)]
)
def test_for_one_fact_a_list_under_the_title_alone_is_not_quoted_whole(
    titled: float, is_open: bool, whole: bool
) -> None:
    steps = passage(1, ["1. Melt the butter."], title="How to cook the soup")
    step = replace(steps.sentences[0], kind="list_item")
    item = Candidate(steps, step, 1.0, {"lent": 0.5, "titled": titled, "alone": 0.0})
    assert asks_for_list(item, is_open=is_open) == whole
