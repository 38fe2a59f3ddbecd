"""Analyze a question: the type of its answer, and the keywords that a sentence should contain.

Rules for English, with the question words of some other languages. A question in a language that
they do not cover has the answer type ``ANYTHING``, so that it is not refused for its language.
``answer_type`` decides whether a sentence has such an answer. Knows nothing of passages or search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import regex

from bot.search.query_terms import (
    CACHED_QUESTIONS,
    TokenizedQuestion,
    parse_query,
    tokenize_question,
)
from bot.store.passage_index import QueryTerms
from bot.text.folding import fold
from bot.text.lazy_pattern import lazy_pattern
from bot.text.morphology import stem_variants, word_weight
from bot.text.names import CAPITALIZED
from bot.text.question_words import (
    CHINESE_QUESTION_WORDS,
    PERSON,
    PLACE,
    QUESTION_WORDS,
    REASON,
    TIME,
    asking_pattern,
    whole_words,
)
from bot.text.scripts import HAN, HANGUL, UNSPACED
from bot.text.stopwords import FUNCTION_WORDS, STOP_WORDS
from bot.text.tokenize import split_words, word_set


class AnswerType(StrEnum):
    """What the answer is; ``ANYTHING`` if the question does not say."""

    AGE = "age"
    MONEY = "money"
    YEAR = "year"
    TIME_OF_DAY = "time of day"
    DATE = "date"
    COUNT = "count"
    QUANTITY = "quantity"
    PHONE_NUMBER = "phone number"
    REASON = "reason"
    PLACE = "place"
    PERSON = "person"  # or the name of anything
    STATEMENT = "statement"
    CHOICE = "choice"  # yes or no, or one of several: no type that a rule can recognize
    ANYTHING = ""


PRICE_NOUNS = (
    "price|costs?|budget|salary|fee|fare|fine|debt|rent|toll|wages?|levy|loan|grant|deposit"
)
PAYMENT_WORDS = rf"{PRICE_NOUNS}|worth|earn(?:s|ed)?|pa(?:y|ys|id)|spen[dt]s?|charged?|money"
STATEMENT_BY = whole_words(
    r"what (?:did|does|do|has|have) (?P<speaker>\S+(?: \S+){0,4}?) (?:say|said|tell|told|reply|"
    r"replied|respond|responded|answer|answered|comment|commented|claim|claimed|announced?)",
    r"was (?:sagte?|antwortete|meinte?) (?P<speaker>\S+(?: \S+)?)",
    r"qué (?:dijo|dice|respondió|contestó) (?P<speaker>\S+(?: \S+)?)",
    r"(?:qu['’]a|qu['’]ont) (?:dit|répondu|déclaré) (?P<speaker>\S+(?: \S+)?)",
    r"que (?:disse|respondeu) (?P<speaker>\S+(?: \S+)?)",
)
MEASURES = (
    "longueur|hauteur|profondeur|largeur|distance|température|longitud|altura|profundidade?|anchura|"
    "distancia|temperatura|comprimento|largura|distância"
)
# "Who led it before Brandt?": the answer mentions a succession, or is next to that name.
# One who looks after it succeeds nobody.
PHRASAL = "look|looks|looked|looking|named|called|takes|run|runs"
BEFORE_OR_AFTER = whole_words(
    rf"(?:before|(?<!\b(?:{PHRASAL}) )after) (?P<neighbour>\S+(?: \S+){{0,3}}?)(?=\W*$)"
)
JOINT = lazy_pattern("|".join(TIME.values()), regex.IGNORECASE)
ANOTHER_PART = lazy_pattern(
    r"(?:[,;?]|\b(?:and|or|und|oder|et|ou|y|o|e|и|или))\s*$", regex.IGNORECASE
)
OPENS_OTHERWISE = lazy_pattern(rf"^[\s¿¡]*(?:{'|'.join(QUESTION_WORDS)})\b", regex.IGNORECASE)
# The first match decides, so the more specific patterns come first.
ANSWER_TYPE_PATTERNS = (
    (
        AnswerType.AGE,
        whole_words(
            *("how old", "what age", "which age", "wie alt", "cuántos años tienen?"),
            *("quel âge", "quantos anos t[eê]m", "quanti anni ha"),
            unspaced="几岁",
        ),
    ),
    (AnswerType.STATEMENT, STATEMENT_BY),
    (
        AnswerType.MONEY,
        whole_words(
            rf"how much(?: \S+){{0,6}} (?:{PAYMENT_WORDS})",
            rf"what (?:is|are|was|were) (?:\S+ ){{1,6}}(?:{PRICE_NOUNS}|net worth)",
            r"what (?:did|does|do|will|would)(?: \S+){1,6} (?:pay|cost|charge|earn)",
            rf"how (?:high|big|large) (?:is|are|was|were) (?:\S+ ){{1,4}}(?:{PRICE_NOUNS})",
            r"how much (?:is|are) (?:an?|one|entry|admission)",
            r"was (?:kostete?n?|verdien\w+|(?:hat|haben)(?: \S+){1,6} gekostet)",
            r"wie ?viel (?:kostet|verdien|geld)\w*|wie teuer",
            r"cuánto (?:cuesta|cost[óa]\w*|vale|ganan?|pag\w+)",
            r"combien (?:coût|gagn|pa[iy])\w*|(?:^|quel (?:est|était) le )prix",
            r"quanto (?:vai custar|cust|vale|ganha|pag)\w*|(?:^|qual (?:é|era) o )preço",
            unspaced="多少钱",
        ),
    ),
    (
        AnswerType.YEAR,
        whole_words(
            *("(?:what|which) years?", "welche[nms]? jahr", "qué año", "quelle année"),
            "(?:em que|qual) ano",
            unspaced="哪一?年",
        ),
    ),
    (
        AnswerType.TIME_OF_DAY,
        whole_words(
            *("what time", "wie ?viel uhr", "quelle heure", "qué hora", "(?:a|de) que horas?"),
            unspaced="几点|何時",
        ),
    ),
    (
        AnswerType.DATE,
        asking_pattern(
            TIME,
            "(?:what|which) (?:date|day|month|century|decade)",
            unspaced="什么时候|何时|几[月号日]",
        ),
    ),
    (
        AnswerType.COUNT,
        whole_words(
            "how many|(?:what|which) (?:number|percentage|percent|proportion|fraction|share)",
            "what (?:is|was) the population",
            "wie ?viele|cuánt[oa]s|quant[oa]s|quant[ie]|сколько",
            "combien (?:de(?! temps)|d['’])",
            unspaced="多少|几[个位名座]",
        ),
    ),
    (
        AnswerType.QUANTITY,
        whole_words(
            "how (?:long|far|tall|high|deep|wide|thick|big|large|fast|heavy|hot|cold|often|much)",
            "what (?:is|was) the (?:height|length|depth|distance|weight|speed|size|temperature)",
            "wie (?:lange?|hoch|weit|tief|groß|schwer|breit|schnell|oft|viel)|wieviel",
            rf"cuánto|quanto|combien|(?:quelle est la|qu[eé]|qual é [oa]) (?:{MEASURES})",
            unspaced="多[长高远深重快久]",
        ),
    ),
    (
        AnswerType.PHONE_NUMBER,
        lazy_pattern(
            r"\b(?:phone number|telefonnummer|numéro de téléphone|tel[eé]fono|telefone)\b|"
            r"电话|電話番号",
            regex.IGNORECASE,
        ),
    ),
    (
        AnswerType.REASON,
        asking_pattern(REASON, "how come", unspaced="为什么"),
    ),
    (
        AnswerType.PLACE,
        asking_pattern(
            PLACE,
            "(?:what|which) (?:country|city|town|village|place|state|island|region|county)",
            unspaced="哪里|哪儿|何处",
        ),
    ),
    (
        AnswerType.PERSON,
        asking_pattern(
            PERSON,
            r"what(?:['’]?s| is| are| was) (?:(?:\S+ ){1,6}(?:names?|called)|the name of)",
            r"wie hei(?:ß|ss)(?:t|en)|comment s['’]appell\w+|cómo se llaman?|como se cham\w+",
            "(?:quel est le nom|cuál es el nombre|qual é o nome)",
            unspaced="谁",
        ),
    ),
    (
        AnswerType.CHOICE,
        lazy_pattern(
            r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|which|"
            r"ist|sind|war|waren|hat|haben|wird|wurden?|kann|welche[rsmn]?|cuál|est-ce)\b",
            regex.IGNORECASE,
        ),
    ),
)
# Events that happen once are dated by year; "on Tuesday" belongs to something else.
ONE_TIME_EVENT = lazy_pattern(
    r"\bwhen (?:was|were|did)\b.*\b(?:born|die|died|built|found|founded|established|invented|"
    r"discovered|constructed|created)\b",
    regex.IGNORECASE,
)
WHO_IS_NAME = lazy_pattern(rf"\W*Who (?:is|was|are|were)(?: (?!\S+['’]s\b){CAPITALIZED}\.?)+\W*")
# Words that answers seldom repeat: light verbs, and words that only carry the question.
LIGHT_WORD_LIST = """
take takes took taken taking place go goes went going come comes came coming happen happens
happened name names named kind kinds type types sort thing things way ways use uses used do
done give gives given want wants wanted play plays played old long far tall high deep much
many often year years date day time number amount main exactly actually currently now today
ever really called call considered known put find tell describe explain list good
suggested noted stated reported proposed announced described claimed explained asked
viel viele alt hoch lang heißt heissen heißen años tiene tienen hay llama
"""
LIGHT_WORDS = word_set(LIGHT_WORD_LIST)
# Nouns that ask about the other keywords: a definition seldom says "meaning".
RELATION_NOUN_LIST = """
purpose meaning mean means difference differences different role function functions reason
reasons significance impact effect effects story origin concept term phrase summary
definition importance important following example examples describe identify
"""
RELATION_NOUNS = word_set(RELATION_NOUN_LIST)
LIGHT_WEIGHT = 0.35  # factor for both; .2 to 1 differ by less than .005 in AUROC
ASKED_NOUN_WEIGHT = 0.5  # factor: "which universities" is answered by "Harvard", without the noun
MEASURE = lazy_pattern(
    r"\b(?:how|wie) (long|far|tall|high|deep|wide|thick|big|large|heavy|fast|hot|cold|often|"
    r"lange?|weit|hoch|tief|breit|groß|schwer|schnell|oft)\b|"
    r"\b(height|length|depth|distance|weight|speed|size|temperature)\b|"
    rf"\b({MEASURES})\b|\b(?:combien de|cuánto|quanto) (temps|tiempo|tempo)\b|多([长高远深重快久])",
    regex.IGNORECASE,
)
QUALIFIER = lazy_pattern(
    r"first|last|only|most|best|next|second|third|new|main|oldest|\d+|"
    r"(?!(?:interest|request|guest|forest|protest|contest|conquest|harvest|honest|modest|invest|"
    r"suggest|arrest|latest)$)\p{Ll}{3,}est"
)
ASKED_NOUN = lazy_pattern(
    r"\b(?:(?:what|which|whose|how many|welche[rsmn]?|wie ?viele|qu[eé]|cu[aá]nt[oa]s|"
    r"quel(?:le)?s?|quant[ie]|quant[oa]s|combien de) |combien d['’])(\w+)",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word of the question that a sentence should contain; ``weight`` is 0 … 1."""

    word: str
    stems: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class AnalyzedQuestion:
    """A question with everything that searching and answering need to know about it."""

    text: str
    language: str  # as ``detect_language`` says
    is_english: bool  # by its function words
    words: tuple[str, ...]  # all of them, in order
    word_set: frozenset[str]  # the same without possessive endings; none of them is an answer
    query: QueryTerms  # to look up in the index
    answer_type: AnswerType
    keywords: tuple[Keyword, ...]
    qualifiers: frozenset[str]  # "first", "biggest", "2018": an answer repeats them
    asked_noun: str  # what is counted or asked for, if the question says
    noun_stems: frozenset[str]  # the same: of what is counted or asked for ("how many passengers")
    speaker_words: frozenset[str]  # of the person whose statement is asked for
    neighbour_words: frozenset[str]  # of the person before or after the one asked for
    dimension: str  # what is measured ("long", "deep")


