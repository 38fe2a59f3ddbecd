"""What a review shows of a library, to whom, and for how long; and its data folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.answer.budget import Asker
from bot.app import App
from bot.evaluate.dataset import read_dataset
from bot.records import Scope
from bot.service.ask import UserQuestion
from bot.service.review import LibraryReview, export_cases, rate_and_keep, review_library
from bot.service.saved_answers import rate_answer
from bot.store.protocols import Library
from tests.service.conftest import (
    EVERYTHING,
    LIBRARY_CHANNEL,
    OPEN,
    STAFF_CHANNEL,
    WHO,
    add,
)
from tests.service.test_ask import ask

ADA, BEN = 7, 8
EIFFEL = "How tall is the Eiffel Tower?"
HERE = frozenset([LIBRARY_CHANNEL])


async def asked(
    app: App,
    library: Library,
    text: str = WHO,
    *,
    scope: Scope = OPEN,
    channel: int = LIBRARY_CHANNEL,
    private: bool = False,
) -> int:
    """Asks as Ben; the answer's id."""
    question = UserQuestion(text, scope, Asker(BEN), channel, private)
    answer = await ask(app, library, question)
    assert answer.id is not None
    return answer.id


async def reviewed(app: App, library: Library, scope: Scope = EVERYTHING) -> LibraryReview:
    return await review_library(library, scope, app.embedder, HERE)


async def cases(library: Library) -> list[str]:
    """The details of all cases, whoever may see them."""
    bad = await library.review.bad_answers(EVERYTHING, None, limit=99)
    return [each.details for each in bad if each.details]


async def test_an_answer_found_wrong_is_kept_with_its_passages_and_versions(
    app: App, library: Library
) -> None:
    await add(app, library)
    answer_id = await asked(app, library)

    await rate_and_keep(library, answer_id, ADA, "outdated", OPEN)

    (bad,) = (await reviewed(app, library)).bad
    case = json.loads(bad.details)
    assert (bad.answer.question, bad.ratings) == (WHO, {"outdated": 1})
    assert case["question"] == WHO
    assert "Kirill Dmitriev" in case["passages"][0]["quote"]
    assert case["passages"][0]["version"] == 1
    assert {"footnote", "reader", "mode", "model"} == set(case["versions"])


async def test_a_rating_that_turns_good_ends_the_case(app: App, library: Library) -> None:
    await add(app, library)
    answer_id = await asked(app, library)
    await rate_and_keep(library, answer_id, ADA, "missing", OPEN)

    await rate_and_keep(library, answer_id, ADA, "helpful", OPEN)

    assert (await reviewed(app, library)).bad == []
    assert await cases(library) == []


async def test_no_case_is_kept_of_an_answer_that_changed_while_it_was_made(
    app: App, library: Library
) -> None:
    await add(app, library)
    answer_id = await asked(app, library)
    await rate_answer(library, answer_id, ADA, "missing", OPEN)
    answer = await library.answers.answer(answer_id, OPEN)
    assert answer is not None

    await library.review.keep_case(replace(answer, body='{"by": "Ada"}'), "{}")
    assert await cases(library) == []

    await library.review.keep_case(answer, "{}")
    assert await cases(library) == ["{}"]


async def test_no_case_is_kept_when_the_bad_rating_is_gone(app: App, library: Library) -> None:
    await add(app, library)
    answer_id = await asked(app, library)
    answer = await library.answers.answer(answer_id, OPEN)
    assert answer is not None
    await rate_answer(library, answer_id, ADA, "helpful", OPEN)

    await library.review.keep_case(answer, "{}")

    await rate_answer(library, answer_id, BEN, "missing", OPEN)
    assert await cases(library) == []


async def test_erasing_an_article_erases_the_cases_that_rest_on_it(
    app: App, library: Library
) -> None:
    article_id = await add(app, library)
    await rate_and_keep(library, await asked(app, library), ADA, "missing", OPEN)
    assert await cases(library)

    await library.articles.erase([article_id], EVERYTHING)

    assert await cases(library) == []
    assert (await reviewed(app, library)).bad == []


