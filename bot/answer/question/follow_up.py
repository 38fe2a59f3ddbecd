"""Recognizes follow-up questions: "Why?", "And in 2020?", "How tall is it?".

Surface rules, for English first, with the pronouns and openings of German, Spanish, French, Russian
and Chinese. A pronoun makes a follow-up unless the question itself has its antecedent. Knows
nothing of the earlier turns; ``rewrite`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

from bot.search.query_terms import tokenize_question
from bot.search.question_analysis import LIGHT_WORDS
from bot.text.lazy_pattern import lazy_pattern
from bot.text.pronouns import PERSONS, THINGS
from bot.text.question_words import CHINESE_QUESTION_WORDS, is_question_word
from bot.text.scripts import HAN
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import word_set


class FollowUpKind(StrEnum):
    """How a question depends on the one before."""

    STANDALONE = "standalone"
    BARE = "bare"  # a question word and nothing to ask about
    FRAGMENT = "fragment"  # replaces a part of the question before
    PRONOUN = "pronoun"
    THIN = "thin"  # too few words to be about anything


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``rest``: the question without its opening "and"; for a fragment, the fragment alone."""

    kind: FollowUpKind
    sure: bool
    rest: str
    is_person: bool = False  # the pronoun stands for a person


def _opening(*patterns: str) -> regex.Pattern[str]:
    return lazy_pattern(rf"^[¿¡\s]*(?:{'|'.join(patterns)})\s+", regex.IGNORECASE)


