"""Whether a question leans on the one before it: "Why?", "And in 2020?", "How tall is it?".

Rules of form alone, for English first, with the pronouns and openings of German, Spanish, French,
Russian and Chinese. A pronoun leans unless the question itself says what it stands for. Knows
nothing of the turns before; ``rewrite`` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import regex

from bot.search.query_terms import split_words
from bot.search.question_analysis import CHINESE_QUESTION_WORDS, FUNCTION_WORDS, LIGHT_WORDS


class FollowUpKind(StrEnum):
    """How a question leans on what was said before."""

    ALONE = "alone"
    BARE = "bare"  # a question word and nothing to ask about
    FRAGMENT = "fragment"  # a part that takes a place in the question before
    PRONOUN = "pronoun"
    THIN = "thin"  # too few words to be about anything


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``rest``: the question without its opening "and"; for a fragment, the part alone."""

    kind: FollowUpKind
    sure: bool
    rest: str
    is_person: bool = False  # the pronoun stands for somebody


def _opening(*patterns: str) -> regex.Pattern[str]:
    return regex.compile(rf"^[¿¡\s]*(?:{'|'.join(patterns)})\s+", regex.IGNORECASE)


FEW_WORDS = 6  # of a fragment without an opening: "in the second winter?"
THIN_WORDS = 1  # words of content; a question of two is about something
THIN_CHARACTERS = 1  # of content, in Chinese
JOINED = _opening(
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
ASKS = (
    "who whom whose what when where which why how "
    "wer wen wem wessen was wann wo wohin woher warum weshalb wieso wie welche welcher welches "
    "quién quiénes qué cuándo dónde cuál cuáles cómo cuánto cuánta cuántos cuántas "
    "qui que quoi quand où pourquoi comment combien quel quelle quels quelles "
    "кто что когда где куда почему зачем как сколько какой какая какое какие"
)
ASKING = frozenset(ASKS.split())
VERBS = (
    "is are was were am be been do does did has have had can could will would shall should may "
    "might must tell explain describe show list give say name summarise summarize compare find "
    "ist sind war waren hat haben hatte kann wird wurde wurden gibt gab "
    "es son fue fueron era hay ha han tiene est sont était a ont"
)
VERBAL = frozenset(VERBS.split())
# Words that ask for more of the same and name nothing.
MORE_WORDS = (
    "else exactly more so too also again really then though sure ok okay please precisely "
    "genau denn noch mehr sonst auch más otro exactamente exactement encore "
    "come long many much often far just instead further go continue details detail anything "
    "something"
)
MORE = frozenset(MORE_WORDS.split())
PREPOSITION_WORDS = (
    "in on at by for from with without before after during since until of to under over between "
    "bei mit nach vor seit im am aus von für ohne en con para por sin desde hasta dans avec pour "
    "в на с для до после"
)
PREPOSITIONS = frozenset(PREPOSITION_WORDS.split())
ARTICLE_WORDS = "the a an der die das den dem ein eine einen el la los las un una le les l une"
ARTICLES = frozenset(ARTICLE_WORDS.split())
PERSONS = "he|she|him|her|his|hers|himself|herself|er|ihm|ihn|él|ella|elle|lui|он|она|его|её|ему"
THINGS = (
    "it|its|itself|they|them|their|theirs|themselves|"
    "sie|ihr|ihre[mnrs]?|seine?[mnrs]?|davon|dafür|damit|darüber|daran|dazu|dort|dagegen|darin|"
    "ellos|ellas|su|sus|eso|esto|allí|ahí|ils|elles|leurs?|cela|ça|celui-ci|celle-ci|"
    "оно|они|их|им|там|это|этого"
)
POSSESSIVES = "his her its their sein seine ihr ihre su sus leur leurs его её их"
POSSESSIVE = frozenset(POSSESSIVES.split())
VERB_BEHIND = "is|was|are|were|do|does|did|has|have|had|happen\\w*|means?|works?|ones?|so|too|in|by"
POINTING = (
    rf"(?:this|these|those)(?=\s*(?:[?.!,;]|$)|\s+(?:{VERB_BEHIND})\b)",
    r"(?:this|these|those)(?!\s+(?:year|month|week|day|morning|evening|season|time|is|are)s?\b)"
    r"(?=\s+\w)",
    r"that(?=\s*(?:[?.!,;]|$))|(?<=^\W*)that",
    r"(?<=\b(?:did|does|do|is|was|were|are|will|would|can|could|about|after|before|for|of|by) )"
    r"that(?!\s+(?:the|a|an)\b)",
    r"(?<!\b(?:is|are|was|were) )there(?!\s+(?:is|are|was|were|been|a|an|any|no|more)\b)",
    r"(?:which|the other|the (?:first|second|last|new|old|former|latter)|that|another) ones?",
    r"the (?:other|former|latter)(?=\s*[?.!]|$)",
    r"das(?=\s*(?:[?.!,]|$)|\s+(?:ist|war|hat|wird|wurde|kostet\w*|heißt|passier\w*)\b)",
    r"(?<=\b(?:ist|war|hat|wird|wurde|kostete?|dauerte?|heißt|funktioniert) )(?:das|es)",
    r"diese[mnrs]?|jene[mnrs]?|(?:este|esta|ese|esa|aquel|aquella)(?=\s+\w)",
    r"(?:ce|cet|cette|ces)(?=\s+\w)|эт(?:от|а|и|ой|ом)",
)
PRONOUN = regex.compile(
    rf"\b(?:(?P<person>{PERSONS})|{THINGS}|{'|'.join(POINTING)})\b"
    r"|(?P<person>[他她])(?!们)|[它其]|[他她它]们|这(?:个|些|里|座|家|项|位)?|那(?:个|些|里|座|家|时)?(?!么)",
    regex.IGNORECASE,
)
# "it" and "es" that stand for nothing.
SUCH = "true|possible|impossible|likely|safe|legal|necessary|worth|known|said|proposed|better"
IDLE = regex.compile(
    rf"\b(?:is|was|isn't|would|will|might) it (?:be )?(?:\w+ly )?(?:{SUCH}|difficult|hard)\b|"
    r"\b(?:does|did|do|will|would|can) it (?:take|cost|help|matter|mean)\b"
    r"(?=.* (?:to|for|if|when|that)\b)|\bwhat time is it\b|"
    rf"\bit(?:'s| is| was| takes?| took) (?:\w+ )?(?:{SUCH}|to|that)\b|"
    r"\bit (?:rains?|snows?|gets? (?:dark|light|cold|hot))\b|"
    r"\b(?:gibt|gab|geht|handelt) es\b|\bil (?:y a|faut|est)\b|\bes (?:gibt|gab)\b",
    regex.IGNORECASE,
)
BORDER = regex.compile(
    r"[,;]|\b(?:and|or|but|when|while|if|because|after|before|that|who|which|than|"
    r"und|oder|aber|als|wenn|weil|dass|y|o|pero|cuando|et|ou|mais|quand|и|или|но|когда)\b",
    regex.IGNORECASE,
)
DEFINES = regex.compile(
    r"^\W*(?:what|who)(?:'s| is| are| was| were)(?: an?)? \w[\w-]*\W*$|"
    r"^\W*(?:was|wer) (?:ist|sind|war)(?: eine?)? \w[\w-]*\W*$|"
    r"^\W*(?:qué|quién) (?:es|son|fue|era)(?: una?)? \w[\w-]*\W*$",
    regex.IGNORECASE,
)
DEFINITE = regex.compile(
    r"\b(?:the|an?|der|die|das|dem|den|des|el|la|los|las|le|les)\s+\w{3,}|\bl['’]\w",
    regex.IGNORECASE,
)
CHINESE_ELLIPSIS = regex.compile(r"^(?:那|那么)?(?P<rest>.{1,12})呢[?？]?$")
CHINESE_BARE = regex.compile(
    r"^(?:那|那么)?(?:为什么|什么时候|在?哪里|谁|多少钱?|怎么样?)(?:呢)?[?？]?$"
)
HAN = regex.compile(r"\p{Han}")


def classify_follow_up(question: str) -> FollowUp:
    """How ``question`` leans on what was said before it."""
    if HAN.search(question):
        return _chinese(question)
    about = ABOUT.match(question)
    if about and _bare(question[about.end() :]):
        return FollowUp(FollowUpKind.FRAGMENT, sure=True, rest=_bare(question[about.end() :]))
    joined = JOINED.match(question)
    rest = (question[joined.end() :] if joined else "") or question
    found = split_words(rest)
    if not content_words(rest) and not PRONOUN.search(IDLE.sub(" ", rest)):
        return FollowUp(FollowUpKind.BARE, sure=True, rest=rest)
    if _is_fragment(rest, found, joined=bool(joined)):
        return FollowUp(FollowUpKind.FRAGMENT, sure=bool(joined), rest=_bare(rest))
    return _by_pronoun(rest) or _by_extent(rest, joined=bool(joined))


def content_words(text: str) -> list[str]:
    """The words that say what a text is about, in lower case."""
    return [word for word in split_words(text) if not _says_nothing(word)]


def _says_nothing(word: str) -> bool:
    return word in FUNCTION_WORDS or word in LIGHT_WORDS or word in MORE or word in VERBAL


def has_name(text: str) -> bool:
    """Whether a word behind the first has a capital, or any word has a digit."""
    return bool(regex.search(r"(?<=\w\W+)\p{Lu}|\d", text))


def _bare(text: str) -> str:
    return text.strip(" \t¿?¡!.,")


def _is_fragment(rest: str, found: list[str], *, joined: bool) -> bool:
    """No question word and no verb: a part that belongs into the question before."""
    if not found or len(found) > FEW_WORDS or not ASKING.isdisjoint(found):
        return False
    if not VERBAL.isdisjoint(word for word in found if word not in ARTICLES):
        return False
    if PRONOUN.search(rest) and not joined:
        return False
    opens = found[0] in PREPOSITIONS or found[0] in ARTICLES
    return joined or opens or len(found) <= THIN_WORDS or (rest.endswith("?") and len(found) <= 2)


def _by_pronoun(rest: str) -> FollowUp | None:
    masked = IDLE.sub(lambda match: "x" * len(match[0]), rest)
    for match in PRONOUN.finditer(masked):
        person = match["person"] is not None
        if not _stands_for_something(rest[: match.start()], match[0].lower(), person=person):
            return FollowUp(FollowUpKind.PRONOUN, sure=True, rest=rest, is_person=person)
    return None


def _stands_for_something(before: str, pronoun: str, *, person: bool) -> bool:
    """Whether the question itself says what a pronoun in it stands for.

    What stands in front of a possessive may own what follows; for other pronouns, a clause has
    to end in between: in "What did the union say about it?" it is not the union.
    """
    if pronoun in POSSESSIVE:
        return bool(content_words(before))
    borders = list(BORDER.finditer(before))
    clause = before[: borders[-1].start()] if borders else ""
    return bool(has_name(clause) if person and has_name(clause) else content_words(clause))


def _by_extent(rest: str, *, joined: bool) -> FollowUp:
    few = len(content_words(rest)) <= THIN_WORDS
    named = has_name(rest)
    if few and not named and not DEFINITE.search(rest) and not DEFINES.search(rest):
        return FollowUp(FollowUpKind.THIN, sure=False, rest=rest)
    if joined and not named:
        return FollowUp(FollowUpKind.THIN, sure=False, rest=rest)
    return FollowUp(FollowUpKind.ALONE, sure=named or not (few or PRONOUN.search(rest)), rest=rest)


def _chinese(question: str) -> FollowUp:
    if CHINESE_BARE.match(question):
        return FollowUp(FollowUpKind.BARE, sure=True, rest=question)
    ellipsis = CHINESE_ELLIPSIS.match(question)
    if ellipsis and not PRONOUN.search(ellipsis["rest"]):
        return FollowUp(FollowUpKind.FRAGMENT, sure=True, rest=ellipsis["rest"])
    found = PRONOUN.search(question)
    if found and not regex.search(r"[，。；]", question[: found.start()]):
        return FollowUp(
            FollowUpKind.PRONOUN, sure=True, rest=question, is_person=found["person"] is not None
        )
    if len(regex.findall(r"\p{Han}", CHINESE_QUESTION_WORDS.sub("", question))) <= THIN_CHARACTERS:
        return FollowUp(FollowUpKind.THIN, sure=False, rest=question)
    return FollowUp(FollowUpKind.ALONE, sure=True, rest=question)
