"""Forgives one wrong letter in a word that the library holds nowhere.

Only in words of five letters or more, never in codes, figures or single letters. A word that is
one letter away (added, left out, changed or swapped with the next) takes its place if an article in
the question's language has it. A common word of English is only replaced by another spelling of
itself ("harbor"): by the similarity of their embeddings, which is not said, as nothing was wrong.
One of another language ("meine") is not replaced.

Of the words that every text has, two letters may be swapped, however short the word is ("mcuh"):
no note tells of it, as it changes nothing that is asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import regex

from bot.records import Scope, StoredPassage
from bot.search.query_terms import tokenize_question
from bot.search.sides import passage_stems
from bot.search.token_embeddings import token_similarities
from bot.store.protocols import Library
from bot.text.folding import fold, straighten
from bot.text.language import ENGLISH, UNDETERMINED, detect_language, differs
from bot.text.morphology import stem_variants, word_weight
from bot.text.question_words import is_question_word
from bot.text.stem import stem
from bot.text.stopwords import FUNCTION_WORDS, STOP_TOKENS
from bot.text.tokenize import find_tokens
from bot.text.wordpiece import tokenize_word
from bot.tokens import count_tokens

MIN_LETTERS = 5
MIN_LETTERS_SWAPPED = 3
SURE_LENGTH = 8  # letters: one that is so long needs no other word of the question beside it
MAX_WORDS = 4  # of a question that are looked for: one has few wrong letters
MAX_PASSAGES = 8  # of a possible word that are read
MAX_QUESTION_WORDS = 40  # pasted text is not corrected
SAME_WORD = 0.6  # cosine: "harbor" and "harbour" have .79, "horse" and "house" .04
LETTERS = {"Latin": "abcdefghijklmnopqrstuvwxyz", "Cyrillic": "абвгдежзиклмнопрстуфхцчшщъыьэюя"}
SCRIPTS = {name: regex.compile(rf"\p{{{name}}}{{{MIN_LETTERS},}}") for name in LETTERS}


@dataclass(frozen=True, slots=True)
class Spelling:
    """A question with its words as the library spells them.

    ``shown``: those that were wrong, as the library writes them. Empty if none was.
    ``article_ids``: the articles that have the words.
    """

    text: str
    shown: tuple[str, ...] = ()
    article_ids: frozenset[int] = frozenset()


async def correct_spelling(question: str, library: Library, scope: Scope) -> Spelling:
    """The question with the words corrected that the library holds nowhere."""
    unknown = await _unknown_words(question, library, scope)
    meant = {word: _with_letters_swapped_back(word, question) for word in unknown}
    for word, grammar_word in meant.items():
        if grammar_word:
            question = _replace(question, word, grammar_word)
    spelling = Spelling(question)
    for word in filter(_script, (word for word in unknown if not meant[word])):
        if match := await _find_written(word, question, library, scope):
            written, article_id = match
            was_wrong = not _is_known_word(word)
            text = _replace(spelling.text, word, written)
            shown = (*spelling.shown, written) if was_wrong else spelling.shown
            spelling = Spelling(text, shown, spelling.article_ids | {article_id})
    return spelling


async def _unknown_words(question: str, library: Library, scope: Scope) -> list[str]:
    """The words that may have a wrong letter: the library holds none of their forms."""
    tokenized = tokenize_question(question)
    if len(tokenized.words) > MAX_QUESTION_WORDS:
        return []
    words = [w for w in tokenized.content_terms if w.isalpha() and not is_question_word(w)]
    if not words:
        return []
    existing = await library.index.counts([stem(word) for word in words], scope)
    return [word for word in words if stem(word) not in existing][:MAX_WORDS]


def _with_letters_swapped_back(word: str, question: str) -> str:
    """The function or question word that a word is with two neighbours swapped; empty if none.

    One that the question writes with a capital may be a name. A tokenizer knows common typing
    errors as words ("teh"): what only it knows must become a word of the question's language, with
    the same first letter, so that "eth" and Spanish "abre" stay.
    """
    is_lower_case = regex.search(rf"\b{word}\b", question) is not None
    is_word = len(tokenize_word(word)) == 1 or word_weight(word) < 1
    if len(word) < MIN_LETTERS_SWAPPED or not is_lower_case or is_word:
        return ""
    if _is_known_word(word):
        language = detect_language(question)
        meant = STOP_TOKENS.get(ENGLISH if language == UNDETERMINED else language, frozenset())
        return next((w for w in _swaps(word) if w[0] == word[0] and w in meant), "")
    return next((w for w in _swaps(word) if w in FUNCTION_WORDS or is_question_word(w)), "")


def _swaps(word: str) -> Iterator[str]:
    """The word with each two neighbouring letters swapped."""
    return (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1))


def _script(word: str) -> str:
    """The script of a word that may be corrected; empty for others."""
    return next((name for name, pattern in SCRIPTS.items() if pattern.fullmatch(word)), "")


async def _find_written(
    word: str, question: str, library: Library, scope: Scope
) -> tuple[str, int] | None:
    """The library's word that is one letter away, as it is written in an article, and its id."""
    by_stem: dict[str, set[str]] = defaultdict(set)
    for edit in one_letter_away(word, LETTERS[_script(word)]):
        by_stem[stem(edit)].add(edit)
    counts = await library.index.counts(sorted(by_stem), scope)
    language = tokenize_question(question).language
    for term in sorted(counts, key=lambda t: (t[:1] != word[:1], -counts[t], t)):
        mentions = await library.index.mentions([term], scope)
        ids = [mention.passage_id for mention in mentions[:MAX_PASSAGES]]
        for passage in await library.articles.passages(ids, scope):
            written = _written_in(passage, by_stem[term])
            is_long = len(word) >= SURE_LENGTH
            if not written or not (is_long or _shares_word(question, word, passage)):
                continue
            if not is_long and fold(written.lower())[:1] != word[:1]:  # seldom the wrong letter
                continue
            if _may_replace(word, written, language, passage):
                return written, passage.article_id
    return None


