"""Which words are forms of each other, and how much a word weighs."""

from __future__ import annotations

import pytest

from bot.text.morphology import shares_prefix, stem_variants, word_weight


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("appointed", "appoint"),
        ("universities", "university"),
        ("planned", "plan"),
        ("wrote", "write"),
        ("leads", "head"),
        ("ukrainian", "ukraine"),
        ("dmitriev's", "dmitriev"),
        ("replied", "reply"),
    ],
)
def test_forms_of_a_word_share_a_stem_variant(word: str, other: str) -> None:
    assert stem_variants(word) & stem_variants(other)


@pytest.mark.parametrize(("word", "other"), [("mission", "missile"), ("fund", "found")])
def test_different_words_share_no_stem_variant(word: str, other: str) -> None:
    assert not stem_variants(word) & stem_variants(other)


def test_forms_of_a_word_share_a_prefix() -> None:
    assert shares_prefix("construyó", "construido")
    assert shares_prefix("gründete", "gegründet")
    assert not shares_prefix("costó", "consto")


def test_rare_words_weigh_more_than_common_ones() -> None:
    assert word_weight("the") < word_weight("people") < word_weight("kelp") == 1
