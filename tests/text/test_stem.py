"""Words match their other forms and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.text.stem import porter, stem
from bot.text.tokenize import MAX_TERM_CHARACTERS, index_terms, split_words


@pytest.mark.parametrize(
    ("word", "same"),
    [
        ("infections", "infected"),
        ("universities", "university"),
        ("relational", "relate"),
        ("hopping", "hop"),
        ("generalizations", "generalize"),
        ("falling", "fall"),
        ("putin's", "putin"),
        ("genève", "geneve"),
        ("ёлка", "елка"),
        ("brücken", "brücke"),
        ("bäckern", "bäcker"),
        ("größten", "grösste"),
        ("campesinos", "campesina"),
        ("encontraron", "encontrado"),
        ("vignobles", "vignoble"),
        ("l'hôpital", "hôpitals"),
        ("qu'abeilles", "abeille"),
        ("cœurs", "coeur"),
        ("formaggi", "formaggio"),
        ("dell'acquedotto", "acquedotti"),
        ("деревянных", "деревянный"),
        ("колокола", "колоколами"),
        ("строится", "строили"),
        ("поезда", "поездах"),
    ],
)
def test_forms_of_a_word_have_one_stem(word: str, same: str) -> None:
    assert stem(word) == stem(same)


@pytest.mark.parametrize("word", ["us", "is", "2030", "sars2", "火星", "วัน", "sky"])
def test_short_words_numbers_and_other_scripts_stay(word: str) -> None:
    assert stem(word) == word


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("mali", "male"),
        ("patient", "patent"),
        ("provide", "prove"),
        ("computer", "compare"),
        ("president", "present"),
        ("мир", "мирон"),
    ],
)
def test_other_words_keep_their_own_stem(word: str, other: str) -> None:
    assert stem(word) != stem(other)


@pytest.mark.parametrize(("name", "plain"), [("o'brien", "obrien"), ("don't", "dont")])
def test_an_apostrophe_inside_a_name_does_not_split_it(name: str, plain: str) -> None:
    assert stem(name) == stem(plain)


@pytest.mark.parametrize(("word", "other"), [("she'll", "shell"), ("we're", "were")])
def test_a_contraction_is_no_other_word(word: str, other: str) -> None:
    assert stem(word) != stem(other)


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [  # of Porter's own examples
        ("caresses", "caress"),
        ("ponies", "poni"),
        ("agreed", "agre"),
        ("conflated", "conflat"),
        ("filing", "file"),
        ("happy", "happi"),
        ("vietnamization", "vietnam"),
        ("triplicate", "triplic"),
        ("adoption", "adopt"),
        ("probate", "probat"),
        ("controll", "control"),
    ],
)
def test_porters_examples(word: str, stemmed: str) -> None:
    assert porter(word) == stemmed


def test_terms_keep_their_positions_without_common_words() -> None:
    assert index_terms("The head of the fund") == [(1, "head"), (4, "fund")]


def test_unspaced_runs_become_bigrams() -> None:
    assert split_words("MARS火星探査 2030") == ["mars", "火星", "星探", "探査", "2030"]


def test_a_very_long_word_is_truncated() -> None:
    assert split_words("a" * 10_000) == ["a" * MAX_TERM_CHARACTERS]


def test_threads_stem_alike() -> None:
    words = [f"{word}{ending}" for word in ("relat", "infect", "gener") for ending in ("ed", "ing")]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: [porter(word) for word in words], range(40)))
    assert all(stems == found[0] for stems in found)