MAX_LATE_CORRECTION = 200  # characters: the time it takes grows with their square
MAX_FRAGMENT_WORDS = 6  # without an opening: "in the second winter?"
THIN_WORDS = 1  # content words; a question with two has a topic
WHOLE_WORDS = 3  # content words with which a question is whole although it opens with "and"
THIN_CHARACTERS = 1  # content characters, in Chinese
CONJUNCTION = _opening(
    "and", "but", "or", "so", "und", "aber", "oder", "y", "e", "pero", "et", "mais", "а", "и"
)
ABOUT = _opening(
    r"(?:(?:and|but|so) )?(?:what|how) about",
    r"(?:und )?was ist mit",
    r"(?:und )?wie (?:sieht|steht) es (?:mit|in|um)",
    r"(?:¿?y )?qué (?:hay|pasa) (?:de|con)",
    r"(?:et )?qu'en est-il d[eu]",
    r"(?:а )?как насчет",
)
REJECTIONS = (
    r"(?:(?:no+|nope|nein|n[eö]+|non|n[aã]o|sorry|oops|perd[oó]n|pardon|désolée?|desculp[ae]|ach|"
    r"quatsch|нет|не|извини(?:те)?|ой)[\s,.!-]+)"
)
MEANT = (
    r"(?:i|we) (?:meant|mean)|ich mein(?:t)?e?|wir meinten|me refer[ií]a a|quer[ií]a decir|"
    r"quise decir|je voulais dire|je parl(?:ais|e) d[eu']|eu quis dire|queria dizer|me referia a|"
    r"я имела? в виду"
)
# What is meant only after a rejection: by itself, "I wanted to know" opens any question.
INTENDED = (
    r"(?:i|we) (?:was|were|am|are) (?:thinking|talking|asking) (?:of|about)|"
    r"(?:i|we) (?:wanted to know|asked about)|ich (?:woll?te?|möchte) wissen|"
    r"ich (?:sprach|rede|redete) von|ich frag(?:t)?e nach|(?:yo )?preguntaba (?:por|sobre)|"
    r"(?:yo )?hablaba del?|(?:yo )?quer[ií]a saber|je (?:voulais savoir|pensais [àa]|demandais)|"
    r"moi c['’]était|(?:eu )?queria saber|(?:eu )?pergunt(?:ei|ava) (?:por|sobre)|"
    r"(?:eu )?falava d[aeo]|я спрашивала? (?:про|об?)|я (?:про|об?)"
)
CORRECTION = lazy_pattern(
    rf"^\W*(?:(?:{REJECTIONS}|ich[\s,]+)*(?:{MEANT})|{REJECTIONS}+(?:{INTENDED}))\b"
    r"\s*(?:that |the (?=\w+ one)|mit )?",
    regex.IGNORECASE,
)
LATE_CORRECTION = lazy_pattern(
    rf"^\W*{REJECTIONS}*(?P<meant>\S.*?)[\s,]+(?:mein(?:t)?e? ich|{MEANT})\W*$", regex.IGNORECASE
)
REJECTION = lazy_pattern(
    r"^\W*(?:(?:no|nein|non|n[aã]o|нет)\s*,\s*|(?:(?:no|nein|non|n[aã]o|нет)\s+){1,2}(?:no|nein|non|"
    r"n[aã]o|нет)\s*,\s*)(?=\w)",
    regex.IGNORECASE,
)
VERB_LIST = (
    "is are was were am be been do does did has have had can could will would shall should may "
    "might must tell explain describe show list give say name summarise summarize compare find "
    "ist sind war waren hat haben hatte kann wird wurde wurden gibt gab "
    "es son fue fueron era hay ha han tiene est sont était a ont"
)
VERBS = word_set(VERB_LIST)
# Words that ask for more and have no topic of their own.
CONTINUATION_LIST = (
    "else exactly more so too also again really then though sure ok okay please precisely "
    "genau denn noch mehr sonst auch más otro exactamente exactement encore "
    "come long many much often far just instead further go continue details detail anything "
    "something"
)
CONTINUATIONS = word_set(CONTINUATION_LIST)
PREPOSITION_LIST = (
    "in on at by for from with without before after during since until of to under over between "
    "bei beim mit nach vor seit im am aus von für ohne en con para por sin desde hasta dans avec "
    "pour в на с для до после"
)
PREPOSITIONS = word_set(PREPOSITION_LIST)
ARTICLE_LIST = "the a an der die das den dem ein eine einen el la los las un una le les l une"
ARTICLES = word_set(ARTICLE_LIST)
POSSESSIVE_LIST = "his her its their sein seine ihr ihre su sus leur leurs его её их"
POSSESSIVES = frozenset(POSSESSIVE_LIST.split())
FOLLOWING_WORD = (
    "is|was|are|were|do|does|did|has|have|had|happen\\w*|means?|works?|ones?|so|too|in|by"
)
DEMONSTRATIVES = (
    rf"(?:this|these|those)(?=\s*(?:[?.!,;]|$)|\s+(?:{FOLLOWING_WORD})\b)",
    r"(?:this|these|those)(?!\s+(?:year|month|week|day|morning|evening|season|time|is|are)s?\b)"
    r"(?=\s+\w)",
    r"that(?=\s*(?:[?.!,;]|$))|(?<=^\W*)that",
    r"(?<=\b(?:did|does|do|is|was|were|are|will|would|can|could|about|after|before|for|of|by) )"
    r"that(?!\s+(?:the|a|an)\b)",
    r"(?<!\b(?:is|are|was|were) )there(?!\s+(?:is|are|was|were|been|a|an|any|no|more)\b)",
    r"(?<=^\W*)(?:(?:el|la|los|las) que|(?:celui|celles?|ceux) qu[ei])",
    r"(?<=^\W*)the ones? (?:that|which|who)",
    r"(?:which|the other|the (?:first|second|last|new|old|former|latter)|that|another) ones?",
    r"the (?:other|former|latter)(?=\s*[?.!]|$)",
    r"das(?=\s*(?:[?.!,]|$)|\s+(?:ist|war|hat|wird|wurde|kostet\w*|heißt|passier\w*)\b)",
    r"(?<=\b(?:ist|war|hat|wird|wurde|kostete?|dauerte?|heißt|funktioniert) )(?:das|es)",
    r"diese[mnrs]?|jene[mnrs]?|(?:este|esta|ese|esa|aquel|aquella)(?=\s+\w)",
    r"(?:ce|cet|cette|ces)(?=\s+\w)|эт(?:от|а|и|ой|ом)",
)
PRONOUN = lazy_pattern(
    rf"\b(?:(?P<person>{PERSONS})|{THINGS}|{'|'.join(DEMONSTRATIVES)})\b"
    r"|(?P<person>[他她])(?!们)|[它其]|[他她它]们|这(?:个|些|里|座|家|项|位)?|那(?:个|些|里|座|家|时)?(?!么)",
    regex.IGNORECASE,
)
# Expletive "it" and "es", which refer to nothing.
ADJECTIVES = "true|possible|impossible|likely|safe|legal|necessary|worth|known|said|proposed|better"
EXPLETIVE = lazy_pattern(
    rf"\b(?:is|was|isn't|would|will|might) it (?:be )?(?:\w+ly )?(?:{ADJECTIVES}|difficult|hard)\b|"
    r"\b(?:does|did|do|will|would|can) it (?:take|cost|help|matter|mean)\b"
    r"(?=.* (?:to|for|if|when|that)\b)|\bwhat time is it\b|"
    rf"\bit(?:'s| is| was| takes?| took) (?:\w+ )?(?:{ADJECTIVES}|to|that)\b|"
    r"\bit (?:rains?|snows?|gets? (?:dark|light|cold|hot))\b|"
    r"\b(?:gibt|gab|geht|handelt) es\b|\bil (?:y a|faut|est)\b|\bes (?:gibt|gab)\b",
    regex.IGNORECASE,
)
CLAUSE_BOUNDARY = lazy_pattern(
    r"[,;]|\b(?:and|or|but|when|while|if|because|after|before|that|who|which|than|"
    r"und|oder|aber|als|wenn|weil|dass|y|o|pero|cuando|et|ou|mais|quand|и|или|но|когда)\b",
    regex.IGNORECASE,
)
DEFINITION_QUESTION = lazy_pattern(
    r"^\W*(?:what|who)(?:'s| is| are| was| were)(?: an?)? \w[\w-]*\W*$|"
    r"^\W*(?:was|wer) (?:ist|sind|war)(?: eine?)? \w[\w-]*\W*$|"
    r"^\W*(?:qué|quién) (?:es|son|fue|era)(?: una?)? \w[\w-]*\W*$",
    regex.IGNORECASE,
)
DEFINITE_NOUN = lazy_pattern(
    r"\b(?:the|an?|der|die|das|dem|den|des|el|la|los|las|le|les)\s+\w{3,}|\bl['’]\w",
    regex.IGNORECASE,
)
HOW = lazy_pattern(r"^\W*(?:how|wie|qu[eé] tan|cu[aá]n|à quel point)\s+\w+", regex.IGNORECASE)
CHINESE_ELLIPSIS = lazy_pattern(r"^(?:那|那么)?(?P<rest>.{1,12})呢[?？]?$")
CHINESE_BARE = lazy_pattern(
    r"^(?:那|那么)?(?:为什么|什么时候|在?哪里|谁|多少钱?|怎么样?)(?:呢)?[?？]?$"
)


