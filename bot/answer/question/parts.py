"""Splits a question that asks several things into parts that each stand alone.

"How big is the hall and when does it open?" is two questions: a part that refers back, or is too
short to be about anything, is completed with the subject of the first; a whole part is left as it
is. Surface rules for the languages of ``question_words``. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from bot.answer.question.follow_up import (
    DEFINITE_NOUN,
    VERBS,
    FollowUpKind,
    classify_follow_up,
    content_words,
    has_name,
)
from bot.answer.question.rewrite import rewrite_by_rule, topic_words
from bot.store.values import StoredAnswer
from bot.text.language import detect_language
from bot.text.lazy_pattern import lazy_pattern
from bot.text.question_words import (
    OTHERS,
    PERSON,
    PLACE,
    QUESTION_WORDS,
    REASON,
    TIME,
)
from bot.text.tokenize import split_words

MAX_PARTS = 4
SELF_CONTAINED_WORDS = 3  # of content: "how many heat pumps were measured" names its topic
AND = r"(?:and|und|y|e|et|и|or|oder|o|ou|или)\s+(?:(?:also|auch|además|aussi)\s+)?"
# A pronoun or an article after a verb, as "and does it open": what follows asks.
SUBJECTS = (
    "it|they|he|she|there|the|this|that|these|you|we|i|any|an?|es|er|sie|man|das|die|der|ein|eine|"
    "el|la|los|las|hay|il|elle|on|un|une"
)
AUXILIARIES = (
    "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|must|"
    "ist|sind|war|hat|haben|kann|wird|gibt|darf|muss"
)
RELATIVE = "|".join(
    sorted({w for t in (PERSON, TIME, PLACE) for ws in t.values() for w in ws.split("|")})
)
LANGUAGES = tuple(OTHERS)
# Before the question word may stand a preposition: "um wie viel", "à quelle heure", "by when".
OPENINGS = [
    lazy_pattern(rf"^[¿¡\s]*(?:\p{{L}}{{1,4}}\s)?(?:{asks})\b", regex.IGNORECASE)
    for asks in QUESTION_WORDS
]
OPENS_WITH_VERB = lazy_pattern(rf"^[¿¡\s]*(?:{AUXILIARIES})\s+\p{{L}}", regex.IGNORECASE)
ENDINGS = [lazy_pattern(rf"\b(?:{a})[\s?？.]*$", regex.IGNORECASE) for a in QUESTION_WORDS]
BREAKS_BEHIND = [
    lazy_pattern(rf"(?<=\s(?:{asks}))\s+{AND}", regex.IGNORECASE) for asks in QUESTION_WORDS
]
INDIVISIBLE = lazy_pattern(
    r"\b(?:between|zwischen|entre|между)\s*$|\b(?:whether|both)\b", regex.IGNORECASE
)
NON_RELATIVE = [
    lazy_pattern(rf"(?:{REASON[code]}|{OTHERS[code]})\b", regex.IGNORECASE) for code in OTHERS
]
DO_SUPPORT = frozenset(("do", "does", "did"))
BE = frozenset(("is", "are", "was", "were", "ist", "sind", "war"))
AUXILIARY_WORDS = frozenset(AUXILIARIES.split("|"))


def _break(asks: str) -> regex.Pattern[str]:
    """Where the next part begins: "joined" by a conjunction, "ended" or only after a "comma"."""
    asks = f"(?i:{asks})"
    return lazy_pattern(
        rf"(?P<joined>(?:\s*[,;]\s*|\s+){AND}(?=(?:\p{{L}}+\s)?(?:{asks})\b)(?!WHO\b))"
        rf"|(?P<joined>(?:\s*[,;]\s*|\s+){AND}(?=(?i:{AUXILIARIES})\s+(?i:{SUBJECTS})\b))"
        rf"|(?P<ended>(?<=[\w\"”)])\s*[?？]\s*(?:[,;]\s*)?(?:{AND})?(?=¿?\p{{L}}))"
        rf"|(?P<comma>\s*[,;]\s*(?=¿?(?:{asks})\b)(?!WHO\b))"
    )


PART_BREAKS = [_break(asks) for asks in QUESTION_WORDS]


def split_parts(question: str) -> tuple[str, ...]:
    """The parts of a question, each standing alone; a simple question is its only part."""
    parts = _parts(question)
    if not 1 < len(parts) <= MAX_PARTS or not content_words(parts[0]):
        return (question,)
    first, *others = parts
    if INDIVISIBLE.search(first):
        return (question,)
    return (f"{first}?", *(_complete_part(part, first) for part in others))


def _parts(question: str) -> list[str]:
    language = _language(question)
    if language is None:
        return _asking_last(question)
    matches = _accepted([*PART_BREAKS[language].finditer(question)], NON_RELATIVE[language])
    starts = [0, *(match.end() for match in matches)]
    ends = [*(match.start() for match in matches), len(question)]
    after_end = [False, *(match["ended"] is not None for match in matches)]
    pieces = [
        question[start:end].strip(" ?？.,;¿")
        for start, end, may_state in zip(starts, ends, after_end, strict=True)
        if not may_state or _asks(question, start, end)
    ]
    return [piece for piece in pieces if split_words(piece)]


def _asking_last(question: str) -> list[str]:
    """The clauses of a question that each end in what they ask: "ça coûte combien et ouvre quand".

    The question itself, if there are none.
    """
    endings = zip(ENDINGS, BREAKS_BEHIND, strict=True)
    breaks = next((behind for ends, behind in endings if ends.search(question)), None)
    return breaks.split(question.strip(" ?？.¿")) if breaks else [question]


def _asks(question: str, start: int, end: int) -> bool:
    """Whether what follows a question mark is another question, and not a remark."""
    if question[end : end + 2].strip().startswith(("?", "？")) or question[:end].endswith("?"):
        return True
    piece = question[start:end]
    return bool(OPENS_WITH_VERB.match(piece)) or any(o.match(piece) for o in OPENINGS)


def _language(question: str) -> int | None:
    """The index of the language whose question word or verb opens it; None if it does not ask."""
    opening = [i for i, pattern in enumerate(OPENINGS) if pattern.match(question)]
    if opening:
        written = detect_language(question)  # "quanto" asks in Italian and in Portuguese
        return next((i for i in opening if LANGUAGES[i] == written), opening[0])
    return 0 if OPENS_WITH_VERB.match(question) or "?" in question.strip("?？ ") else None


def _accepted(
    matches: Sequence[regex.Match[str]], non_relative: regex.Pattern[str]
) -> list[regex.Match[str]]:
    """The breaks without those at a relative clause (", which was built in 1912, …").

    A comma alone parts if a conjunction or another comma does, too, or if what follows is no
    pronoun that joins clauses.
    """
    commas = [match for match in matches if match["comma"]]
    asks = [m for m in commas if non_relative.match(m.string, m.end()) and not _is_which(m)]
    in_list = len(matches) > len(commas) or len(asks) > 0
    return [m for m in matches if not m["comma"] or (in_list and not _is_which(m))]


def _is_which(match: regex.Match[str]) -> bool:
    """Whether a comma is followed by a word that joins clauses more often than it asks."""
    following = split_words(match.string[match.end() : match.end() + 12])
    return following[:1] in (["which"], ["que"], ["che"], ["quale"])


def _complete_part(part: str, first: str) -> str:
    """A later part, with the subject of the first if it has none of its own."""
    standalone = rewrite_by_rule(part, [StoredAnswer(question=first)]).text.strip(" ?")
    if not has_name(part) and (standalone != part or not _is_whole(part)):
        if classify_follow_up(part).kind is FollowUpKind.FRAGMENT and standalone != part:
            return f"{standalone}?"
        if context := _missing(subject_words(first), part):
            return f"{part} ({' '.join(context)})?"
    return f"{standalone if standalone != part else part}?"


def part_readings(part: str, first: str) -> tuple[str, ...]:
    """A part as it is and, if it says little by itself, with the subject of the first, too."""
    context = _missing(subject_words(first), part)
    if part == first or not context or part.endswith(")?") or has_name(part):
        return (part,)
    if len(content_words(part)) >= SELF_CONTAINED_WORDS:
        return (part,)
    return part, f"{part.strip(' ?')} ({' '.join(context)})?"


def _is_whole(part: str) -> bool:
    """Whether it names what it is about."""
    return len(content_words(part)) >= SELF_CONTAINED_WORDS or bool(DEFINITE_NOUN.search(part))


def _missing(context: Sequence[str], part: str) -> list[str]:
    own = set(split_words(part))
    return [word for word in context if own.isdisjoint(split_words(word))]


def subject_words(question: str) -> list[str]:
    """The words of what a question is about, as they are written: "the old bridge".

    In English and German the subject follows the first auxiliary; the verb at its end is left out.
    Otherwise all content words.
    """
    words = regex.findall(r"\p{L}[\p{L}\p{N}'’-]*|\p{N}+", question)
    lower = [word.lower() for word in words]
    verb = next((i for i, word in enumerate(lower) if word in AUXILIARY_WORDS), None)
    topic = topic_words(question)
    if verb is None:
        return topic
    run = list(_noun_phrase(words[verb + 1 :]))
    is_yes_or_no = verb == 0
    if len(run) > 1 and (lower[verb] in DO_SUPPORT or (is_yes_or_no and lower[verb] in BE)):
        run = run[:-1]
    return [word for word in run if word in topic] or topic


def _noun_phrase(words: Sequence[str]) -> Iterator[str]:
    """The content words after an auxiliary, up to the next function word."""
    started = False
    for word in words:
        if content_words(word) and word.lower() not in VERBS:
            started = True
            yield word
        elif started:
            return