@lru_cache(CACHED_QUESTIONS)
def analyze(question: str) -> AnalyzedQuestion:
    """Analyze ``question``. If it has only function words, all of them are keywords."""
    noun = _asked_noun(question)
    tokenized = tokenize_question(question)
    bare_words = frozenset(word.removesuffix("'s") for word in tokenized.words)
    return AnalyzedQuestion(
        text=question,
        language=tokenized.language,
        is_english=not bare_words.isdisjoint(STOP_WORDS["en"]),
        words=tokenized.words,
        word_set=bare_words,
        query=parse_query(question),
        answer_type=_answer_type(question),
        keywords=tuple(_keywords(tokenized, noun)),
        qualifiers=frozenset(word for word in tokenized.words if QUALIFIER.fullmatch(word)),
        asked_noun=noun,
        noun_stems=stem_variants(noun) if noun else frozenset(),
        speaker_words=_group_words("speaker", STATEMENT_BY, question),
        neighbour_words=_group_words("neighbour", BEFORE_OR_AFTER, question),
        dimension=_dimension(question),
    )


def _answer_type(question: str) -> AnswerType:
    if WHO_IS_NAME.fullmatch(question):
        return AnswerType.ANYTHING
    if ONE_TIME_EVENT.search(question):
        return AnswerType.YEAR
    for name, pattern in ANSWER_TYPE_PATTERNS:
        matches = pattern.finditer(question)
        if not all(name is AnswerType.DATE and _joins_clauses(match) for match in matches):
            return name
    return AnswerType.ANYTHING