def classify_follow_up(question: str) -> FollowUp:
    """How ``question`` depends on the one before it."""
    if HAN.search(question):
        return _chinese(question)
    about = ABOUT.match(question)
    if about and (fragment := _strip_punctuation(question[about.end() :])):
        return FollowUp(FollowUpKind.FRAGMENT, sure=True, rest=fragment)
    conjunction = CONJUNCTION.match(question)
    joined = conjunction is not None
    rest = (question[conjunction.end() :] if conjunction else "") or question
    if not content_words(rest) and not PRONOUN.search(EXPLETIVE.sub(" ", rest)):
        return FollowUp(FollowUpKind.BARE, sure=True, rest=rest)
    if _is_fragment(rest, tokenize_question(rest).words, joined=joined):
        return FollowUp(FollowUpKind.FRAGMENT, sure=joined, rest=_strip_punctuation(rest))
    return _classify_by_pronoun(rest) or _classify_by_content(rest, joined=joined)


def _late_correction(question: str) -> regex.Match[str] | None:
    is_short = len(question) <= MAX_LATE_CORRECTION
    return LATE_CORRECTION.match(question) if is_short else None


def is_correction(question: str) -> bool:
    """Whether it opens or ends with "I meant"."""
    return CORRECTION.match(question) is not None or _late_correction(question) is not None


def without_correction(question: str) -> str:
    """The question without an opening "no, I meant", or a "hens, I mean" that ends it."""
    if late := _late_correction(question):
        return str(late["meant"])
    match = CORRECTION.match(question) or REJECTION.match(question)
    return (question[match.end() :] if match else "").strip() or question


