"""What a question asks for: a kind of answer, and the words that a sentence should say.

Rules for English, with the question words of some other languages; a question that they do not
know asks for ``ANYTHING``, so that no language is refused for being unknown. Whether a sentence
holds such an answer is decided in ``held``. Knows nothing of passages or of how they were found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import regex

from bot.search.query_terms import content_terms, split_words
from bot.text.morphology import stem_variants, word_weight
from bot.text.stopwords import STOP_WORDS


class AnswerType(StrEnum):
    """What would answer; ``ANYTHING`` where the question does not say."""

    AGE = "age"
    MONEY = "money"
    YEAR = "year"
    DATE = "date"
    COUNT = "count"
    QUANTITY = "quantity"
    WHY = "why"
    WHERE = "where"
    WHO = "who"
    SAYING = "saying"
    CHOICE = "choice"  # yes or no, this one or that one: one fact of no kind that can be seen
    ANYTHING = ""


def _any_of(*patterns: str, also: str = "") -> regex.Pattern[str]:
    """Whole words in any case; ``also`` for scripts without spaces between words."""
    spaced = rf"\b(?:{'|'.join(patterns)})\b"
    return regex.compile(rf"{spaced}|{also}" if also else spaced, regex.IGNORECASE)


PRICES = "price|costs?|budget|salary|fee|fare|fine|debt|rent|toll|wages?|levy|loan|grant|deposit"
PAYING = rf"{PRICES}|worth|earn(?:s|ed)?|pa(?:y|ys|id)|spen[dt]s?|charged?|money"
SAID_BY = _any_of(
    r"what (?:did|does|do|has|have) (?P<speaker>\S+(?: \S+){0,4}?) (?:say|said|tell|told|reply|"
    r"replied|respond|responded|answer|answered|comment|commented|claim|claimed|announced?)",
    r"was (?:sagte|antwortete) (?P<speaker>\S+(?: \S+)?)",
    r"qué (?:dijo|respondió|contestó) (?P<speaker>\S+(?: \S+)?)",
)
# "Who led it before Brandt?": whoever did so is named with an order, or beside that name.
NEIGHBOUR = _any_of(r"(?:before|after) (?P<neighbour>\S+(?: \S+){0,3}?)(?=\W*$)")
# The first that is found decides, so the narrower come first.
ASKING = (
    (
        AnswerType.AGE,
        _any_of("how old", "what age", "which age", "wie alt", "cuántos años tiene", also="几岁"),
    ),
    (AnswerType.SAYING, SAID_BY),
    (
        AnswerType.MONEY,
        _any_of(
            rf"how much(?: \S+){{0,6}} (?:{PAYING})",
            rf"what (?:is|are|was|were) (?:\S+ ){{1,6}}(?:{PRICES}|net worth)",
            r"what (?:did|does|do|will|would)(?: \S+){1,6} (?:pay|cost|charge|earn)",
            rf"how (?:high|big|large) (?:is|are|was|were) (?:\S+ ){{1,4}}(?:{PRICES})",
            r"was kostete?n?|wie ?viel (?:kostet|verdien|geld)\w*",
            r"cuánto (?:cuesta|costó|costaron|gana|ganan|pag\w+)|combien coûte",
            also="多少钱",
        ),
    ),
    (
        AnswerType.YEAR,
        _any_of("(?:what|which) years?", "welche[nms]? jahr", "qué año", also="哪一?年"),
    ),
    (
        AnswerType.DATE,
        _any_of(
            "when|(?:what|which) (?:date|day|month|century|decade)",
            "wann|cuándo|quand|quando|когда",
            also="什么时候|何时|几[月号日]",
        ),
    ),
    (
        AnswerType.COUNT,
        _any_of(
            "how many|(?:what|which) (?:number|percentage|percent|proportion|fraction|share)",
            "what (?:is|was) the population",
            "wie viele|cuánt[oa]s|combien de|quant[ioe]|сколько",
            also="多少|几[个位名座]",
        ),
    ),
    (
        AnswerType.QUANTITY,
        _any_of(
            "how (?:long|far|tall|high|deep|wide|thick|big|large|fast|heavy|hot|cold|often|much)",
            "what (?:is|was) the (?:height|length|depth|distance|weight|speed|size|temperature)",
            "wie (?:lange?|hoch|weit|tief|groß|schwer|breit|schnell|oft|viel)|cuánto",
            also="多[长高远深重快久]",
        ),
    ),
    (
        AnswerType.WHY,
        _any_of("why|warum|weshalb|wieso|por qué|pourquoi|perché|почему", also="为什么"),
    ),
    (
        AnswerType.WHERE,
        _any_of(
            "where|(?:what|which) (?:country|city|town|village|place|state|island|region|county)",
            "wo|wohin|woher|dónde|où|dove|где|куда",
            also="哪里|哪儿|何处",
        ),
    ),
    (
        AnswerType.WHO,
        _any_of("who|whom|whose|wer|wen|wem|wessen|quién|quiénes|chi|кто", also="谁"),
    ),
    (
        AnswerType.CHOICE,
        regex.compile(
            r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|which|"
            r"ist|sind|war|waren|hat|haben|wird|wurden?|kann|welche[rsmn]?|cuál|est-ce)\b",
            regex.IGNORECASE,
        ),
    ),
)
# What happens once is told with its year; "on Tuesday" says when something else was.
HAPPENS_ONCE = regex.compile(
    r"\bwhen (?:was|were|did)\b.*\b(?:born|die|died|built|found|founded|established|invented|"
    r"discovered|constructed|created)\b",
    regex.IGNORECASE,
)
WHO_IS_NAMED = regex.compile(r"\W*Who (?:is|was|are|were)(?: (?!\S+['’]s\b)\p{Lu}[\w.’'-]*)+\W*")
# Question words and particles of Chinese: cut out, or they would make pairs with real words.
CHINESE_QUESTION_WORDS = regex.compile(
    "是?谁|什么时候|为什么|什么|怎么样?|何时|哪一?[里儿个些位年]|多少|几[个位名座岁月号日]|"
    "多[长高远深重快久大]|[吗呢吧的了是在有和与被把从要会可以]"
)
UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")

FUNCTION_WORDS = frozenset[str]().union(*STOP_WORDS.values())
# Words that answers seldom repeat: light verbs, and the words that only carry the question.
LIGHT_WORDS = (
    "take takes took taken taking place go goes went going come comes came coming happen happens "
    "happened name names named kind kinds type types sort thing things way ways use uses used do "
    "done give gives given want wants wanted play plays played old long far tall high deep much "
    "many often year years date day time number amount main exactly actually currently now today "
    "ever really called call considered known put find tell describe explain list good "
    "suggested noted stated reported proposed announced described claimed explained asked "
    "viel viele alt hoch lang heißt heissen heißen años tiene tienen hay llama"
)
LIGHT_WORDS = frozenset(LIGHT_WORDS.split())
# Nouns that say what is wanted to be known of the others: a definition seldom says "meaning".
WANTED_OF_WORDS = (
    "purpose meaning mean means difference differences different role function functions reason "
    "reasons significance impact effect effects story origin concept term phrase summary "
    "definition importance important following example examples describe identify"
)
WANTED_OF = frozenset(WANTED_OF_WORDS.split())
LIGHT_WEIGHT = 0.35  # of the word's own weight; .2 to 1 differ by less than .005 AUROC
ASKED_NOUN_WEIGHT = 0.5  # "which universities": an answer names Harvard, and may not say the noun
MEASURED = regex.compile(
    r"\b(?:how|wie) (long|far|tall|high|deep|wide|thick|big|large|heavy|fast|hot|cold|often|"
    r"lange?|weit|hoch|tief|breit|groß|schwer|schnell|oft)\b|"
    r"\b(height|length|depth|distance|weight|speed|size|temperature)\b|多([长高远深重快久])",
    regex.IGNORECASE,
)
QUALIFIER = regex.compile(
    r"first|last|only|most|best|next|second|third|new|main|oldest|\d+|"
    r"(?!(?:interest|request|guest|forest|protest|contest|conquest|harvest|honest|modest|invest|"
    r"suggest|arrest|latest)$)\p{Ll}{3,}est"
)
ASKED_NOUN = regex.compile(
    r"\b(?:what|which|whose|how many|welche[rsmn]?|wie viele|qué|cuánt[oa]s|quel(?:le)?s?) (\w+)",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word of the question that a sentence should say; ``weight`` in 0 … 1."""

    word: str
    stems: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class AnalyzedQuestion:
    """A question taken apart. ``said`` are all its words: a name among them is no answer."""

    text: str
    answer_type: AnswerType
    keywords: tuple[Keyword, ...]
    word_set: frozenset[str]
    words: tuple[str, ...]  # all of them, in order
    qualifiers: frozenset[str]  # "first", "biggest", "2018": an answer says them too
    noun: frozenset[str]  # stems of what is counted or asked for ("how many passengers")
    speaker: frozenset[str]  # words of whose words are asked for
    neighbour: frozenset[str]  # of whom the one asked for comes before or after
    dimension: str  # the word that says what is measured ("long", "deep")
    is_english: bool  # by its function words


