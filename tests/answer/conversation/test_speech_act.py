"""Small talk is told apart from questions by what a line says as a whole."""

from __future__ import annotations

import pytest

from bot.answer.conversation.speech_act import SpeechAct, is_short, read_line


@pytest.mark.parametrize(
    ("line", "act", "language"),
    [
        ("hi", "greeting", "en"),
        ("Guten Morgen!", "greeting", "de"),
        ("muchas gracias", "thanks", "es"),
        ("到时候见,再见", "goodbye", "zh"),
        ("who are you", "identity", "en"),
        ("что ты умеешь?", "help", "ru"),
        ("is this private?", "privacy", "en"),
        ("comment ajouter un article", "how_add", "fr"),
        ("you stupid bot", "insult", "en"),
    ],
)
def test_small_talk_is_recognized_in_its_language(line: str, act: str, language: str) -> None:
    read = read_line(line, in_conversation=False)

    assert (read.act, read.language) == (act, language)
    assert read.bot_topic == act


@pytest.mark.parametrize("line", ["summarise article 32", "記事32を要約して", "总结文章32"])
def test_an_article_is_summed_up_by_its_number(line: str) -> None:
    assert read_line(line, in_conversation=False).act is SpeechAct.SUMMARISE


@pytest.mark.parametrize(
    "line",
    [
        "help with heating costs",
        "thanks to whom was the harbour saved?",
        "which languages does the guide speak?",
        "how do I add a room to a listed house?",
        "hello, when does the museum open?",
        "Hilfe bei Heizkosten",
        "why?",
        "ferry",
    ],
)
def test_a_question_that_shares_the_words_of_small_talk_is_a_question(line: str) -> None:
    assert read_line(line, in_conversation=False).act is SpeechAct.QUESTION


@pytest.mark.parametrize("line", ["who says so?", "shorter please", "are you sure?"])
def test_only_after_an_answer_is_a_line_about_the_answer(line: str) -> None:
    assert read_line(line, in_conversation=False).act is SpeechAct.QUESTION
    assert read_line(line, in_conversation=True).act is not SpeechAct.QUESTION


def test_a_long_line_is_a_question_whatever_it_begins_with() -> None:
    assert not is_short("hello " * 20)
    assert not is_short("こんにちは" * 8)


@pytest.mark.parametrize(
    "line",
    [
        *("kestrel", "gullwing", "minibus", "minibus times", "soup", "boat shed", "nachtzug"),
        *(
            "mercado",
            "паром",
            "渡轮",
            "フェリー",
            "E17",
            "CVE-2026-20415",
            "today is the ferry running?",
        ),
        *("today", "moorings", "opposition", "secrets", "sopa de peixe"),
    ],
)
def test_words_that_name_a_topic_are_a_question(line: str) -> None:
    assert read_line(line, in_conversation=False).act is SpeechAct.QUESTION


@pytest.mark.parametrize(
    "line",
    [
        "really? i thought it was Ada Wren",
        "echt? ich dachte 40",
        "¿seguro? yo leí 139",
        "vraiment ? je croyais lundi",
    ],
)
def test_a_doubt_may_say_why(line: str) -> None:
    assert read_line(line, in_conversation=True).act is SpeechAct.SURE
    assert read_line(line, in_conversation=False).act is not SpeechAct.SURE


def test_a_doubt_that_goes_on_to_ask_is_a_question() -> None:
    read = read_line("really? how much is the other", in_conversation=True)
    assert read.act is not SpeechAct.SURE