@pytest.mark.parametrize("person", [ADA, BEN])
async def test_forgetting_who_rated_or_asked_erases_the_case(
    app: App, library: Library, person: int
) -> None:
    await add(app, library)
    await rate_and_keep(library, await asked(app, library), ADA, "missing", OPEN)

    await library.forget_person(person)

    assert await cases(library) == []


async def test_old_answers_are_forgotten_with_their_cases(app: App, library: Library) -> None:
    await add(app, library)
    await rate_and_keep(library, await asked(app, library), ADA, "missing", OPEN)

    await library.answers.forget("9999")

    assert await cases(library) == []


async def test_private_questions_are_counted_and_not_shown(app: App, library: Library) -> None:
    await add(app, library)
    answer_id = await asked(app, library, private=True)
    await asked(app, library, EIFFEL, private=True)
    await rate_and_keep(library, answer_id, ADA, "missing", OPEN)

    found = await reviewed(app, library)

    assert (found.bad, found.unanswered) == ([], [])
    assert (found.private.bad, found.private.unanswered) == (1, 1)


async def test_what_was_asked_in_another_channel_or_rests_on_one_is_not_shown(
    app: App, library: Library
) -> None:
    await add(app, library, channel=STAFF_CHANNEL)
    everywhere = await asked(app, library, scope=EVERYTHING)
    await asked(app, library, EIFFEL, channel=STAFF_CHANNEL)
    await rate_and_keep(library, everywhere, ADA, "missing", EVERYTHING)

    found = await reviewed(app, library, OPEN)

    assert (found.bad, found.unanswered, found.cited, found.never_cited) == ([], [], [], [])


async def test_unanswered_questions_are_grouped_by_what_they_ask(
    app: App, library: Library
) -> None:
    await add(app, library)
    for text in (EIFFEL, "What did the dentist say?", "How tall is the Eiffel tower in Paris?"):
        await asked(app, library, text)

    first, second = (await reviewed(app, library)).unanswered

    assert [len(first.questions), len(second.questions)] == [2, 1]
    assert "Eiffel" in first.text


async def test_the_most_and_never_cited_articles_are_listed(app: App, library: Library) -> None:
    cited = await add(app, library)
    never = await add(app, library, "Baking\n\nBread is baked at four in the morning.")
    await asked(app, library)

    found = await reviewed(app, library)

    assert [(each.article.id, each.answers) for each in found.cited] == [(cited, 1)]
    assert [article.id for article in found.never_cited] == [never]


async def test_a_list_of_articles_is_no_citation(app: App, library: Library) -> None:
    article_id = await add(app, library)
    await asked(app, library, "List all articles")

    found = await reviewed(app, library)

    assert found.cited == []
    assert [article.id for article in found.never_cited] == [article_id]


async def test_an_exported_review_is_replayed_by_the_evaluation(
    app: App, library: Library, tmp_path: Path
) -> None:
    await add(app, library)
    await rate_and_keep(library, await asked(app, library), ADA, "missing", OPEN)
    await asked(app, library, EIFFEL)
    found = await reviewed(app, library)

    written = await export_cases(found, library, EVERYTHING, tmp_path / "cases")

    dataset = read_dataset(tmp_path / "cases")
    assert written == (1, 2) == (len(dataset.documents), len(dataset.questions))
    bad, unanswered = dataset.questions
    assert (bad.text, bad.type, bad.answerable) == (WHO, "missing", True)
    assert bad.evidence[0].text in dataset.documents[0].text
    assert (unanswered.text, unanswered.answerable) == (EIFFEL, False)


def test_the_evaluation_reads_an_exported_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    article = tmp_path / "bread.txt"
    article.write_text("Baking\n\nBread is baked at four in the morning in Aldwick.", "utf-8")
    assert main(["add", str(article), "--json"]) == 0
    assert main(["ask", "Who invented the telephone?", "--json"]) == 0
    folder = tmp_path / "cases"
    capsys.readouterr()

    assert main(["review", "--export", str(folder), "--json"]) == 0
    review = json.loads(capsys.readouterr().out)
    assert main(["eval", str(folder), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)

    assert review["exported"] == {"documents": 1, "questions": 1}
    assert figures["dataset"]["questions"] == 1
