"""A question that asks several things is split; what a message tells first is left out."""

from __future__ import annotations

import pytest

from bot.answer.question.parts import part_readings, split_parts, subject_words
from bot.answer.question.preface import without_preface, without_remark


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "How big is the hall and when does it open?",
            ("How big is the hall?", "when does it open (hall)?"),
        ),
        (
            "Is the ferry popular, what colour is it, and when is the last ferry on Saturday?",
            (
                "Is the ferry popular?",
                "what colour is it (ferry)?",
                "when is the last ferry on Saturday?",
            ),
        ),
        (
            "how long does the eelgrass study run, how many moorings, who wrote it",
            (
                "how long does the eelgrass study run?",
                "how many moorings (eelgrass study)?",
                "who wrote it (eelgrass study)?",
            ),
        ),
        (
            "When is the last ferry and is there a bus after it?",
            ("When is the last ferry?", "is there a bus after it?"),
        ),
        (
            "quanto custa agora o bolo de azeite e de que ano é o forno?",
            ("quanto custa agora o bolo de azeite?", "de que ano é o forno?"),
        ),
        (
            "Wie hoch ist der Turm, wer hat ihn gebaut und wann wurde er eröffnet?",
            (
                "Wie hoch ist der Turm?",
                "wer hat ihn gebaut (Turm)?",
                "wann wurde er eröffnet (Turm)?",
            ),
        ),
        (
            "gala date and time? and how many helpers are wanted? and who books the music?",
            ("gala date and time?", "how many helpers are wanted (gala)?", "who books the music?"),
        ),
        (
            "um wieviel geht die Miete hoch und bis wann muss ich zustimmen",
            ("um wieviel geht die Miete hoch?", "bis wann muss ich zustimmen?"),
        ),
        (
            "la halle ça coûte combien et les travaux commencent quand ?",
            ("la halle ça coûte combien?", "les travaux commencent quand?"),
        ),
        (
            "by when must I pay and how much is it for children?",
            ("by when must I pay?", "how much is it for children (pay)?"),
        ),
    ],
)
def test_a_question_is_split_into_its_parts(question: str, parts: tuple[str, ...]) -> None:
    assert split_parts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "Who is the man who built the tower, where he lived?",
        "Which bridge, which was built in 1912, is the longest?",
        "What is the difference between the old hall and the new one?",
        "is the tunnel 18 or 26 million? saw two numbers floating around here",
        "Who built and painted the tower?",
    ],
)
def test_a_clause_or_a_remark_is_no_part(question: str) -> None:
    assert split_parts(question) == (question,)


def test_a_whole_part_does_not_inherit_the_subject() -> None:
    assert split_parts("How much is a chair and when does the shop in Halden open?")[1] == (
        "when does the shop in Halden open?"
    )


def test_the_subject_is_what_follows_the_auxiliary() -> None:
    assert subject_words("Is the ferry popular?") == ["ferry"]
    assert subject_words("how long does the eelgrass study run") == ["eelgrass", "study"]
    assert subject_words("How big is the hall?") == ["hall"]


PREFACE = "I have been reading about the ferry for a long time and my aunt says it is old. " * 20


def test_what_a_message_tells_first_is_left_out() -> None:
    question = "When is the last ferry from Elmstead?"
    assert without_preface(PREFACE + question) == question
    assert without_preface(question) == question


def test_a_question_that_refers_back_keeps_the_topic() -> None:
    story = "We are four and one of us is deaf, so it is a puzzle. We thought of the tide museum. "
    asked = without_preface(story * 3 + "Do they offer anything in sign language?")
    assert asked.startswith("Do they offer anything in sign language (")
    assert "museum" in asked


def test_a_long_message_without_a_question_stays_as_it_is() -> None:
    assert without_preface(PREFACE) == PREFACE


def test_a_story_in_japanese_is_left_out_too() -> None:
    story = "来月、祖母と母と三人で旅行する予定です。祖母は足が悪く、手足がとても冷えます。" * 2
    assert without_preface(story + "ゆの里は何時までですか。") == "ゆの里は何時までですか。"


@pytest.mark.parametrize(
    ("message", "question"),
    [
        ("is the tunnel 18 or 26 million? saw two numbers", "is the tunnel 18 or 26 million?"),
        ("Wer zahlt den Tunnel? Die Artikel sagen Verschiedenes.", "Wer zahlt den Tunnel?"),
        ("who pays for the tunnel?? thanks!", "who pays for the tunnel??"),
        ("How much? I mean the tunnel.", ""),
        ("who pays for the tunnel? and what did it cost", ""),
        ("who pays for the tunnel", ""),
    ],
)
def test_a_remark_behind_a_whole_question_is_left_out(message: str, question: str) -> None:
    assert without_remark(message) == (question or message)


def test_a_short_part_is_read_with_the_subject_of_the_first_too() -> None:
    first = "when is the gala?"
    assert part_readings("who books the music?", first) == (
        "who books the music?",
        "who books the music (gala)?",
    )
    assert part_readings(first, first) == (first,)
    whole = "how many heat pumps were measured in Skelby?"
    assert part_readings(whole, first) == (whole,)