def one_letter_away(word: str, alphabet: str) -> Iterator[str]:
    """The words with one letter added, left out, changed, or swapped with the next."""
    for i in range(len(word) + 1):
        before, after = word[:i], word[i:]
        yield from (before + letter + after for letter in alphabet)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in alphabet if letter != after[0])
        if len(after) > 1 and after[0] != after[1]:
            yield before + after[1] + after[0] + after[2:]


def _written_in(passage: StoredPassage, folded_words: set[str]) -> str:
    """The first of the words that a passage or its title has, as it is written there."""
    for text in (passage.text, passage.title):
        text = straighten(text)
        for token in find_tokens(text):
            if fold(token.word) in folded_words:
                return text[token.start : token.end]
    return ""


def _shares_word(question: str, word: str, passage: StoredPassage) -> bool:
    """Whether the passage has another word of the question, if there is one.

    That word, too, may have a wrong letter: "Tomas Wilkk" for Tomasz Wilk.
    """
    others = [w for w in tokenize_question(question).content_terms if w != word and w.isalpha()]
    stems = passage_stems(passage)
    return not others or any(
        stem(other) in stems or _has_one_letter_away(stems, other) for other in others
    )


def _has_one_letter_away(stems: frozenset[str], word: str) -> bool:
    script = _script(word)
    return bool(script) and any(
        stem(edit) in stems for edit in one_letter_away(word, LETTERS[script])
    )


def _may_replace(word: str, written: str, language: str, passage: StoredPassage) -> bool:
    other = fold(written.lower())
    if differs(language, detect_language(passage.text)) or other in FUNCTION_WORDS:
        return False
    if language not in (ENGLISH, UNDETERMINED) and _is_inflection(word, other):
        return False
    if not _is_known_word(word):
        return True
    if not stem_variants(word).isdisjoint(stem_variants(other)):  # "begin" and "began"
        return False
    is_one = all(len(tokenize_word(each)) == 1 for each in (word, other))
    return is_one and _similarity(word, other) >= SAME_WORD


def _is_inflection(word: str, other: str) -> bool:
    """Whether only the endings differ, as those of one word may."""
    shorter = min(len(word), len(other))
    return word[: shorter - 1] == other[: shorter - 1]


def _is_known_word(word: str) -> bool:
    """Whether the embeddings have it as one word, or it is common in any language ("macht")."""
    is_token = len(tokenize_word(word)) == 1 or count_tokens(f" {word}") == 1
    return is_token or word_weight(word) < 1


def _similarity(word: str, other: str) -> float:
    tokens = (np.array(tokenize_word(each)) for each in (word, other))
    return float(token_similarities(*tokens)[0, 0])


def _replace(question: str, word: str, written: str) -> str:
    """The question with the word replaced, whichever way it is written."""
    parts: list[str] = []
    at, text = 0, straighten(question)
    for token in find_tokens(text):
        if fold(token.word) == word:
            parts += [question[at : token.start], written]
            at = token.end
    return "".join([*parts, question[at:]])
