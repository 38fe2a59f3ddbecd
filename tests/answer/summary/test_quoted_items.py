"""Items of a list that are quoted beside other sentences show no marker in the middle of a line."""

from __future__ import annotations

from contextlib import aclosing
from itertools import pairwise

import pytest
import regex

from bot.answer.events import Completed
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.json_output import answer_text
from bot.records import Scope
from bot.settings import Settings
from bot.store.protocols import Library

SCOPE = Scope("1")
DEPOT = """The depot takes most things on weekdays from eight until noon.

What goes where:

- Batteries go to the counter, in a bag of their own, and cost 2 crowns for each 5 kg.
- Paint goes to the red cabin, and only in closed tins of at most 10 litres.

In 2025 the depot took 412 tons of waste, 38 tons more than in the year before.
"""
HARBOUR = """The depot at the harbour takes most things on weekdays from eight until noon.

What goes where:

- Batteries go to the counter, in a bag of their own, and cost 3 crowns for each 4 kg.
- Paint goes to the blue cabin, and only in closed tins of at most 12 litres.
"""
RULES = """# Rules

## Plots

1.1 A plot of the allotments is 200 square metres. 1.2 The rent of a plot is 0.60 crowns a metre.
1.3 A plot that nobody works goes to the next on the list.

## Water

3.1 The water of the allotments is turned on from April to October. 3.2 A hose needs somebody near.
3.3 Rain from the roof of a shed is anybody's.
"""
MARKER_INSIDE = regex.compile(r"[^\n]+[-*•] (?=Batteries|Paint)")


async def ask(app: App, library: Library, text: str) -> Answer:
    async with aclosing(app.answerer.answer(text, library, SCOPE, quotes=True)) as events:
        *_, last = [event async for event in events]
    assert isinstance(last, Completed)
    return last.answer


@pytest.mark.parametrize(
    "line",
    [
        "summarise article 1",
        "summarise articles 1 and 2",
        "compare articles 1 and 2",
        "what do articles 1 and 2 say about batteries?",
        "where do batteries go?",
    ],
)
async def test_no_marker_stands_inside_a_line(settings: Settings, line: str) -> None:
    async with open_app(settings) as app, app.store.library("1") as library:
        await app.ingest.add(Submission("depot.md", DEPOT.encode(), "Depot"), library, SCOPE)
        await app.ingest.add(Submission("port.md", HARBOUR.encode(), "Harbour"), library, SCOPE)
        answer = await ask(app, library, line)

    shown = answer_text(answer)
    assert "Batteries" in shown
    assert not MARKER_INSIDE.search(shown), shown
    for citation in answer.citations:
        assert citation.quote  # cut from the text, marker and all


async def test_items_of_a_summary_stand_below_the_line_that_they_hang_on(
    settings: Settings,
) -> None:
    async with open_app(settings) as app, app.store.library("1") as library:
        await app.ingest.add(Submission("depot.md", DEPOT.encode(), "Depot"), library, SCOPE)
        answer = await ask(app, library, "summarise article 1 in 5 sentences")

    lines = answer_text(answer).split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("What goes where"))
    assert lines[at + 1].startswith("- Batteries")
    assert lines[at + 2].startswith("- Paint")
    assert lines[at + 3].startswith("In 2025")


async def test_sentences_of_another_section_begin_a_paragraph(settings: Settings) -> None:
    async with open_app(settings) as app, app.store.library("1") as library:
        await app.ingest.add(Submission("rules.md", RULES.encode()), library, SCOPE)
        answer = await ask(app, library, "summarise article 1 in 4 sentences")

    sections = [sentence.text[0] for sentence in answer.sentences]
    changes = [before != after for before, after in pairwise(sections)]
    assert sorted(changes) == [False, False, True]
    assert [sentence.paragraph for sentence in answer.sentences] == [False, *changes]
