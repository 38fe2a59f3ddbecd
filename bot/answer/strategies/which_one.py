"""Asks back which one is meant: "the minister", where articles tell of several ministers.

A question is ambiguous if it names nothing but one definite thing, and sentences of several
articles answer it about as well, of things that share no name. Where the articles tell of the same
thing, search chooses. Knows nothing of how the choice is shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import regex

from bot.answer.extractive import REFUSE_BELOW
from bot.answer.question.follow_up import content_words, has_name
from bot.answer.strategies.clarification import AS_LIKELY, MAX_CHOICES, ClarificationPlan
from bot.answer_records import NamedArticle
from bot.records import Candidate, SearchResult
from bot.search.answer_type import GERMAN_NAME
from bot.strings import _
from bot.text.calendar_names import MONTH
from bot.text.language import detect_language
from bot.text.morphology import stem_variants
from bot.text.names import CAPITALIZED
from bot.text.tokenize import split_words
from bot.verify.first_names import is_likely_name

MAX_CONTENT_WORDS = 3  # the thing, and what is asked of it: "what did the company earn"
LEAST = math.log(REFUSE_BELOW / (1 - REFUSE_BELOW))  # each choice has an answer
SHARED_NAMES = 1  # the place of two different things; those of one thing share more
# Definite articles by language: an English "do" is none, nor a German "a".
DETERMINERS = {
    "en": "the",
    "de": "der|die|das|den|dem|des|im|vom|zum|zur|beim",
    "es": "el|la|al|del",
    "fr": "le|la|au|du",
    "pt": "o|a|do|da",
}
DEFINITE = {
    language: regex.compile(
        rf"\b(?:{words})\s+(?P<noun>\p{{L}}{{3,}})\b|\bl['’](?P<noun>\p{{L}}{{3,}})\b",
        regex.IGNORECASE,
    )
    for language, words in DETERMINERS.items()
}
NAMES = regex.compile(CAPITALIZED)


def plan_which_one(question: str, findings: SearchResult) -> ClarificationPlan | None:
    """The question which of several is meant; None if there are not several."""
    noun = ambiguous_noun(question)
    if not noun or findings.answer_probability < REFUSE_BELOW:
        return None
    candidates = _best_of_articles(noun, findings.candidates)
    if len(candidates) < 2 or not _are_different(question, noun, candidates):
        return None
    choices = tuple(
        NamedArticle(candidate.passage.article_id, candidate.passage.title)
        for candidate in candidates[:MAX_CHOICES]
    )
    ids = {choice.id for choice in choices}
    hits = tuple(hit for hit in findings.hits if hit.passage.article_id in ids)
    near = replace(findings, hits=hits)
    return ClarificationPlan(question, near, _("Which one do you mean?"), choices)


def ambiguous_noun(question: str) -> str:
    """The one definite thing that a question is about, if it says little else; else empty."""
    words = content_words(question)
    definite = DEFINITE.get(detect_language(question) or "en")
    if definite is None:
        return ""
    matches = [m for m in definite.finditer(question) if set(split_words(m["noun"])) <= set(words)]
    others = [m for m in matches if not m[0].lower().startswith("a ")]  # "a gagné" is a verb
    nouns = [match["noun"].lower() for match in others or matches]
    is_short = len(words) <= MAX_CONTENT_WORDS
    return nouns[0] if len(nouns) == 1 and is_short and not has_name(question) else ""


def _best_of_articles(noun: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The likeliest sentence of each article that has the noun and answers about as well."""
    best: dict[int, Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: -c.log_odds):
        if _speaks_of(noun, candidate):
            best.setdefault(candidate.passage.article_id, candidate)
    first = next(iter(best.values()), None)
    overall = max((c.log_odds for c in candidates), default=0.0)
    if first is None or first.log_odds < overall:
        return []
    least = max(first.log_odds - AS_LIKELY, LEAST)
    return [c for c in best.values() if c.log_odds >= least]


def _speaks_of(noun: str, candidate: Candidate) -> bool:
    """Whether its passage or title has the noun, in any form."""
    forms = stem_variants(noun)
    words = split_words(f"{candidate.passage.title} {candidate.passage.text}")
    return any(not forms.isdisjoint(stem_variants(word)) for word in words)


def _are_different(question: str, noun: str, candidates: Sequence[Candidate]) -> bool:
    """Whether no two tell of the same thing: they share no more than a name, and not its own."""
    names = [_names(candidate) - frozenset(split_words(question)) for candidate in candidates]
    own = [_own_names(noun, candidate) for candidate in candidates]
    return all(
        len(one & other) <= SHARED_NAMES and own[i].isdisjoint(own[j])
        for i, one in enumerate(names)
        for j, other in enumerate(names[:i])
    )


def _own_names(noun: str, candidate: Candidate) -> frozenset[str]:
    """What the thing is called: the names right before it ("the Forth Bridge")."""
    text = f"{candidate.passage.title}. {candidate.passage.text}"
    called = regex.compile(rf"\b(\p{{Lu}}\p{{L}}+)[\s-](?i:{regex.escape(noun)})\b")
    return frozenset(word for match in called.finditer(text) for word in content_words(match[1]))


def _names(candidate: Candidate) -> frozenset[str]:
    """The names in a passage and its title; of capitals in German, only the second in a row."""
    text = f"{candidate.passage.title}. {candidate.passage.text}"
    pattern = GERMAN_NAME if detect_language(text) == "de" else NAMES
    words = {word for match in pattern.finditer(text) for word in split_words(match[0])}
    return frozenset(word for word in words if word not in MONTH and is_likely_name(word))
