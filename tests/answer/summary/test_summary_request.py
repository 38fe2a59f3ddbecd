"""What asks for a summary, of which article, and how long."""

from __future__ import annotations

import pytest

from bot.answer.summary.summary_request import match_summary_request


@pytest.mark.parametrize(
    ("question", "name", "sentences"),
    [
        ("tl;dr", "", None),
        ("TLDR?", "", None),
        ("summarise article 5", "article 5", None),
        ("Can you summarise this please?", "", None),
        ("Summarize the ferry article in two sentences", "the ferry article", 2),
        ("what is it about?", "", None),
        ("What are the main points of #3?", "#3", None),
        ("what's the gist", "", None),
        ("Fass Artikel 3 zusammen", "Artikel 3", None),
        ("Fasse das bitte in drei Sätzen zusammen", "", 3),
        ("Worum geht es in dem Artikel?", "", None),
        ("Resume el artículo 2 en tres frases", "el artículo 2", 3),
        ("Résumé de l'article 4 en 2 phrases", "l'article 4", 2),
        ("Resumo do artigo 4", "artigo 4", None),
        ("この記事を要約してください", "", None),
        ("总结一下", "", None),
        ("О чём эта статья?", "", None),
    ],
)
def test_a_summary_is_asked_for(question: str, name: str, sentences: int | None) -> None:
    request = match_summary_request(question)
    assert request is not None
    assert (request.name, request.sentences) == (name, sentences)


@pytest.mark.parametrize(
    "question",
    [
        "What is a summary judgment?",
        "How much did the ferry cost in summary?",
        "What does the article say about cats?",
        "Who wrote the summary of the report?",
        "Was kostet die Fähre?",
        "",
    ],
)
def test_other_questions_are_no_request_for_a_summary(question: str) -> None:
    assert match_summary_request(question) is None
