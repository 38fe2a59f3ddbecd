"""Whether a sentence has the answer type that a question asks for."""

from __future__ import annotations

import pytest

from bot.search.answer_type import answer_type_score, counted_similarity
from bot.search.question_analysis import analyze


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("有多少人参加？", "共12人参加。", "很多人参加。"),
        ("How much money was offered?", "He offered 4.50 euros.", "He offered Russian money."),
        ("What does a ticket cost?", "A ticket costs nine crowns.", "A ticket costs more."),
        ("How old is Moen?", "Moen, 61, will retire.", "Moen bought it in 1961."),
        ("When was it founded?", "It was founded in 1912.", "It was founded on Tuesday."),
        ("How many cars cross?", "Each day 900 cars cross.", "Cars crossed until 1974."),
        ("How deep is the sound?", "It is 40 metres deep.", "It ended after 112 years."),
        ("How long did he serve?", "He served for three years.", "He served three kings."),
        ("Who heads the fund?", "The head is Kirill Dmitriev.", "The head of the fund spoke."),
        ("Where was he born?", "He was born in Bergen.", "He was born in a storm."),
        ("Why did it close?", "It closed because of the toll.", "It closed."),
        ("Who opened it?", "Ingrid Solheim opened it.", "She opened it."),
        ("How long is it?", "It is half a metre long.", "It is long."),
        ("What did Moen say?", "Halvard Moen said it was cold.", "Moen left when Brandt spoke."),
        ("Who led it before Moen?", "Brandt led it before Captain Moen.", "Brandt chose Moen."),
        ("Who led it before Moen?", "Moen replaced Tove Brandt.", "Brandt knew Moen."),
        ("What is the skipper's name?", "The skipper, Ida Moen, left.", "The skipper left."),
        ("Wie heißt die Leiterin?", "Die Leiterin Ida Moen ging.", "Die Leiterin ging in Rente."),
        ("Comment s'appelle le préfet ?", "Le préfet, Luc Morvan, cède.", "Le préfet a cédé."),
        ("¿Cómo se llama la alcaldesa?", "Habló la alcaldesa, Ana Soto.", "Habló la alcaldesa."),
        ("Como se chama o padeiro?", "Foi o padeiro, Rui Lima.", "Foi o padeiro da aldeia."),
        ("Quel âge a Luc ?", "Luc a 54 ans.", "Luc est là depuis 54 ans."),
        ("Quantos anos tem a Ana?", "Ana, de 54 anos, saiu.", "Ana saiu há 54 anos."),
        ("À quelle heure ouvre le musée ?", "Il ouvre à 9 h.", "La navette part toutes les 9 min."),
        ("¿A qué hora cierra?", "Cierra a las diez.", "Cierra diez días."),
        ("what time does it open", "It opens at six on weekdays.", "It opens for six weeks."),
        ("Quel est le prix du vélo ?", "Il coûte 900 euros.", "Il pèse 9 kilos."),
        ("Quanto custa a broa?", "A broa custa 2 euros.", "A broa pesa 2 quilos."),
        ("Em que ano fechou o forno?", "O forno fechou em 1998.", "O forno fechou cedo."),
        ("Quelle est la hauteur du mur ?", "Le mur fait 3 mètres.", "Le mur a 3 portes."),
        ("what is their phone number", "Call 0471 55 20 18.", "They have 3 phones."),
        ("Qu'a dit Luc Morvan ?", "« C'est beau », a dit Luc Morvan.", "Luc Morvan est parti."),
    ],
)
def test_a_sentence_has_the_answer_type_or_not(question: str, right: str, wrong: str) -> None:
    analyzed = analyze(question)
    high, low = answer_type_score(analyzed, right), answer_type_score(analyzed, wrong)
    assert high is not None
    assert low is not None
    assert high >= 0.7 > 0.35 > low


def test_a_name_in_the_question_does_not_answer_it() -> None:
    assert answer_type_score(analyze("Who wrote to Musk?"), "A letter was written to Musk.") == 0


def test_names_are_unknown_in_scripts_without_capitals() -> None:
    assert answer_type_score(analyze("茶馆是谁开办的？"), "茶馆由龚先生在1923年开办。") is None


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Wie hoch war der Umsatz?", "Der Umsatz stieg auf 41 Millionen Euro."),
        ("combien de câbles sont cassés", "Les experts ont trouvé 17 câbles rompus."),
        ("wieviele balken waren faul", "Ein Gutachter fand 40 faule Balken."),
        ("cuantos puestos hay", "El mercado tendrá 64 puestos."),
        ("bis wann ist offen", "Die Kantine schließt um 14 Uhr."),
        ("cuándo cierran el muelle", "El muelle se cerrará en invierno."),
    ],
)
def test_what_is_asked_for_in_another_language_is_recognized(question: str, sentence: str) -> None:
    score = answer_type_score(analyze(question), sentence)
    assert score is not None
    assert score > 0.35


def test_what_is_counted_may_have_another_name() -> None:
    question = analyze("How many visitors came?")
    guests, crowns = "It had 40 guests.", "It cost 40 crowns."
    assert counted_similarity(question, guests) > counted_similarity(question, crowns)
    assert counted_similarity(analyze("Who came?"), guests) == 0
    assert counted_similarity(question, "Nobody came.") == 0
