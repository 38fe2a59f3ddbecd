"""Language detection, and whether two languages certainly differ."""

from __future__ import annotations

import pytest

from bot.text.language import OTHER, UNDETERMINED, detect_language, differs


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Who won the race?", "en"),
        ("Wer gewann das Rennen?", "de"),
        ("¿Quién ganó la carrera?", "es"),
        ("Qui a gagné la course ?", "fr"),
        ("Quanto costa il pane della casa?", "it"),
        ("Quem são os donos?", "pt"),
        ("Waarom is het brood zo duur?", "nl"),
        ("Сколько стоит хлеб?", "ru"),
        ("谁赢了比赛？", "zh"),
        ("誰がレースに勝ちましたか？", "ja"),
        ("누가 이겼습니까?", "ko"),
        ("ใครชนะ", "th"),
        ("من فاز؟", "ar"),
        ("What does “火星” mean?", "en"),
        ("¿Quién nombró a Dmitriev?", "es"),
        ("Hol emelkedik a legmagasabbra a víz dagálykor?", "hu"),
        ("Gdzie jest najwyższa fala?", "pl"),
        ("Var är vattnet högst?", "sv"),
        ("jay z magna carta holy grail album sales", "en"),
        ("Hvor er vandet højest?", OTHER),
        ("Gölün en derin yeri kaç metre?", "tr"),  # the model: Azerbaijani, or Turkish
        ("yelesoy ciftliginde toplam kac at bulunuyor", "tr"),  # "at" alone decides nothing
        ("Múzeum bolo otvorené v roku 1923 a každý rok prichádza viac ľudí.", OTHER),
        # "her", "at" and "an" are English words, too
        ("Her yıl on bin kişi gölü görmeye gelir. At çiftliği an itibarıyla kapalı.", "tr"),
        ("Model, price, weight, colour: Alpha 3, 300, 2 kg, red", UNDETERMINED),
        ("Jean-François Müller cooks.", UNDETERMINED),
        ("Angela Merkel visited Emmanuel Macron.", UNDETERMINED),
        ("Kelp Otter Sushi", UNDETERMINED),
        ("Kelp \ud83d\nSushi", UNDETERMINED),
        ("1984?", ""),
        ("", ""),
    ],
)
def test_a_language_is_detected(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the with und", "en"),  # twice as many function words as in any other language
        ("the of with und der", "de"),  # one and a half times is not enough: the model decides
        ("the of with und der die", "de"),
        ("the of with and from this und der", "en"),
    ],
)
def test_function_words_decide_by_more_than_half_again_as_many(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("en", "de", True),
        ("en", "zh", True),
        ("ja", "zh", True),
        (UNDETERMINED, "ru", True),
        (UNDETERMINED, "de", False),
        ("es", UNDETERMINED, False),
        ("hu", UNDETERMINED, False),
        ("hu", "en", True),
        (OTHER, "en", True),
        ("en", OTHER, True),
        (OTHER, "ru", True),
        (OTHER, "hu", False),
        (OTHER, OTHER, False),
        (OTHER, UNDETERMINED, False),
        ("en", "en", False),
        ("", "zh", False),
    ],
)
def test_languages_differ_only_if_that_is_certain(question: str, text: str, expected: bool) -> None:
    assert differs(question, text) is expected
