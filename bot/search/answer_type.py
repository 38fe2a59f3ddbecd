"""Score whether a sentence contains the type of answer that a question asks for.

Rules over numbers, dates, units, currencies and capitals; no lists of names and no grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import regex

from bot.search.question_analysis import AnalyzedQuestion, AnswerType
from bot.search.token_embeddings import word_embedding
from bot.text.calendar_names import WEEKDAY
from bot.text.dates import LONE_YEAR, YEAR, find_dates
from bot.text.folding import fold, straighten
from bot.text.language import OTHER, UNDETERMINED
from bot.text.lazy_pattern import lazy_pattern
from bot.text.morphology import shares_prefix, stem_variants
from bot.text.names import CAPITALIZED
from bot.text.pronouns import SUBJECTS
from bot.text.quantities import (
    HAN_NUMERAL,
    LETTERS,
    MAGNITUDE,
    OTHERS,
    number_words,
    unit_pattern,
)
from bot.text.question_words import PERSON, whole_words
from bot.text.scripts import UNSPACED_SCRIPTS
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

DIGITS = rf"(?:(?<![\w.,])|(?<=[{UNSPACED_SCRIPTS}]))\d+(?:[.,\u00a0]\d+)*"
FRACTIONS = ("half", "quarter", "third")
MAGNITUDE_WORD = lazy_pattern(
    rf"\b(?:{'|'.join([*(MAGNITUDE.keys() - LETTERS), 'dozen'])})\b|[%,.()–-]", regex.IGNORECASE
)
YEAR_OR_DECADE = lazy_pattern(rf"{LONE_YEAR}|\b{YEAR}s\b|\b\d+\s*(?:BCE?|AD)\b|\d年")
DAY_OR_TIME = lazy_pattern(
    rf"\b(?:\w+day|{'|'.join(map(regex.escape, WEEKDAY))})\b|\d\d?[:h]\d\d|[月日号]",
    regex.IGNORECASE,
)
VAGUE_TIME = lazy_pattern(
    r"\b(?:centur(?:y|ies)|ago|yesterday|today|tomorrow|tonight|spring|summer|autumn|winter|"
    r"decades?|seasons?|weeks?|months?|years?|days?|hours?|minutes?|future|Jahrhundert|siglo|"
    r"Frühling|Frühjahr|Sommer|Herbst|printemps|été|automne|hiver|primavera|verano|otoño|invierno|"
    r"verão|outono|inverno)\b|"
    r"[年春夏秋冬昨今明]",
    regex.IGNORECASE,
)
CURRENCY = (
    r"dollars?|euros?|pounds?|cents?|pence|yen|yuan|renminbi|rubles?|roubles?|rupees?|francs?|"
    r"pesos?|crowns?|kronen?|kroner|kronor|couronnes?|coronas?|coroas?|franken|won|dólares|pesetas|USD|EUR|GBP"
)
AGE = lazy_pattern(
    r"\bage[ds]?(?: of| at)? \w+|\b[\w-]+[- ]years?[- ]old|,\s\d\d,|\(\d\d\)|\bborn (?:in|on)\b|"
    r"(?<!\b(?:seit|vor|nach|hace|durante|depuis|pendant|après|há) )"
    r"\b\d+ (?:Jahren?|años|ans|anos)\b|岁",
    regex.IGNORECASE,
)
REASON = lazy_pattern(
    r"\b(?:because|due to|since|so that|in order to|therefore|thus|reasons?|caus(?:e|ed|es|ing)|"
    r"result(?:s|ed|ing)? (?:in|from|of)|owing to|thanks to|blam(?:es?|ed)|fear(?:s|ed)?|led to|"
    r"unlike|weil|wegen|deshalb|denn|porque|debido|parce que|à cause)\b|因为|由于|所以",
    regex.IGNORECASE,
)
WEAK_REASON = lazy_pattern(r"\b(?:to|for|as|by|um|para|pour|por|für)\b|[:;]", regex.IGNORECASE)
SPEECH_VERB = lazy_pattern(  # of a folded word
    r"sa(?:id|ys?)|told|tells|spoke|speaks|repl(?:ied|ies)|answer(?:ed|s)|respond(?:ed|s)|wr(?:ote|ites)|"
    r"add(?:ed|s)|continued|asked|announced|claim(?:ed|s)|argue[ds]|called|comment(?:ed|s)|describe[ds]|"
    r"explain(?:ed|s)|insist(?:ed|s)|noted|stated|suggested|tweeted|warned|thought|according|"
    r"sagte?|antwortete|nennt|nannte|dijo|dice|respondio|dit|declare|explique|disse|diz|explicou"
)
MAX_SPEAKER_DISTANCE = 3  # words between the speaker and the verb
SUCCESSION = lazy_pattern(
    r"\b(?:predecessors?|success(?:or|ors|ion)|succeed(?:ed|s|ing)|replac(?:ed|es|ing)|former|"
    r"previous(?:ly)?|took over|preced(?:ed|es|ing)|followed by|until)\b",
    regex.IGNORECASE,
)
NAME = lazy_pattern(CAPITALIZED)
GERMAN_NAME = lazy_pattern(rf"(?<=\p{{Lu}}\p{{L}}{{2,}} ){CAPITALIZED}")  # lone nouns are no names
PLACE_NAME = lazy_pattern(
    r"\b(?:in|at|from|near|to|into|on|across|around|towards?|outside|inside|via|through|within|"
    r"nach|aus|bei|im|zu|en|de|à|dans)\s+(?:\p{Ll}+\s+){0,3}"
    rf"({CAPITALIZED})|"
    r"(\p{Lu}\p{L}+)-born\b|(\p{Lu}\p{L}+), \p{Lu}"
)
DIGITS_OF_CLOCK = (
    r"\b\d\d?\s?(?:[:.h]\s?\d\d\b|(?:h|uhr|heures?|horas?|o['’]clock|[ap]\.?m)\b)|"
    r"\b(?:noon|midnight|mittags?|mitternacht|midi|minuit|mediodía|medianoche|meio-dia|meia-noite)\b|"
    r"[时点時]"
)
BEFORE_CLOCK = "at|until|till|from|by|before|after|um|bis|ab|à|a|às|a las?|das|até às|de las"
PHONE_NUMBER = lazy_pattern(r"\+?\d[\d\s/().-]{4,}\d")
ASKS_WHO = whole_words("|".join(PERSON.values()))
OF_A_THING = lazy_pattern(r"(?:\b[Aa]n?\s|\()$")  # "an SVG image", "(QSA)"
LOWERCASE_LETTER = lazy_pattern(r"\p{Ll}")
TIME_UNITS = unit_pattern(
    *("second", "minute", "hour", "night", "day", "week", "month", "year", "decade", "century")
)
TIME_SPAN = lazy_pattern(rf"\b(?:{TIME_UNITS})\b", regex.IGNORECASE)
LENGTH_UNITS = (
    unit_pattern("km", "m", "cm", "mm", "nm", "µm", "mile", "yard", "ft", "inch", "hectare", "acre")
    + "|in|square|light"
)
UNITS = {
    "long lang lange length 长 longueur longitud comprimento": f"{TIME_UNITS}|{LENGTH_UNITS}",
    "久 temps tiempo tempo": TIME_UNITS,  # "hoch" measures rents and losses, too
    "far tall high deep wide thick height depth distance weit tief breit": LENGTH_UNITS,
    "hauteur profondeur largeur altura profundidad profundidade": LENGTH_UNITS,
    "anchura distancia largura distância": LENGTH_UNITS,
    "heavy weight schwer": unit_pattern("kg", "g", "mg", "lb", "gbp", "t", "ounce"),
    "hot cold temperature": unit_pattern("degree"),
}


@cache
def _number_pattern(language: str) -> str:
    """Number words, by the language of the question; in all languages if that is unknown."""
    languages = OTHERS if language in ("", UNDETERMINED, OTHER) else [language]
    words = {word for code in languages for word in number_words(code)}
    return "|".join(sorted([*words, *FRACTIONS], key=len, reverse=True))


@cache
def _number(language: str) -> regex.Pattern[str]:
    pattern = rf"{DIGITS}|\b(?:{_number_pattern(language)})\b|[{HAN_NUMERAL[1:-1]}半]+"
    return lazy_pattern(pattern, regex.IGNORECASE)


@cache
def _clock_time(language: str) -> regex.Pattern[str]:
    words = rf"\b(?:{BEFORE_CLOCK})\s(?:{_number_pattern(language)})\b"
    return lazy_pattern(f"{DIGITS_OF_CLOCK}|{words}", regex.IGNORECASE)


@cache
def _money(language: str) -> regex.Pattern[str]:
    return lazy_pattern(
        rf"[$€£¥₽₹]\s?\d|\d\s?[$€£¥₽₹元块]|{HAN_NUMERAL}[元块]|"
        rf"(?:\d|\b(?:{_number_pattern(language)}))(?:\W+\w+){{0,2}}?\W+(?:{CURRENCY})\b|"
        r"\bfor free\b",
        regex.IGNORECASE,
    )


def answer_type_score(question: AnalyzedQuestion, sentence: str) -> float | None:
    """How well ``sentence`` has the answer type of ``question``, 0 … 1; None if unknown."""
    match question.answer_type:
        case AnswerType.ANYTHING | AnswerType.CHOICE:
            return None
        case AnswerType.YEAR:
            return float(bool(YEAR_OR_DECADE.search(sentence)))
        case AnswerType.TIME_OF_DAY:
            return float(bool(_clock_time(question.language).search(sentence)))
        case AnswerType.PHONE_NUMBER:
            return float(bool(PHONE_NUMBER.search(sentence)))
        case AnswerType.DATE:
            return _score_date(question, sentence)
        case AnswerType.COUNT:
            numbers = _counting_numbers(question, sentence)
            return max((_score_count(question, sentence, n) for n in numbers), default=0.0)
        case AnswerType.QUANTITY:
            return _score_quantity(question, sentence)
        case AnswerType.MONEY:
            return float(bool(_money(question.language).search(sentence)))
        case AnswerType.AGE:
            return float(bool(AGE.search(sentence) and _number(question.language).search(sentence)))
        case AnswerType.REASON:
            return 1.0 if REASON.search(sentence) else 0.4 * bool(WEAK_REASON.search(sentence))
        case AnswerType.STATEMENT:
            return _score_statement(question, split_words(sentence))
        case AnswerType.PERSON if question.neighbour_words and not _states_succession(
            question, sentence
        ):
            return 0.0
        case AnswerType.PERSON | AnswerType.PLACE:
            return _score_name(question, sentence)


def _score_date(question: AnalyzedQuestion, sentence: str) -> float:
    if YEAR_OR_DECADE.search(sentence):
        return 1.0
    is_day = DAY_OR_TIME.search(sentence) or find_dates(sentence)
    if is_day or _clock_time(question.language).search(sentence):
        return 0.8
    return 0.6 * bool(VAGUE_TIME.search(sentence) or TIME_SPAN.search(sentence))


def _counting_numbers(question: AnalyzedQuestion, sentence: str) -> Iterator[regex.Match[str]]:
    """The numbers of a sentence that are neither years nor days of a month."""
    days = find_dates(sentence)
    for number in _number(question.language).finditer(sentence):
        is_in_date = any(day.start <= number.start() < day.end for day in days)
        if not is_in_date and not YEAR_OR_DECADE.fullmatch(number.group()):
            yield number


def _score_count(question: AnalyzedQuestion, sentence: str, number: regex.Match[str]) -> float:
    """1 if ``number`` counts what is asked for, .7 if it names nothing, .3 for something else."""
    following, nouns = _counted(sentence, number)
    if not question.noun_stems:
        return 0.7
    if any(_is_same_noun(question, noun) for noun in nouns):
        return 1.0
    has_no_noun = (
        not following
        or following[0].lower() in FUNCTION_WORDS
        or not LOWERCASE_LETTER.search(sentence)
    )
    return 0.7 if has_no_noun else 0.3


def _counted(sentence: str, number: regex.Match[str]) -> tuple[list[str], list[str]]:
    """The words that follow a number, and the first of them, one of which it may count."""
    following = MAGNITUDE_WORD.sub(" ", sentence[number.end() : number.end() + 60]).split()
    return following, [word.strip("'’\"”;:").lower() for word in following[:3]]


def _is_same_noun(question: AnalyzedQuestion, noun: str) -> bool:
    """Whether ``noun`` is what is asked for: by stem, or in other languages by prefix."""
    if stem_variants(noun) & question.noun_stems:
        return True
    return not question.is_english and any(shares_prefix(noun, s) for s in question.noun_stems)


def counted_similarity(question: AnalyzedQuestion, sentence: str) -> float:
    """How similar what a sentence counts is to what is asked for, 0 … 1: "guests" to "visitors".

    0 for another type of question, or one that is not in English.
    """
    if question.answer_type is not AnswerType.COUNT or not question.asked_noun:
        return 0.0
    numbers = _counting_numbers(question, sentence) if question.is_english else ()
    nouns = [noun for number in numbers for noun in _counted(sentence, number)[1]]
    vectors = np.array([word_embedding(word) for word in (question.asked_noun, *nouns)])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return max(0.0, float((vectors[1:] @ vectors[0]).max(initial=0.0)))


def _score_quantity(question: AnalyzedQuestion, sentence: str) -> float:
    dimension = question.dimension
    units = next((units for names, units in UNITS.items() if dimension in names.split()), "")
    number = _number(question.language).search(sentence)
    if not units or not dimension:
        return 0.8 * bool(number)
    words = _number_pattern(question.language)
    number_with_unit = rf"(?:\d|\b(?:{words}|an?))[\s-]*(?:(?:{words})\s)?(?:{units})(?!\p{{L}})"
    if regex.search(number_with_unit, sentence, regex.IGNORECASE):
        return 1.0
    return 0.3 * bool(number)


def _score_statement(question: AnalyzedQuestion, sentence_words: Sequence[str]) -> float:
    """1 if the speaker is next to a verb of saying, .7 if a pronoun is.

    A pronoun does not refer to a name that comes later ("He wrote: Dear Elon").
    """
    speakers = [
        i
        for i, word in enumerate(sentence_words)
        if word.removesuffix("'s") in question.speaker_words
    ]
    verbs = [i for i, word in enumerate(sentence_words) if SPEECH_VERB.fullmatch(word)]
    if any(abs(speaker - verb) <= MAX_SPEAKER_DISTANCE for speaker in speakers for verb in verbs):
        return 1.0
    pronouns = [i - 1 for i in verbs if i and sentence_words[i - 1] in SUBJECTS]
    return 0.7 if pronouns and pronouns[0] > max(speakers, default=-1) else 0.0


def _states_succession(question: AnalyzedQuestion, sentence: str) -> bool:
    """Whether the sentence says who came before or after somebody."""
    names = "|".join(map(regex.escape, sorted(question.neighbour_words)))
    before_or_after = rf"\b(?:before|after)\W+(?:\w+\W+){{0,2}}(?:{names})\b"
    return bool(
        SUCCESSION.search(sentence) or regex.search(before_or_after, fold(sentence.lower()))
    )


def _score_name(question: AnalyzedQuestion, sentence: str) -> float | None:
    """1 for a name (of a place, if one is asked for) that the question does not contain.

    .5 where somebody is asked for and the only names are in capitals: an organisation's, perhaps.
    None for text without lower case, where names cannot be recognized.
    """
    if not LOWERCASE_LETTER.search(sentence):
        return None
    asks_for_place = question.answer_type is AnswerType.PLACE
    if asks_for_place:
        places = (next(filter(None, match.groups())) for match in PLACE_NAME.finditer(sentence))
        if any(_is_new_name(question, place) for place in places):
            return 1.0
    pattern = GERMAN_NAME if question.language == "de" and not asks_for_place else NAME
    names = [match for match in pattern.finditer(sentence) if _is_new_name(question, match.group())]
    is_sure = True
    if ASKS_WHO.search(question.text):
        names = [name for name in names if not OF_A_THING.search(sentence, endpos=name.start())]
        is_sure = any(LOWERCASE_LETTER.search(name.group()) for name in names)  # not "by NASA"
    first_word = regex.search(r"\w", sentence)
    opening = first_word.start() if first_word else 0  # behind the marker of an item
    is_named = any(name.start() > opening for name in names) or (
        bool(names) and _starts_with_full_name(sentence)
    )
    return (0.5 if asks_for_place or not is_sure else 1.0) * is_named


def _starts_with_full_name(sentence: str) -> bool:
    """Whether the first two words are capitalized: "Kirill Dmitriev said"."""
    return bool(regex.match(r"\p{Lu}\S* \p{Lu}\p{Ll}", sentence))


def _is_new_name(question: AnalyzedQuestion, name: str) -> bool:
    word = fold(straighten(name.lower())).removesuffix("'s")
    return len(word) > 1 and word not in question.word_set and word not in FUNCTION_WORDS