def content_words(text: str) -> list[str]:
    """The content words of a text, as ``split_words`` gives them."""
    return [word for word in tokenize_question(text).words if not _is_empty(word)]


def _is_empty(word: str) -> bool:
    words = (FUNCTION_WORDS, LIGHT_WORDS, CONTINUATIONS, VERBS, PREPOSITIONS)
    return any(word in each for each in words) or is_question_word(word)


def has_name(text: str) -> bool:
    """Whether a word after the first is capitalized, or any has a digit."""
    return bool(regex.search(r"(?<=\w\W+)\p{Lu}|\d", text))


def _strip_punctuation(text: str) -> str:
    return text.strip(" \t¿?¡!.,")


def _is_fragment(rest: str, rest_words: Sequence[str], *, joined: bool) -> bool:
    """Whether it has neither question word nor verb, and completes the question before."""
    if not rest_words or len(rest_words) > MAX_FRAGMENT_WORDS:
        return False
    if any(map(is_question_word, rest_words)):
        return False
    if not VERBS.isdisjoint(word for word in rest_words if word not in ARTICLES):
        return False
    if PRONOUN.search(rest) and not joined:
        return False
    opens = rest_words[0] in PREPOSITIONS or rest_words[0] in ARTICLES
    n = len(rest_words)
    return joined or opens or n <= THIN_WORDS or (rest.endswith("?") and n <= 2)


def _classify_by_pronoun(rest: str) -> FollowUp | None:
    masked = EXPLETIVE.sub(lambda match: "x" * len(match[0]), rest)
    for match in PRONOUN.finditer(masked):
        person = match["person"] is not None
        if not _has_antecedent(rest[: match.start()], match[0].lower(), person=person):
            return FollowUp(FollowUpKind.PRONOUN, sure=True, rest=rest, is_person=person)
    return None


def _has_antecedent(before: str, pronoun: str, *, person: bool) -> bool:
    """Whether the question itself has the antecedent of a pronoun in it.

    Any content word before a possessive may be its owner, unless it only measures: in "How heavy is
    its battery?" heavy owns nothing. For other pronouns a clause has to end in
    between: in "What did the union say about it?", "it" is not the union.
    """
    if pronoun in POSSESSIVES:
        return bool(content_words(HOW.sub("", before)))
    boundaries = list(CLAUSE_BOUNDARY.finditer(before))
    clause = before[: boundaries[-1].start()] if boundaries else ""
    return bool(has_name(clause) if person and has_name(clause) else content_words(clause))


def _classify_by_content(rest: str, *, joined: bool) -> FollowUp:
    words = content_words(rest)
    few = len(words) <= THIN_WORDS
    named = has_name(rest)
    if (
        few
        and not named
        and not DEFINITE_NOUN.search(rest)
        and not DEFINITION_QUESTION.search(rest)
    ):
        return FollowUp(FollowUpKind.THIN, sure=False, rest=rest)
    if joined and not named and len(words) < WHOLE_WORDS:
        return FollowUp(FollowUpKind.THIN, sure=False, rest=rest)
    return FollowUp(
        FollowUpKind.STANDALONE, sure=named or not (few or PRONOUN.search(rest)), rest=rest
    )


def _chinese(question: str) -> FollowUp:
    if CHINESE_BARE.match(question):
        return FollowUp(FollowUpKind.BARE, sure=True, rest=question)
    ellipsis = CHINESE_ELLIPSIS.match(question)
    if ellipsis and not PRONOUN.search(ellipsis["rest"]):
        return FollowUp(FollowUpKind.FRAGMENT, sure=True, rest=ellipsis["rest"])
    pronoun = PRONOUN.search(question)
    if pronoun and not regex.search(r"[，。；]", question[: pronoun.start()]):
        return FollowUp(
            FollowUpKind.PRONOUN, sure=True, rest=question, is_person=pronoun["person"] is not None
        )
    if len(HAN.findall(CHINESE_QUESTION_WORDS.sub("", question))) <= THIN_CHARACTERS:
        return FollowUp(FollowUpKind.THIN, sure=False, rest=question)
    return FollowUp(FollowUpKind.STANDALONE, sure=True, rest=question)
