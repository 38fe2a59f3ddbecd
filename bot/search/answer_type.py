"""Whether a sentence holds the kind of answer that a question asks for.

``held`` gives 0 (nothing of the kind) … 1 (just what is asked for), or None where it cannot tell.
Rules over figures, dates, units, currencies and capitals; no list of names and no grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from bot.search.query_terms import split_words
from bot.search.question_analysis import FUNCTION_WORDS, AnalyzedQuestion, AnswerType
from bot.text.morphology import stem_variants

NUMBER_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    "seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|"
    "thousands?|millions?|billions?|trillions?|dozens?|half|quarter|third|twice|"
    "zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|hundert|tausend|Millionen|"
    "dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|cien|mil|millones|deux|trois|quatre|cinq"
)
HAN_NUMBER = "[〇零一二两三四五六七八九十百千万亿半]"
FIGURE = r"(?<![\w.,])\d+(?:[.,\u00a0]\d+)*"
NUMBER = regex.compile(rf"{FIGURE}|\b(?:{NUMBER_WORDS})\b|{HAN_NUMBER}+", regex.IGNORECASE)
MAGNITUDE = regex.compile(
    r"\b(?:hundred|thousand|million|billion|trillion|dozen|Millionen|millones)\b|[%,.()–-]",
    regex.IGNORECASE,
)
YEAR = regex.compile(
    r"(?<![\w.,$€£])(?:1\d{3}|20\d{2})s?(?![\w%]|[.,]\d)|\b\d+\s*(?:BCE?|AD)\b|\d年"
)
MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember|enero|febrero|marzo|abril|mayo|junio|"
    "julio|agosto|septiembre|octubre|noviembre|diciembre|janvier|février|mars|avril|juin|juillet|"
    "août|septembre|octobre|novembre|décembre"
)
DAY = regex.compile(
    rf"\b(?:{MONTHS}|\w+day|Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag|"
    r"lunes|martes|miércoles|jueves|viernes|sábado|domingo)\b|\d\d?[:h]\d\d|[月日号]"
)
SOME_TIME = regex.compile(
    r"\b(?:centur(?:y|ies)|ago|yesterday|today|tomorrow|tonight|spring|summer|autumn|winter|"
    r"decades?|seasons?|weeks?|months?|years?|days?|hours?|minutes?|future|Jahrhundert|siglo)\b|"
    r"[年春夏秋冬昨今明]",
    regex.IGNORECASE,
)
CURRENCY = (
    r"dollars?|euros?|pounds?|cents?|pence|yen|yuan|renminbi|rubles?|roubles?|rupees?|francs?|"
    r"pesos?|kroner|kronor|won|dólares|pesetas|USD|EUR|GBP"
)
MONEY = regex.compile(
    rf"[$€£¥₽₹]\s?\d|\d\s?[$€£¥₽₹元块]|{HAN_NUMBER}[元块]|"
    rf"(?:\d|\b(?:{NUMBER_WORDS}))(?:\W+\w+){{0,2}}?\W+(?:{CURRENCY})\b|\bfor free\b",
    regex.IGNORECASE,
)
AGE = regex.compile(
    r"\bage[ds]?(?: of| at)? \w+|\b[\w-]+[- ]years?[- ]old|,\s\d\d,|\(\d\d\)|\bborn (?:in|on)\b|"
    r"\b\d+ (?:Jahren?|años|ans)\b|岁",
    regex.IGNORECASE,
)
REASON = regex.compile(
    r"\b(?:because|due to|since|so that|in order to|therefore|thus|reasons?|caus(?:e|ed|es|ing)|"
    r"result(?:s|ed|ing)? (?:in|from|of)|owing to|thanks to|blam(?:es?|ed)|fear(?:s|ed)?|led to|"
    r"unlike|weil|wegen|deshalb|denn|porque|debido|parce que|à cause)\b|因为|由于|所以",
    regex.IGNORECASE,
)
WEAK_REASON = regex.compile(r"\b(?:to|for|as|by|um|para|pour|für)\b|[:;]", regex.IGNORECASE)
SPEECH = regex.compile(
    r"sa(?:id|ys?)|told|tells|spoke|speaks|repl(?:ied|ies)|answer(?:ed|s)|respond(?:ed|s)|wr(?:ote|ites)|"
    r"add(?:ed|s)|continued|asked|announced|claim(?:ed|s)|argue[ds]|called|comment(?:ed|s)|describe[ds]|"
    r"explain(?:ed|s)|insist(?:ed|s)|noted|stated|suggested|tweeted|warned|thought|according|"
    r"sagte|antwortete|dijo|respondió"
)
SPEECH_WORDS = 3  # between the speaker and the word that says that there was speech
ORDER = regex.compile(
    r"\b(?:predecessors?|success(?:or|ors|ion)|succeed(?:ed|s|ing)|replac(?:ed|es|ing)|former|"
    r"previous(?:ly)?|took over|preced(?:ed|es|ing)|followed by|until)\b",
    regex.IGNORECASE,
)
NAME = regex.compile(r"\p{Lu}[\p{L}\p{N}’'-]*")
PLACE = regex.compile(
    r"\b(?:in|at|from|near|to|into|on|across|around|towards?|outside|inside|via|through|within|"
    r"nach|aus|bei|im|zu|en|de|à|dans)\s+(?:\p{Ll}+\s+){0,3}(\p{Lu}[\p{L}’'-]*)|"
    r"(\p{Lu}\p{L}+)-born\b|(\p{Lu}\p{L}+), \p{Lu}"
)
CASED = regex.compile(r"\p{Ll}")
TIME_UNITS = (
    "seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centuries|nights?|"
    "Minuten?|Stunden?|Tagen?|Wochen?|Monaten?|Jahren?|horas?|días?|semanas?|meses|años?"
)
LENGTH_UNITS = (
    "m|km|cm|mm|nm|µm|ft|in|met(?:re|er)s?|kilomet(?:re|er)s?|centimet(?:re|er)s?|"
    "millimet(?:re|er)s?|miles?|feet|foot|inch(?:es)?|yards?|hectares?|acres?|square|light|"
    "Meter|Kilometer|metros|kilómetros"
)
UNITS = {
    "long lang lange length 长": f"{TIME_UNITS}|{LENGTH_UNITS}",
    "久": TIME_UNITS,
    "far tall high deep wide thick height depth distance weit hoch tief breit": LENGTH_UNITS,
    "heavy weight schwer": "kg|kilos?|kilograms?|g|grams?|mg|pounds?|lbs?|tons?|tonnes?|ounces?",
    "hot cold temperature": "°|degrees?|Grad|grados",
}


def answer_type_score(asked: AnalyzedQuestion, sentence: str) -> float | None:
    """How well ``sentence`` holds what ``asked`` asks for, 0 … 1; None: cannot tell."""
    match asked.answer_type:
        case AnswerType.ANYTHING | AnswerType.CHOICE:
            return None
        case AnswerType.YEAR:
            return float(bool(YEAR.search(sentence)))
        case AnswerType.DATE:
            return _date(sentence)
        case AnswerType.COUNT:
            return max((_counts(asked, sentence, n) for n in _numbers(sentence)), default=0.0)
        case AnswerType.QUANTITY:
            return _quantity(asked, sentence)
        case AnswerType.MONEY:
            return float(bool(MONEY.search(sentence)))
        case AnswerType.AGE:
            return float(bool(AGE.search(sentence) and NUMBER.search(sentence)))
        case AnswerType.WHY:
            return 1.0 if REASON.search(sentence) else 0.4 * bool(WEAK_REASON.search(sentence))
        case AnswerType.SAYING:
            return _speech(asked, split_words(sentence))
        case AnswerType.WHO if asked.neighbour and not _in_order(asked, sentence):
            return 0.0
        case AnswerType.WHO | AnswerType.WHERE:
            return _named(asked, sentence)


def _date(sentence: str) -> float:
    if YEAR.search(sentence):
        return 1.0
    return 0.8 if DAY.search(sentence) else 0.6 * bool(SOME_TIME.search(sentence))


def _numbers(sentence: str) -> Iterator[regex.Match[str]]:
    """The numbers of a sentence that count something: no years, no days of a month."""
    for number in NUMBER.finditer(sentence):
        around = sentence[max(0, number.start() - 12) : number.end() + 12]
        if not YEAR.fullmatch(number.group()) and not regex.search(MONTHS, around):
            yield number


def _counts(asked: AnalyzedQuestion, sentence: str, number: regex.Match[str]) -> float:
    """1 when what is asked for is counted, less when nothing is named, least when it is else."""
    after = MAGNITUDE.sub(" ", sentence[number.end() : number.end() + 60]).split()
    if any(stem_variants(word.strip("'’\"”;:").lower()) & asked.noun for word in after[:3]):
        return 1.0
    elliptic = not after or after[0].lower() in FUNCTION_WORDS or not CASED.search(sentence)
    return 0.7 if elliptic else 0.3


def _quantity(asked: AnalyzedQuestion, sentence: str) -> float:
    units = next((u for words, u in UNITS.items() if asked.dimension in words.split()), "")
    number = NUMBER.search(sentence)
    if not units or not asked.dimension:
        return 0.8 * bool(number)
    measured = (
        rf"(?:\d|\b(?:{NUMBER_WORDS}|an?))[\s-]*(?:(?:{NUMBER_WORDS})\s)?(?:{units})(?!\p{{L}})"
    )
    if regex.search(measured, sentence, regex.IGNORECASE):
        return 1.0
    return 0.3 * bool(number)


def _speech(asked: AnalyzedQuestion, found: Sequence[str]) -> float:
    """1 where the speaker stands beside a word of saying, less where it is he or she.

    Who speaks as "he" is nobody whom the sentence names behind that ("He wrote: Dear Elon").
    """
    speakers = [i for i, word in enumerate(found) if word.removesuffix("'s") in asked.speaker]
    spoken = [i for i, word in enumerate(found) if SPEECH.fullmatch(word)]
    if any(abs(one - other) <= SPEECH_WORDS for one in speakers for other in spoken):
        return 1.0
    leaning = [i - 1 for i in spoken if i and found[i - 1] in {"he", "she", "they", "er", "sie"}]
    return 0.7 if leaning and leaning[0] > max(speakers, default=-1) else 0.0


def _in_order(asked: AnalyzedQuestion, sentence: str) -> bool:
    """Whether it says who came before or after whom."""
    names = "|".join(map(regex.escape, sorted(asked.neighbour)))
    beside = rf"\b(?:before|after)\W+(?:\w+\W+){{0,2}}(?:{names})\b"
    return bool(ORDER.search(sentence) or regex.search(beside, sentence, regex.IGNORECASE))


def _named(asked: AnalyzedQuestion, sentence: str) -> float | None:
    if not CASED.search(sentence):
        return None
    if asked.answer_type is AnswerType.WHERE:
        postings = (next(filter(None, m.groups())) for m in PLACE.finditer(sentence))
        if any(_is_new(asked, place) for place in postings):
            return 1.0
    names = [m for m in NAME.finditer(sentence) if m.start() > 0 and _is_new(asked, m.group())]
    first = NAME.match(sentence)
    opens = first is not None and _is_new(asked, first.group()) and _looks_named(sentence)
    return (0.5 if asked.answer_type is AnswerType.WHERE else 1.0) * bool(names or opens)


def _looks_named(sentence: str) -> bool:
    """A sentence's first word is a name when the second is one too: "Kirill Dmitriev said"."""
    return bool(regex.match(r"\p{Lu}\S* \p{Lu}\p{Ll}", sentence))


def _is_new(asked: AnalyzedQuestion, name: str) -> bool:
    word = name.lower().replace("’", "'").removesuffix("'s")
    return len(word) > 1 and word not in asked.word_set and word not in FUNCTION_WORDS
