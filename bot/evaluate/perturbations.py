"""Makes false sentences of known kinds from true ones, by rule. The same seed gives the same ones.

A perturbed sentence differs from the true one in one place: a number, a date, a name (inside, at
the beginning, or one that the question has, too), a speaker, an invented count, a negation, a
comparative, a leading "yes" or "no", its citation, or how its words are related
(``relation_lies``). Shares no word list with the checks that are measured with it. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

import regex

from bot.evaluate import relation_lies
from bot.text.calendar_names import ENGLISH_MONTHS, ENGLISH_WEEKDAYS
from bot.text.dates import LONE_YEAR
from bot.text.quantities import SMALL, TENS


class PerturbationKind(StrEnum):
    """What differs from the true sentence."""

    NUMBER = "number"
    NAME = "name"
    DATE = "date"
    NEGATION = "negation"
    COMPARATIVE = "comparative"
    SWAPPED = "swapped citation"
    UNCITED = "no citation"
    PREMISE = "name from the question"
    LEADING_NAME = "leading name"
    SPEAKER = "speaker"
    COUNT = "count"
    ANSWER = "yes or no"
    ROLES = "names swapped"
    FIGURES = "figures swapped"
    ORDER = "order"
    KINSHIP = "kinship"
    RATE = "rate"
    CURRENCY = "currency"
    CERTAINTY = "certainty"
    QUANTIFIER = "quantifier"
    MERGED = "merged facts"
    CAUSE = "invented cause"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer, the sentences that it cites, and their context."""

    text: str
    cited: tuple[str, ...]
    title: str = ""
    question: str = ""
    text_before_sources: str = ""
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """Texts to put into a sentence: sentences and names of the same article, other names."""

    sentences: tuple[str, ...]
    article_names: tuple[str, ...]
    other_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A false claim."""

    kind: PerturbationKind
    claim: Claim


MONTHS = [name.capitalize() for name in ENGLISH_MONTHS]
WEEKDAYS = [name.capitalize() for name in ENGLISH_WEEKDAYS]
NUMBER_WORDS = [*SMALL[2:], *TENS]
MONTH = rf"\b(?:{'|'.join(MONTHS)})\b"
DIGITS = (
    r"(?<![\w.,/$-])\d{1,3}(?:,\d{3})+(?![\w,])|"
    r"(?<![\w.,/-])\d+(?:\.\d+)?(?![\w/-]|[.,]\d| ?,? ?\d)"
)
DATE_OR_REFERENCE = regex.compile(
    rf"{LONE_YEAR}|{MONTH}\.? \d\d?|\d\d?(?:st|nd|rd|th)? {MONTH}|\[[\d, -]+\]|\(\d\d?\)"
)
FIGURE = regex.compile(rf"{DIGITS}|\b(?:{'|'.join(NUMBER_WORDS)})\b")
DATE_PART = regex.compile(rf"{LONE_YEAR}|{MONTH}(?= \d| ,| of| in|,)|(?<={MONTH} )\d\d?(?!\d)")
NAME = regex.compile(
    r"(?<=[\p{Ll},] )(?:(?!I\b)\p{Lu}[\p{Ll}’'-]+|\p{Lu}{2,6})"
    r"(?: \p{Lu}[\p{Ll}’'-]+){0,3}(?![\w’'])"
)
WORD = regex.compile(r"\w+")
LEADING_NAME_PATTERN = regex.compile(r"\p{Lu}[\p{Ll}’'-]{2,}(?= [\p{Ll}])")
PLURAL = regex.compile(r"(?<=\b[Tt]he )\p{Ll}{3,}s(?= \p{Ll})")
NO_PLURAL = regex.compile(r"(?:ss|us|is|ies)$")
SPEAKERS = ("experts", "the police", "the mayor", "critics", "a spokesman")
NOT_NAMES = frozenset([*MONTHS, *WEEKDAYS, "The", "This", "It", "In", "I"])
AUXILIARIES = "is was are were has have had can could will would may might must should did does do"
AUXILIARY = regex.compile(
    rf"(?<=\w )({'|'.join(AUXILIARIES.split())})(?= (?!not\b|n't|no\b|never\b)\w)"
)
NEGATIONS = (
    (regex.compile(r"\b(cannot)\b"), "can"),
    (regex.compile(r"(?<=\w) ?n['’]t\b"), ""),
    (regex.compile(r" (not|never)(?= \w)"), ""),
    (regex.compile(r"\bwithout\b"), "with"),
    (regex.compile(r"(?<=\w )no(?= [a-z]{3})"), "some"),
)
ANTONYM_PAIRS = (
    "more/less most/least higher/lower highest/lowest increased/decreased increases/decreases "
    "increase/decrease increasing/decreasing rise/fall rose/fell growth/decline before/after "
    "earlier/later early/late above/below over/under larger/smaller largest/smallest "
    "bigger/smaller older/younger oldest/youngest longer/shorter longest/shortest first/last "
    "better/worse best/worst stronger/weaker supported/opposed supports/opposes support/oppose "
    "accepted/rejected won/lost win/lose began/ended begins/ends start/end opened/closed "
    "north/south northern/southern east/west eastern/western left/right inside/outside "
    "includes/excludes include/exclude including/excluding allowed/forbade allows/forbids "
    "always/never often/rarely usually/rarely major/minor majority/minority maximum/minimum "
    "positive/negative male/female father/mother son/daughter brother/sister husband/wife "
    "man/woman men/women day/night hot/cold public/private success/failure "
    "successful/unsuccessful legal/illegal possible/impossible likely/unlikely able/unable "
    "upper/lower inner/outer top/bottom added/removed created/destroyed many/few large/small "
    "high/low long/short strong/weak wide/narrow rich/poor fast/slow old/new up/down "
    "acute/chronic severe/mild enhanced/reduced promotes/inhibits promote/inhibit "
    "activated/inhibited gained/lost same/different similar/different single/multiple rapid/slow "
    "common/rare"
)
ANTONYM = {
    word: antonym
    for pair in ANTONYM_PAIRS.split()
    for word, antonym in (pair.split("/"), reversed(pair.split("/")))
}
HAS_ANTONYM = regex.compile(rf"\b(?:{'|'.join(ANTONYM)})\b")

Change = Callable[[str, Random], str | None]
"""Changes a sentence; None if it can't."""