def _joins_clauses(match: regex.Match[str]) -> bool:
    """Whether a "when" only joins a clause: "What did it show when it was hot?"."""
    before = match.string[: match.start()]
    is_joint = JOINT.fullmatch(match.group()) and not ANOTHER_PART.search(before)
    return bool(is_joint and OPENS_OTHERWISE.match(before) and match.string[match.end() :].strip())


def _group_words(group: str, pattern: regex.Pattern[str], question: str) -> frozenset[str]:
    """The content words that a named group of ``pattern`` matches."""
    match = pattern.search(question)
    return frozenset(split_words(match[group] or "") if match else ()) - FUNCTION_WORDS


def _asked_noun(question: str) -> str:
    match = ASKED_NOUN.search(question)
    noun = fold(match[1].lower()) if match else ""
    return "" if noun in FUNCTION_WORDS else noun


def _dimension(question: str) -> str:
    match = MEASURE.search(question)
    return next(filter(None, match.groups()), "").lower() if match else ""


def _keywords(question: TokenizedQuestion, asked_noun: str) -> Iterator[Keyword]:
    if HAN.search(question.text):
        question = tokenize_question(CHINESE_QUESTION_WORDS.sub(" ", question.text))
    terms = question.content_terms
    written = regex.findall(rf"(?<!^\W*)\b{CAPITALIZED}", question.text)
    names = {word for name in written for word in split_words(name)}
    for word in [term for term in terms if not _is_single_character(term)] or terms:
        is_specific = word in names or any(c.isdigit() for c in word)
        weight = 1.0 if is_specific else word_weight(word)
        if word in LIGHT_WORDS or word in RELATION_NOUNS:
            weight *= LIGHT_WEIGHT
        elif word == asked_noun:
            weight *= ASKED_NOUN_WEIGHT
        yield Keyword(word, stem_variants(word), weight)


def _is_single_character(word: str) -> bool:
    """Whether it is one character of an unspaced script: the index has only bigrams of those."""
    return len(word) == 1 and bool(UNSPACED.match(word)) and not HANGUL.match(word)
