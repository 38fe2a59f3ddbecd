"""English sentences are judged twice: the likeliest once more, by what they mean."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.records import Candidate
from bot.search.asked import read
from bot.search.evidence import answerable, in_english, weigh, weigh_once
from bot.search.reread import REREAD, reread
from tests.answer.library import hits, passage

SAID = [
    "The ferry leaves the harbour every hour.",
    "Its crossing lasts forty minutes.",
    "The boat was painted last spring.",
    "An island of the same name lies in the lake.",
    "It rained for long in May.",
    "Tickets are sold on board.",
]
QUESTION = "How long does the boat to the island take?"


def test_the_likeliest_are_judged_anew_in_their_order() -> None:
    once = weigh_once(read(QUESTION), hits(passage(1, SAID)))
    twice = reread(QUESTION, once)
    assert len(once) == len(SAID)
    assert len(twice) == REREAD
    texts = [one.text for one in once]
    assert [one.text for one in twice] == sorted((one.text for one in twice), key=texts.index)
    assert all("meant" in one.signals for one in twice)
    kept = {one.text for one in twice}
    left = max(one.worth for one in once if one.text not in kept)
    assert all(one.worth >= left for one in once if one.text in kept)


def test_what_means_the_same_is_worth_more_than_by_its_words() -> None:
    found = hits(passage(1, SAID))
    once, twice = weigh_once(read(QUESTION), found), weigh(read(QUESTION), found)

    def lead(judged: Sequence[Candidate]) -> float:
        worth = {one.text: one.worth for one in judged}
        return worth[SAID[1]] - worth[SAID[2]]

    assert lead(twice) > lead(once)


def test_sentences_in_another_language_stay_as_they_are() -> None:
    (spanish,) = hits(passage(2, ["La travesía dura cuarenta minutos en verano."]))
    foreign = replace(spanish, meaning=0.4)
    once = weigh_once(read(QUESTION), (*hits(passage(1, SAID)), foreign))
    twice = reread(QUESTION, once)
    assert [one for one in twice if one.foreign] == [one for one in once if one.foreign]


@pytest.mark.parametrize(
    ("question", "sentence", "english"),
    [
        (QUESTION, SAID[0], True),
        ("ferry harbour departure", SAID[0], True),
        ("¿Cuánto dura la travesía a la isla?", SAID[0], False),
        ("Wie lange dauert die Fahrt zur Insel?", "Die Fähre fährt jede Stunde zur Insel.", False),
        ("Jak długo płynie prom na wyspę?", SAID[0], False),
        ("Mennyi ideig tart a hajóút a szigetre?", SAID[0], False),
        ("从北京到上海要多久？", "从北京到上海坐火车要四个半小时。", False),
    ],
)
def test_only_english_is_read_again(question: str, sentence: str, english: bool) -> None:
    found = hits(passage(1, [sentence]))
    assert in_english(question, found, weigh_once(read(question), found)) == english
    assert ("meant" in weigh(read(question), found)[0].signals) == english


def test_nothing_to_judge_stays_nothing() -> None:
    assert reread(QUESTION, ()) == ()
    assert answerable(weigh(read(QUESTION), ())) == 0