def perturb(claim: Claim, material: Material, seed: str) -> list[Perturbation]:
    """One perturbation of each kind that the claim allows."""
    random = Random(seed)
    changes: Sequence[tuple[PerturbationKind, Change]] = (
        (PerturbationKind.NUMBER, replace_number),
        (PerturbationKind.DATE, replace_date),
        (PerturbationKind.NAME, lambda text, chance: replace_name(text, material, chance)),
        (PerturbationKind.NEGATION, negate),
        (PerturbationKind.COMPARATIVE, swap_antonym),
    )
    changed = list(_apply(changes, claim, random))
    # A second generator, so that the kinds added later don't change the earlier ones.
    more_random = Random(f"{seed} more")
    return [
        *changed,
        *_change_citation(claim, material, random),
        *_change_question(claim, changed, more_random),
        *_add_words(claim, material, more_random),
        *_change_relations(claim, material, Random(f"{seed} relations")),
    ]


def _change_relations(claim: Claim, material: Material, random: Random) -> Iterator[Perturbation]:
    """The sentence's own words, related otherwise."""
    changes: Sequence[tuple[PerturbationKind, Change]] = (
        (PerturbationKind.ROLES, relation_lies.swap_names),
        (PerturbationKind.FIGURES, relation_lies.swap_figures),
        (PerturbationKind.ORDER, relation_lies.reverse_order),
        (PerturbationKind.KINSHIP, relation_lies.change_relative),
        (PerturbationKind.RATE, relation_lies.change_rate),
        (PerturbationKind.CURRENCY, relation_lies.change_currency),
        (PerturbationKind.CERTAINTY, relation_lies.make_certain),
        (PerturbationKind.QUANTIFIER, relation_lies.make_universal),
    )
    yield from _apply(changes, claim, random)
    others = [sentence for sentence in material.sentences if sentence not in claim.cited]
    if not others:
        return
    other = random.choice(others)
    cited = replace(claim, cited=(*claim.cited, other))
    for kind, join in (
        (PerturbationKind.MERGED, relation_lies.merge_facts),
        (PerturbationKind.CAUSE, relation_lies.invent_cause),
    ):
        if text := join(claim.text, other):
            yield Perturbation(kind, replace(cited, text=text))


def _apply(
    changes: Sequence[tuple[PerturbationKind, Change]], claim: Claim, random: Random
) -> Iterator[Perturbation]:
    for kind, change in changes:
        text = change(claim.text, random)
        if text and _words_of(text) != _words_of(claim.text):
            yield Perturbation(kind, replace(claim, text=text))


def _words_of(text: str) -> list[str]:
    return [word for word in text.lower().split() if any(map(str.isalnum, word))]


def _change_question(
    claim: Claim, changed: Sequence[Perturbation], random: Random
) -> Iterator[Perturbation]:
    """The replaced names with a question that has them, and a "yes" or "no" that is wrong."""
    for perturbation in changed:
        if perturbation.kind is PerturbationKind.NAME:
            question = f"{claim.question} {perturbation.claim.text}"
            yield Perturbation(
                PerturbationKind.PREMISE, replace(perturbation.claim, question=question)
            )
    question = f"Is it true that {claim.text[:1].lower()}{claim.text[1:].rstrip(' .')}?"
    yield Perturbation(
        PerturbationKind.ANSWER, replace(claim, text=f"No, {claim.text}", question=question)
    )
    if negated := negate(claim.text, random):
        question = f"Is it true that {negated.rstrip(' .')}?"
        yield Perturbation(
            PerturbationKind.ANSWER, replace(claim, text=f"Yes, {claim.text}", question=question)
        )


