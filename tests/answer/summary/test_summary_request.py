"""What asks for a summary, of which article, and how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.conversation.speech_act import SpeechAct, read_line
from bot.answer.summary.summary_request import MAX_SENTENCES, names_something, read_length

REQUESTS = [
    ("tl;dr", None),
    ("TLDR?", None),
    ("summarise article 5", None),
    ("Can you summarise this please?", None),
    ("Summarize the ferry article in two sentences", 2),
    ("what is it about?", None),
    ("What are the main points of #3?", None),
    ("what's the gist", None),
    ("sum up the report", None),
    ("Fass Artikel 3 zusammen", None),
    ("Fasse das bitte in drei Sätzen zusammen", 3),
    ("Worum geht es in dem Artikel?", None),
    ("Resume el artículo 2 en tres frases", 3),
    ("Résumé de l'article 4 en 2 phrases", 2),
    ("Resumo do artigo 4", None),
    ("この記事を要約してください", None),
    ("总结一下", None),
    ("О чём эта статья?", None),
]


@pytest.mark.parametrize(("line", "sentences"), REQUESTS)
def test_a_summary_is_asked_for(line: str, sentences: int | None) -> None:
    assert read_line(line, in_conversation=False).act is SpeechAct.SUMMARISE
    assert read_line(line, in_conversation=True).act is SpeechAct.SUMMARISE
    assert read_length(line)[1] == sentences


@pytest.mark.parametrize(
    "line",
    [
        "What is a summary judgment?",
        "How much did the ferry cost in summary?",
        "What does the article say about cats?",
        "Who wrote the summary of the report?",
        "Was kostet die Fähre?",
        "and article 3?",
        "what about article 9?",
        "the sum of the revenue",
        "",
    ],
)
def test_other_questions_are_no_request_for_a_summary(line: str) -> None:
    assert read_line(line, in_conversation=False).act is not SpeechAct.SUMMARISE


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("what's the gist", False),
        ("main points please", False),
        ("Worum geht es?", False),
        ("¿de qué trata?", False),
        ("кратко перескажи статью", False),
        ("main points of the treaty", True),
        ("summarise the zeppelin report", True),
        ("worum geht es im streit um die fähre", True),
    ],
)
def test_a_request_may_name_what_is_to_be_summed_up(line: str, names: bool) -> None:
    assert names_something(line) is names


@given(st.text(max_size=80), st.integers(0, 99))
def test_a_length_is_within_what_a_summary_holds(text: str, n: int) -> None:
    _, sentences = read_length(f"{text} in {n} sentences")
    assert sentences is not None
    assert 1 <= sentences <= MAX_SENTENCES
