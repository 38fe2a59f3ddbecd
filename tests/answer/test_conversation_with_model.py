"""With a model, a conversation works as without one: it reads only what is meant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from bot.answer.events import Completed
from bot.answer_records import Answer
from bot.service.ask import UserQuestion, answer_question, keep_answer, to_stored
from bot.store.values import StoredAnswer
from tests.answer.conftest import SCOPE, Harness

pytestmark = pytest.mark.asyncio(loop_scope="module")
TAY = "The Tay Bridge opened in 1887. It cost one million pounds. The engineer was William Barlow."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(shared: Harness) -> AsyncIterator[Harness]:
    await shared.add(TAY, "The Tay Bridge")
    yield shared


@dataclass
class ModelTalk:
    """A conversation that a scripted model answers."""

    harness: Harness
    turns: list[StoredAnswer] = field(default_factory=list)

    async def ask(self, text: str, *replies: str) -> Answer:
        for reply in replies:
            self.harness.server.say(reply)
        app = self.harness.app
        question = UserQuestion(text, SCOPE, turns=tuple(self.turns))
        async with app.store.library(SCOPE.server_id) as library:
            async with aclosing(answer_question(app.answerer, library, question)) as events:
                *_, last = [event async for event in events]
            assert isinstance(last, Completed)
            answer = await keep_answer(library, question, last.answer)
        if answer.mode != "help":
            self.turns.append(to_stored(question, answer))
        return answer

    @property
    def calls(self) -> int:
        return sum("messages" in request.body for request in self.harness.server.requests)


@pytest.fixture
def talk(two: Harness) -> ModelTalk:
    two.server.forget()
    return ModelTalk(two)


async def test_small_talk_asks_no_model_and_is_no_turn(talk: ModelTalk) -> None:
    answer = await talk.ask("thanks!")
    assert (answer.mode, talk.calls, talk.turns) == ("help", 0, [])


async def test_the_model_reads_only_the_article_that_is_pointed_to(talk: ModelTalk) -> None:
    answer = await talk.ask("what does article 2 say about the cost?", "It cost a million [1.2].")
    assert '<passage 1 title="The Tay Bridge">' in talk.harness.server.prompt
    assert "Forth" not in talk.harness.server.prompt.partition("<passage 1 title")[2]
    assert [article.title for article in answer.within_articles] == ["The Tay Bridge"]


async def test_the_model_reads_a_follow_up_that_stands_alone(talk: ModelTalk) -> None:
    await talk.ask("When did the Tay Bridge open?", "The Tay Bridge opened in 1887 [1.1].")
    answer = await talk.ask("How much did it cost?", "It cost one million pounds [2.2].")
    assert answer.standalone_question == "How much did it cost? (Tay Bridge open)"
    assert talk.harness.server.prompt.rstrip().endswith(f"Question: {answer.standalone_question}")
    assert [c.title for c in answer.citations] == ["The Tay Bridge"]
    assert (answer.mode, talk.calls) == ("model", 2)


async def test_who_says_so_is_told_without_the_model(talk: ModelTalk) -> None:
    await talk.ask("Who was the engineer of the Tay Bridge?", "It was William Barlow [1.3].")
    answer = await talk.ask("who says so?")
    assert [c.quote for c in answer.citations] == ["The engineer was William Barlow."]
    assert talk.calls == 1


async def test_shorter_has_the_model_say_the_same_again(talk: ModelTalk) -> None:
    await talk.ask("Who was the engineer of the Tay Bridge?", "It was William Barlow [1.3].")
    answer = await talk.ask("shorter please", "William Barlow was the engineer [1.1].")
    assert talk.calls == 2
    assert [c.quote for c in answer.citations] == ["The engineer was William Barlow."]


async def test_a_summary_by_the_model_leaves_its_title_as_the_topic(talk: ModelTalk) -> None:
    await talk.ask("tl;dr article 2", "The Tay Bridge opened in 1887 [1.1].")
    answer = await talk.ask("how much did it cost?", "It cost one million pounds [1.2].")
    assert answer.standalone_question == "how much did it cost? (Tay Bridge)"


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("and the Forth Bridge?", "When did the Forth Bridge open?"),
        ("no, I meant the Forth Bridge", "When did the Forth Bridge open?"),
    ],
)
async def test_the_model_reads_the_question_before_with_what_takes_its_place(
    talk: ModelTalk, line: str, question: str
) -> None:
    await talk.ask("When did the Tay Bridge open?", "The Tay Bridge opened in 1887 [1.1].")
    answer = await talk.ask(line, "The Forth Bridge opened to trains in 1890 [1.1].")
    assert answer.standalone_question == question
    assert talk.harness.server.prompt.rstrip().endswith(f"Question: {question}")
    assert "opened to trains in 1890" in talk.harness.server.prompt


async def test_another_article_is_asked_the_same_by_the_model(talk: ModelTalk) -> None:
    await talk.ask("what does article 2 say about the cost?", "It cost a million [1.2].")
    await talk.ask("and article 1?", "The bridge cost three million pounds [1.3].")
    passages = talk.harness.server.prompt.partition("<passage 1 title")[2]
    assert "three million pounds" in passages
    assert "one million" not in passages


async def test_more_goes_on_without_the_model(talk: ModelTalk) -> None:
    await talk.ask("When did the Tay Bridge open?", "The Tay Bridge opened in 1887 [1.1].")
    answer = await talk.ask("go on")
    assert [c.quote for c in answer.citations] == [
        "It cost one million pounds.",
        "The engineer was William Barlow.",
    ]
    assert talk.calls == 1


async def test_in_another_language_the_model_says_only_what_was_shown(talk: ModelTalk) -> None:
    await talk.ask("Who was the engineer of the Tay Bridge?", "It was William Barlow [1.3].")
    answer = await talk.ask("auf deutsch bitte", "Der Ingenieur war William Barlow [1.3].")
    assert (answer.mode, talk.calls) == ("model", 2)
    assert [c.quote for c in answer.citations] == ["The engineer was William Barlow."]
    assert "auf deutsch bitte" in talk.harness.server.prompt


async def test_a_bare_why_has_the_model_read_the_article_of_the_conversation(
    talk: ModelTalk,
) -> None:
    await talk.ask("When did the Tay Bridge open?", "The Tay Bridge opened in 1887 [1.1].")
    await talk.ask("why?", "NO ANSWER")
    assert "Question: why? (Tay Bridge open)" in talk.harness.server.prompt
    assert 'title="The Tay Bridge">' in talk.harness.server.prompt


async def test_a_change_of_subject_reaches_the_model_as_it_was_typed(talk: ModelTalk) -> None:
    await talk.ask("When did the Tay Bridge open?", "The Tay Bridge opened in 1887 [1.1].")
    line = "what was the Forth Bridge built of"
    answer = await talk.ask(line, "It was built of steel by William Arrol [1.2].")
    assert answer.standalone_question in ("", line)
    assert talk.harness.server.prompt.rstrip().endswith(f"Question: {line}")