def analyze(question: str) -> AnalyzedQuestion:
    """What ``question`` asks for; a question of function words alone wants all of them."""
    noun = _noun(question)
    everything = tuple(split_words(question))
    said = frozenset(word.removesuffix("'s") for word in everything)
    measured = MEASURED.search(question)
    return AnalyzedQuestion(
        question,
        _answer_type(question),
        tuple(_question_words(question, noun)),
        said,
        everything,
        frozenset(word for word in everything if QUALIFIER.fullmatch(word)),
        stem_variants(noun) if noun else frozenset(),
        _words_of("speaker", SAID_BY, question),
        _words_of("neighbour", NEIGHBOUR, question),
        next(filter(None, measured.groups()), "").lower() if measured else "",
        not said.isdisjoint(STOP_WORDS["en"]),
    )


def _answer_type(question: str) -> AnswerType:
    if WHO_IS_NAMED.fullmatch(question):
        return AnswerType.ANYTHING
    if HAPPENS_ONCE.search(question):
        return AnswerType.YEAR
    return next((kind for kind, asks in ASKING if asks.search(question)), AnswerType.ANYTHING)


def _words_of(group: str, asks: regex.Pattern[str], question: str) -> frozenset[str]:
    found = asks.search(question)
    return frozenset(split_words(found[group] or "") if found else ()) - FUNCTION_WORDS


def _noun(question: str) -> str:
    found = ASKED_NOUN.search(question)
    noun = found[1].lower() if found else ""
    return "" if noun in FUNCTION_WORDS else noun


def _question_words(question: str, noun: str) -> Iterator[Keyword]:
    everything = content_terms(CHINESE_QUESTION_WORDS.sub(" ", question))
    names = {word.lower() for word in regex.findall(r"(?<!^\W*)\b\p{Lu}[\w’']*", question)}
    for word in [word for word in everything if not _is_lone(word)] or everything:
        weight = 1.0 if word in names or any(c.isdigit() for c in word) else word_weight(word)
        if word in LIGHT_WORDS or word in WANTED_OF:
            weight *= LIGHT_WEIGHT
        elif word == noun:
            weight *= ASKED_NOUN_WEIGHT
        yield Keyword(word, stem_variants(word), weight)


def _is_lone(word: str) -> bool:
    """A single character of a script whose texts are read in pairs cannot be found."""
    return len(word) == 1 and bool(UNSPACED.match(word))
