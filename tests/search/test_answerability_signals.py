"""The signals of a sentence, each worked out by hand, and how they add up."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log
from statistics import median

import pytest

from bot.records import Candidate, CitableRange, Hit
from bot.search.answerability import (
    SCORED_HITS,
    answer_probability,
    combined_log_odds,
    is_english,
    score_sentences_stage_1,
)
from bot.search.answerability_model import LogisticModel
from bot.search.question_analysis import analyze
from bot.search.sentence_context import may_answer, place_of
from bot.structure import BlockKind
from bot.text.morphology import word_weight
from tests.answer.library import hits, passage

QUESTION = analyze("Was the lighthouse of Harlen painted?")
KEYWORDS = {"lighthouse", "harlen", "painted"}


def signals(
    *sentences: str, title: str = "", question: str = QUESTION.text
) -> list[dict[str, float]]:
    found = score_sentences_stage_1(analyze(question), hits(passage(1, [*sentences], title=title)))
    return [{**candidate.signals} for candidate in found]


def share(*words: str) -> float:
    return sum(map(word_weight, words)) / sum(map(word_weight, KEYWORDS))


def test_own_keywords_count_by_how_rare_they_are() -> None:
    first, second, third = signals("The lighthouse was painted.", "Harlen slept.", "Rain fell.")
    assert first["own"] == pytest.approx(share("lighthouse", "painted"))
    assert second["own"] == pytest.approx(share("harlen"))
    assert third["own"] == 0


def test_a_cell_has_its_unit_in_the_header() -> None:
    texts = passage(1, ["Camping | 12", "Camping | free"])
    rows = replace(texts, sentences=tuple(replace(s, kind="table_row") for s in texts.sentences))
    found = score_sentences_stage_1(analyze("How much does camping cost?"), hits(rows))
    assert [candidate.signals["no_such"] for candidate in found] == [0, 1]


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("All figures in million crowns unless stated otherwise.", False),
        ("Ungeprüfte Zahlen in Tausend Euro.", False),
        ("Cifras en miles de euros, sin auditar.", False),
        ("The bridge cost 3 million crowns.", True),
        ("Most of the towns have no bridge.", True),
    ],
)
def test_the_unit_of_other_figures_answers_nothing(text: str, answers: bool) -> None:
    (sentence,) = passage(1, [text]).sentences
    assert may_answer(sentence, text) == answers


@pytest.mark.parametrize(
    "text", ["The lens is in Ostrander, isn't it?", "何時ですか？", "Any ideas?"]
)
def test_a_sentence_that_asks_answers_nothing(text: str) -> None:
    (sentence,) = passage(1, [text]).sentences
    assert not may_answer(sentence, text)
    said = f"She wrote: “{text}"
    assert may_answer(passage(1, [said]).sentences[0], said)


@pytest.mark.parametrize("written", ["1,140", "1.140", "1140", "1\u00a0140"])
@pytest.mark.parametrize("posed", ["1140", "1,140", "1.140"])
def test_a_number_is_said_however_its_thousands_are_written(posed: str, written: str) -> None:
    (found,) = signals(f"The ropes cost {written} crowns.", question=f"Are the ropes {posed}?")
    assert (found["number_unsaid"], found["code_unsaid"]) == (0, 0)
    (other,) = signals("The ropes cost 1,410 crowns.", question=f"Are the ropes {posed}?")
    assert other["number_unsaid"] == 1


@pytest.mark.parametrize(
    "question",
    ["Who works on the 10th?", "Who works on the 10?", "Chi lavora il 10th?", "Le 10ème, qui ?"],
)
def test_an_ordinal_is_its_number_and_no_code(question: str) -> None:
    (found,) = signals("Oona works on the 10 of May.", question=question)
    assert (found["number_unsaid"], found["code_unsaid"]) == (0, 0)
    (other,) = signals("Oona works on the 11 of May.", question=question)
    assert other["number_unsaid"] == 1


def test_what_kind_of_line_a_sentence_is() -> None:
    plain = passage(1, ["The lighthouse was painted.", "Harlen slept.", "Harlen painted it."])
    kinds: tuple[BlockKind, ...] = ("list_item", "table_row", "paragraph")
    marked = zip(plain.sentences, kinds, strict=True)
    lines = replace(plain, sentences=tuple(replace(s, kind=kind) for s, kind in marked))
    found = score_sentences_stage_1(QUESTION, hits(lines))
    assert [(c.signals["item"], c.signals["row"]) for c in found] == [(1, 0), (0, 1), (0, 0)]


def test_a_title_counts_where_the_sentence_lacks_the_word() -> None:
    first, second = signals("Harlen slept.", "Rain fell.", title="Harlen in the rain and wind")
    assert first["titled"] == second["titled"] == pytest.approx(share("harlen"))
    assert first["title"] == 0
    assert second["title"] == pytest.approx(share("harlen"))
    assert first["named"] == pytest.approx(1 / 3)  # of Harlen, rain and wind
    assert first["rest"] == 0


def test_the_rest_of_the_keywords_is_looked_for_in_the_text() -> None:
    (some,) = signals("It was painted.", title="Harlen")
    rest = share("lighthouse", "painted")
    assert some["rest"] == pytest.approx(share("painted") / rest)
    (nothing_left,) = signals("It was white.", title="The painted lighthouse of Harlen")
    assert nothing_left["rest"] == 1


def test_the_sentence_before_counts_in_full_only_before_a_pronoun() -> None:
    _, pronoun = signals("The lighthouse of Harlen is old.", "It was painted.")
    _, noun = signals("The lighthouse of Harlen is old.", "Rain painted.")
    assert pronoun["before"] == pytest.approx(share("lighthouse", "harlen"))
    assert noun["before"] == pytest.approx(pronoun["before"] / 2)
    first, repeated = signals("The lighthouse is old.", "It is a lighthouse.")
    assert first["before"] == repeated["before"] == 0


@pytest.mark.parametrize(("words", "long"), [(1, 1 / 250), (125, 0.5), (250, 1), (400, 1)])
def test_a_passage_is_long_from_250_words_on(words: int, long: float) -> None:
    (found,) = signals(" ".join(["rain"] * words))
    assert found["long"] == pytest.approx(long)


def test_rare_words_among_the_hits_weigh_more() -> None:
    passages = [
        passage(number, [text]) for number, text in enumerate(("Harlen painted.", "Harlen."), 1)
    ]
    first, second = score_sentences_stage_1(QUESTION, hits(*passages))
    counts = {"lighthouse": 0, "harlen": 2, "painted": 1}
    idf = {word: word_weight(word) * log(1 + (2.5 - n) / (n + 0.5)) for word, n in counts.items()}
    total = sum(idf.values())
    assert first.signals["rare_own"] == pytest.approx((idf["harlen"] + idf["painted"]) / total)
    assert second.signals["rare_own"] == pytest.approx(idf["harlen"] / total)


def test_a_hit_is_ahead_of_the_median_and_its_rank_counts() -> None:
    passages = hits(*(passage(number, ["Rain fell."]) for number in range(1, SCORED_HITS + 2)))
    scored = score_sentences_stage_1(
        QUESTION, [replace(hit, cosine=0.01 * rank) for rank, hit in enumerate(passages, 1)]
    )
    assert [one.signals["rank"] for one in scored] == [1 / n for n in range(1, SCORED_HITS + 1)]
    cosines = [0.01 * n for n in range(1, SCORED_HITS + 1)]
    assert [one.signals["meaning"] for one in scored] == pytest.approx(cosines)
    ahead = [one.signals["ahead"] for one in scored]
    assert ahead == pytest.approx([cosine - median(cosines) for cosine in cosines])


def test_a_hit_in_another_language_takes_no_rank_from_those_behind_it() -> None:
    texts = (
        "Лодки стояли у старого причала.",
        "The boats lay at the old pier.",
        "Rain fell on it.",
    )
    scored = score_sentences_stage_1(
        analyze("Where were the boats?"),
        hits(*(passage(number, [text]) for number, text in enumerate(texts, 1))),
    )
    assert [candidate.signals["rank"] for candidate in scored] == [1, 1, 1 / 2]


@pytest.mark.parametrize(
    ("byline", "no_such", "lent"),
    [("VoltVera · 3 May 2026", 0, True), ("vera62 · 3 May", 0, True), ("Pete · 3 May", 2, False)],
)
def test_a_post_is_what_its_author_says(byline: str, no_such: int, lent: bool) -> None:
    said = passage(1, ["That is winter."])
    above = CitableRange("byline", passage(2, [byline]), 0, len(byline))
    contexts = {place_of(said, said.sentences[0]): (above,)}
    (found,) = score_sentences_stage_1(analyze("What did Vera say?"), hits(said), contexts)
    assert (found.signals["no_such"], found.signals["lent"] > 0) == (no_such, lent)


@pytest.mark.parametrize(
    ("question", "sentence", "no_such", "missed"),
    [
        ("How many boats came?", "Three boats came.", 0, 0),
        ("How many boats came?", "Boats came.", 1, 0),
        ("How many boats came?", "Some boats came with 3 horses.", 1, 0),
        ("How many boats came?", "Then came 3.", 0, 0),
        ("Wie viele Boote kamen?", "Es kamen nur Kähne.", 1, 0),
        ("Wie viele Boote kamen?", "Es kamen nur 3 Kähne.", 0, 1),
        ("What did Moen say?", "Moen left.", 2, 0),
        ("Who led it before Moen?", "Moen slept.", 2, 0),
        ("Who opened it?", "It was opened.", 0, 1),
        ("Why did it close?", "It closed for repairs.", 0, 0),
        ("Why did it close?", "It closed.", 0, 1),
        ("What is a ferry?", "It closed.", 0, 0),
    ],
)
def test_a_sentence_without_what_is_asked_for_is_a_mismatch(
    question: str, sentence: str, no_such: float, missed: float
) -> None:
    (found,) = signals(sentence, question=question)
    assert (found["no_such"], found["missed"]) == (no_such, missed)


@pytest.mark.parametrize(
    ("sentence", "run"),
    [
        ("A painted lighthouse.", 1 / 5),
        ("The lighthouse of Harlen painted.", 3 / 5),
        ("The lighthouse of old Harlen painted.", 2 / 5),
        ("Rain fell.", 0),
    ],
)
def test_a_run_of_words_in_common_is_counted_up_to_five(sentence: str, run: float) -> None:
    (found,) = signals(sentence)
    assert found["run"] == run


def test_a_run_of_more_than_five_words_counts_like_five() -> None:
    words = "red boats left grey harbours under white clouds"
    (found,) = signals(f"{words}.", question=f"Did {words}?")
    assert found["run"] == 1


def foreign(cosine: float, *texts: str) -> tuple[Candidate, ...]:
    found = hits(*(passage(number, [text, text]) for number, text in enumerate(texts, 1)))
    question = analyze("Когда построили мост через реку?")
    return score_sentences_stage_1(question, [replace(hit, cosine=cosine) for hit in found])


@pytest.mark.parametrize("cosine", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("count", [1, 2])
def test_foreign_sentences_are_together_as_likely_as_their_cosine_says(
    cosine: float, count: int
) -> None:
    text = "The bridge over the river was built by the old town in the year of the flood."
    found = foreign(cosine, *[text] * count)
    assert len(found) == 2 * count
    assert len({candidate.log_odds for candidate in found}) == 1
    assert combined_log_odds(found) == pytest.approx(25 * (cosine - 0.2))
    assert answer_probability(found) == pytest.approx(1 / (1 + exp(-25 * (cosine - 0.2))))


def test_odds_add_up_however_large_they_are() -> None:
    (hit,) = hits(passage(1, ["Rain fell."]))
    (sentence,) = hit.passage.sentences

    def together(*odds: float) -> float:
        return combined_log_odds([Candidate(hit.passage, sentence, each, {}) for each in odds])

    assert together(log(2), log(3), log(5)) == pytest.approx(log(10))
    assert together(1_000, 1_000) == pytest.approx(1_000 + log(2))


def test_log_odds_are_the_sum_of_weighted_signals() -> None:
    model = LogisticModel({"own": 4.0, "run": -1.0}, intercept=0.25)
    given = {"own": 0.5, "run": 0.2, "long": 1.0}  # the model has no weight for the last
    assert model.log_odds(given) == pytest.approx(0.25 + 2.0 - 0.2)


@pytest.mark.parametrize(
    ("question", "text", "english"),
    [
        ("Where was the old bridge of the town built?", "The bridge is in the north of it.", True),
        ("Wo wurde die alte Brücke der Stadt gebaut?", "The bridge is in the north of it.", False),
        (
            "Where was the old bridge of the town built?",
            "Die Brücke ist im Norden der Stadt.",
            False,
        ),
        ("Harlen lighthouse", "The lighthouse is in the north of it.", True),
        ("Harlen lighthouse", "The bridge is in the north of it.", False),
    ],
)
def test_english_is_reranked_only_over_english(question: str, text: str, english: bool) -> None:
    found: list[Hit] = [*hits(passage(1, [text]))]
    candidates = score_sentences_stage_1(analyze(question), found)
    assert is_english(question, found, candidates) == english
