"""A plain statement becomes the question that it answers; nothing else becomes one."""

from __future__ import annotations

import pytest

from bot.answer.stated_facts import question_of


@pytest.mark.parametrize(
    ("language", "sentence", "question"),
    [
        ("en", "The restoration cost £1.4 million.", "What did the restoration cost?"),
        ("en", "The new quay will cost about 26 million.", "What will the new quay cost?"),
        ("en", "The lighthouse is 33 metres high.", "How high is the lighthouse?"),
        ("de", "Die Brücke kostet rund 3 Millionen Euro.", "Was kostet die Brücke?"),
        ("de", "Der Tunnel ist 400 Meter lang.", "Wie lang ist der Tunnel?"),
        ("fr", "La visite coûte 3 euros.", "Combien coûte la visite ?"),
        ("es", "El tejado costará 3,2 millones.", "¿Cuánto costará el tejado?"),
        ("pt", "O pão custa 2 euros.", "Quanto custa o pão?"),
        ("en", "The tickets cost £6.", ""),  # "did" or "do"?
        ("en", "The mayor said that the quay costs 3 million.", ""),
        ("en", "The committee asked what it costs.", ""),
        ("ru", "Башня стоит 3 миллиона.", ""),
    ],
)
def test_a_plain_statement_becomes_a_question(language: str, sentence: str, question: str) -> None:
    assert question_of(sentence, language) == question