def _add_words(claim: Claim, material: Material, random: Random) -> Iterator[Perturbation]:
    """Another name at the beginning, a speaker, a count."""
    changes: Sequence[tuple[PerturbationKind, Change]] = (
        (
            PerturbationKind.LEADING_NAME,
            lambda text, chance: replace_leading_name(text, material, chance),
        ),
        (
            PerturbationKind.SPEAKER,
            lambda text, chance: add_speaker(text, claim.cited, material, chance),
        ),
        (PerturbationKind.COUNT, add_count),
    )
    yield from _apply(changes, claim, random)


def replace_leading_name(text: str, material: Material, random: Random) -> str | None:
    """Another one-word name in place of the one that the sentence begins with."""
    match = LEADING_NAME_PATTERN.match(text)
    names = {*material.article_names, *material.other_names}
    others = sorted(n for n in names if " " not in n and n not in text and not n.isupper())
    if match is None or not others or match.group() not in names:
        return None
    return _replace(text, match, random.choice(others))


def add_speaker(text: str, cited: Sequence[str], material: Material, random: Random) -> str | None:
    """The sentence, attributed to a speaker whom its evidence does not name."""
    source = f"{text} {' '.join(cited)}".lower()
    others = [n for n in (*material.article_names, *SPEAKERS) if n.lower() not in source]
    return f"According to {random.choice(others)}, {text}" if others else None


def add_count(text: str, random: Random) -> str | None:
    """A number before a plural, where the sentence has none."""
    matches = [m for m in PLURAL.finditer(text) if not NO_PLURAL.search(m.group())]
    if not matches:
        return None
    match = random.choice(matches)
    return _replace(text, match, f"{random.choice(NUMBER_WORDS)} {match.group()}")


def _change_citation(claim: Claim, material: Material, random: Random) -> Iterator[Perturbation]:
    others = [s for s in material.sentences if s not in claim.cited]
    if others:
        yield Perturbation(PerturbationKind.SWAPPED, replace(claim, cited=(random.choice(others),)))
    yield Perturbation(PerturbationKind.UNCITED, replace(claim, cited=()))


def replace_number(text: str, random: Random) -> str | None:
    """Another figure in place of one that is neither a date nor a reference."""
    matches = [m for m in FIGURE.finditer(text) if not _is_in_date(text, m)]
    if not matches:
        return None
    match = random.choice(matches)
    return _replace(text, match, _other_figure(match.group(), random))


def _is_in_date(text: str, figure: regex.Match[str]) -> bool:
    return any(
        match.start() <= figure.start() < match.end() for match in DATE_OR_REFERENCE.finditer(text)
    )


def _other_figure(written: str, random: Random) -> str:
    if written in NUMBER_WORDS:
        return random.choice([word for word in NUMBER_WORDS if word != written])
    digits = [i for i, c in enumerate(written) if c.isdigit()]
    at = digits[0] if random.random() < 0.5 else random.choice(digits)
    others = [c for c in "123456789" if c != written[at]]
    return written[:at] + random.choice(others) + written[at + 1 :]


def replace_date(text: str, random: Random) -> str | None:
    """Another year, month or day of the month."""
    matches = list(DATE_PART.finditer(text))
    if not matches:
        return None
    match = random.choice(matches)
    written = match.group()
    if written in MONTHS:
        other = random.choice([month for month in MONTHS if month != written])
    elif len(written) == 4:
        other = str(int(written) + random.choice([-20, -10, -3, -1, 1, 2, 5, 10]))
    else:
        other = str(random.choice([day for day in range(1, 29) if day != int(written)]))
    return _replace(text, match, other)


def names_in(text: str) -> list[str]:
    """The names inside the sentences of a text."""
    return [match.group() for match in _match_names(text)]


def _match_names(text: str) -> list[regex.Match[str]]:
    return [m for m in NAME.finditer(text) if not set(m.group().split()) & NOT_NAMES]


def replace_name(text: str, material: Material, random: Random) -> str | None:
    """A name of the same article, or of another one, in place of a name."""
    matches = _match_names(text)
    pool = material.article_names if random.random() < 0.5 else material.other_names
    own_words = set(WORD.findall(text))
    others = [n for n in pool or material.other_names if own_words.isdisjoint(WORD.findall(n))]
    if not matches or not others:
        return None
    return _replace(text, random.choice(matches), random.choice(others))


def negate(text: str, random: Random) -> str | None:
    """The sentence without its negation; if it has none, with a "not"."""
    for pattern, replacement in NEGATIONS:
        if match := pattern.search(text):
            return _replace(text, match, replacement)
    matches = list(AUXILIARY.finditer(text))
    if not matches:
        return None
    match = random.choice(matches)
    return _replace(text, match, f"{match.group()} not")


def swap_antonym(text: str, random: Random) -> str | None:
    """The sentence with a word replaced by its antonym."""
    matches = list(HAS_ANTONYM.finditer(text))
    if not matches:
        return None
    match = random.choice(matches)
    return _replace(text, match, ANTONYM[match.group()])


def _replace(text: str, match: regex.Match[str], replacement: str) -> str:
    return text[: match.start()] + replacement + text[match.end() :]
