"""One wrong letter is forgiven in long words that the library holds nowhere, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.search.spelling import correct_spelling, one_letter_away
from bot.store.protocols import Library
from tests.contract.samples import ALL, new_article
from tests.store.open_files import open_library

TEXT = (
    "The guided tour of the harbour takes an hour. Pavel Lind leads it, and the electric ferry "
    "Tern goes at 9. The house on the pier is open. Type A rooms cost 40 crowns."
)


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with open_library(tmp_path / "a.db") as (library, _):
        await library.articles.add(new_article(TEXT, title="The harbour"), ALL)
        yield library


@pytest.mark.parametrize(
    ("question", "text", "shown"),
    [
        ("How long is the gided tour?", "How long is the guided tour?", ("guided",)),
        ("What does pavel lindt lead?", "What does pavel Lind lead?", ("Lind",)),
        ("When does the electirc ferry go?", "When does the electric ferry go?", ("electric",)),
        # a word of eight letters needs no other word of the question beside it
        ("Is anything elcetric?", "Is anything electric?", ("electric",)),
        # the other word may have a wrong letter, too
        ("Who is Pavvel Linnd?", "Who is Pavel Lind?", ("Pavel", "Lind")),
        # two letters of a word that every text has
        ("how mcuh do tpye a rooms cost", "how much do tpye a rooms cost", ()),
        ("waht does pavel lead", "what does pavel lead", ()),
        ("taht is teh tour adn what", "that is the tour and what", ()),
        ("whats teh tour", "whats the tour", ()),
        ("what does an eth cost", "what does an eth cost", ()),
        ("a qué hora abre el tour", "a qué hora abre el tour", ()),
        ("qaundo parte la Tern", "quando parte la Tern", ()),
        (
            "becuase of what is the gided tour long",
            "because of what is the guided tour long",
            ("guided",),
        ),
        # another spelling of the same word is no mistake
        ("Who leads the tour of the harbor?", "Who leads the tour of the harbour?", ()),
    ],
)
async def test_a_wrong_letter_is_forgiven(
    library: Library, question: str, text: str, shown: tuple[str, ...]
) -> None:
    spelling = await correct_spelling(question, library, ALL)
    assert (spelling.text, spelling.shown) == (text, shown)


@pytest.mark.parametrize(
    "question",
    [
        "How long is the guided tour?",  # nothing is wrong
        "When does the fery go?",  # a short word
        "What does Nad lead?",  # a name that the library holds nowhere
        "Is there a form for the tour?",  # a word of English, however near to "from"
        "When does ferry TN01 go?",  # a code
        "What do type B rooms cost?",  # a letter
        "Does the tour pass a horse of the harbour?",  # another word of English
        "Who will leads the tour, and who leading it?",  # other forms
        "How long is the gyded tour?",  # two letters
        "Wann beginnt die gided Rundfahrt und wie lange dauert sie?",  # another language
    ],
)
async def test_nothing_else_is_corrected(library: Library, question: str) -> None:
    assert (await correct_spelling(question, library, ALL)).text == question


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "Die Fähre fährt um acht Uhr ab, und um neun ist sie am Leuchtturm.",
            "was macht die Fähre am Leuchtturm",
        ),
        ("Keine Kündigung gilt ohne Karte der Halle.", "wie lange gilt meine karte der halle"),
        ("La nuit au refuge est trop courte.", "combien coûte la nuit au refuge"),
        ("Le noci fanno bene alla torta.", "nella torta vanno le noci"),
    ],
)
async def test_a_common_word_of_any_language_is_not_misspelled(
    library: Library, text: str, question: str
) -> None:
    await library.articles.add(new_article(text), ALL)
    assert (await correct_spelling(question, library, ALL)).text == question


@given(st.text("abcdefghij", min_size=5, max_size=9))
def test_words_one_letter_away_differ_in_a_letter(word: str) -> None:
    for other in one_letter_away(word, "xyz"):
        assert other != word
        assert abs(len(other) - len(word)) <= 1
