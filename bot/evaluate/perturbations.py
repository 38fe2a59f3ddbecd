"""True sentences → lies of known kinds, made by rule. Pure; the same seed makes the same lies.

A lie differs from its sentence in one place: a number, a date, a name (inside, at the beginning, or
one that the question says, too), who said it, a count that nobody made, a negation, a comparative,
a "yes" or "no" in front, or what it cites. It knows nothing of the checks that are to catch it: its
words for what can be turned round are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

import regex

from bot.text.calendar_names import ENGLISH_MONTHS, ENGLISH_WEEKDAYS
from bot.text.dates import LONE_YEAR
from bot.text.quantities import SMALL, TENS


class PerturbationKind(StrEnum):
    """What is changed."""

    NUMBER = "number"
    NAME = "name"
    DATE = "date"
    NEGATION = "negation"
    COMPARATIVE = "comparative"
    SWAPPED = "swapped mark"
    INVENTED = "invented mark"
    UNCITED = "cites nothing"
    PREMISE = "name of the question"
    FIRST = "first name"
    SPEAKER = "speaker"
    COUNT = "count"
    ANSWER = "yes or no"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer, the sentences it cites, and what else is known of them."""

    text: str
    cited: tuple[str, ...]
    title: str = ""
    question: str = ""
    before: str = ""  # what stands in front of the cited sentences
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """What a liar takes from elsewhere: sentences and names of the same article, other names."""

    sentences: tuple[str, ...]
    near_names: tuple[str, ...]
    far_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A claim that is not so."""

    kind: PerturbationKind
    claim: Claim


MONTHS = [name.capitalize() for name in ENGLISH_MONTHS]
NUMBER_WORDS = [*SMALL[2:], *TENS]
MONTH = rf"\b(?:{'|'.join(MONTHS)})\b"
DIGITS = (
    r"(?<![\w.,/$-])\d{1,3}(?:,\d{3})+(?![\w,])|"
    r"(?<![\w.,/-])\d+(?:\.\d+)?(?![\w/-]|[.,]\d| ?,? ?\d)"
)
FIGURE = regex.compile(rf"{DIGITS}|\b(?:{'|'.join(NUMBER_WORDS)})\b")
WHEN = regex.compile(rf"{LONE_YEAR}|{MONTH}(?= \d| ,| of| in|,)|(?<={MONTH} )\d\d?(?!\d)")
NAME = regex.compile(
    r"(?<=[\p{Ll},] )(?:(?!I\b)\p{Lu}[\p{Ll}’'-]+|\p{Lu}{2,6})"
    r"(?: \p{Lu}[\p{Ll}’'-]+){0,3}(?![\w’'])"
)
WORD = regex.compile(r"\w+")
FIRST_NAME = regex.compile(r"\p{Lu}[\p{Ll}’'-]{2,}(?= [\p{Ll}])")
THINGS = regex.compile(r"(?<=\b[Tt]he )\p{Ll}{3,}s(?= \p{Ll})")
NO_PLURAL = regex.compile(r"(?:ss|us|is|ies)$")
SPEAKERS = ("experts", "the police", "the mayor", "critics", "a spokesman")
WEEKDAYS = [name.capitalize() for name in ENGLISH_WEEKDAYS]
NOT_NAMES = frozenset([*MONTHS, *WEEKDAYS, "The", "This", "It", "In", "I"])
AUXILIARIES = "is was are were has have had can could will would may might must should did does do"
AUXILIARY = regex.compile(
    rf"(?<=\w )({'|'.join(AUXILIARIES.split())})(?= (?!not\b|n't|no\b|never\b)\w)"
)
DENIALS = (
    (regex.compile(r"\b(cannot)\b"), "can"),
    (regex.compile(r"(?<=\w) ?n['’]t\b"), ""),
    (regex.compile(r" (not|never)(?= \w)"), ""),
    (regex.compile(r"\bwithout\b"), "with"),
    (regex.compile(r"(?<=\w )no(?= [a-z]{3})"), "some"),
)
TURNS = (
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
OPPOSITE = {
    one: other
    for pair in TURNS.split()
    for one, other in (pair.split("/"), reversed(pair.split("/")))
}
TURNABLE = regex.compile(rf"\b(?:{'|'.join(OPPOSITE)})\b")


def perturb(claim: Claim, material: Material, seed: str) -> list[Perturbation]:
    """One lie of every kind that the claim can be turned into."""
    random = Random(seed)
    texts: Sequence[tuple[PerturbationKind, Callable[[str, Random], str | None]]] = (
        (PerturbationKind.NUMBER, other_number),
        (PerturbationKind.DATE, other_date),
        (PerturbationKind.NAME, lambda text, chance: other_name(text, material, chance)),
        (PerturbationKind.NEGATION, negate),
        (PerturbationKind.COMPARATIVE, swap_antonym),
    )
    made = [(kind, change(claim.text, random)) for kind, change in texts]
    told = [Perturbation(kind, replace(claim, text=text)) for kind, text in made if text]
    more = Random(f"{seed} more")  # so that the older kinds' lies stay the same
    return [*told, *_elsewhere(claim, material, random), *_of_the_question(claim, told, more),
            *_added(claim, material, more)]  # fmt: skip


def _of_the_question(
    claim: Claim, told: Sequence[Perturbation], random: Random
) -> Iterator[Perturbation]:
    """The changed names once more, asked for by them; and an answer word that the claim turns."""
    for lie in told:
        if lie.kind is PerturbationKind.NAME:
            asked = f"{claim.question} {lie.claim.text}"
            yield Perturbation(PerturbationKind.PREMISE, replace(lie.claim, question=asked))
    question = f"Is it so that {claim.text[:1].lower()}{claim.text[1:].rstrip(' .')}?"
    yield Perturbation(
        PerturbationKind.ANSWER, replace(claim, text=f"No, {claim.text}", question=question)
    )
    if against := negate(claim.text, random):
        question = f"Is it so that {against.rstrip(' .')}?"
        yield Perturbation(
            PerturbationKind.ANSWER, replace(claim, text=f"Yes, {claim.text}", question=question)
        )


def _added(claim: Claim, material: Material, random: Random) -> Iterator[Perturbation]:
    """A name in front in the place of another, a speaker, a count."""
    changes: Sequence[tuple[PerturbationKind, Callable[[str, Random], str | None]]] = (
        (PerturbationKind.FIRST, lambda text, chance: other_first_name(text, material, chance)),
        (
            PerturbationKind.SPEAKER,
            lambda text, chance: said_by_other(text, claim.cited, material, chance),
        ),
        (PerturbationKind.COUNT, counted),
    )
    for kind, change in changes:
        if changed := change(claim.text, random):
            yield Perturbation(kind, replace(claim, text=changed))


def other_first_name(text: str, material: Material, random: Random) -> str | None:
    """A name of one word in place of the lone name that a sentence begins with."""
    found = FIRST_NAME.match(text)
    names = {*material.near_names, *material.far_names}
    others = sorted(n for n in names if " " not in n and n not in text and not n.isupper())
    if found is None or not others or found.group() not in names:
        return None
    return _put(text, found, random.choice(others))


def said_by_other(
    text: str, cited: Sequence[str], material: Material, random: Random
) -> str | None:
    """The sentence as the words of somebody who does not stand in its evidence."""
    told = f"{text} {' '.join(cited)}".lower()
    others = [n for n in (*material.near_names, *SPEAKERS) if n.lower() not in told]
    return f"According to {random.choice(others)}, {text}" if others else None


def counted(text: str, random: Random) -> str | None:
    """A number put before things that nobody counted."""
    matches = [m for m in THINGS.finditer(text) if not NO_PLURAL.search(m.group())]
    if not matches:
        return None
    found = random.choice(matches)
    return _put(text, found, f"{random.choice(NUMBER_WORDS)} {found.group()}")


def _elsewhere(claim: Claim, material: Material, random: Random) -> Iterator[Perturbation]:
    others = [s for s in material.sentences if s not in claim.cited]
    if others:
        yield Perturbation(PerturbationKind.SWAPPED, replace(claim, cited=(random.choice(others),)))
    yield Perturbation(PerturbationKind.INVENTED, replace(claim, cited=()))
    yield Perturbation(PerturbationKind.UNCITED, replace(claim, cited=()))


def other_number(text: str, random: Random) -> str | None:
    """Another figure in place of one that is no date and no mark of a reference."""
    matches = [m for m in FIGURE.finditer(text) if not _in_date(text, m)]
    if not matches:
        return None
    found = random.choice(matches)
    return _put(text, found, _other_figure(found.group(), random))


def _in_date(text: str, figure: regex.Match[str]) -> bool:
    around = regex.compile(
        rf"{LONE_YEAR}|{MONTH}\.? \d\d?|\d\d?(?:st|nd|rd|th)? {MONTH}|\[[\d, -]+\]|\(\d\d?\)"
    )
    return any(m.start() <= figure.start() < m.end() for m in around.finditer(text))


def _other_figure(written: str, random: Random) -> str:
    if written in NUMBER_WORDS:
        return random.choice([word for word in NUMBER_WORDS if word != written])
    digits = [i for i, c in enumerate(written) if c.isdigit()]
    at = digits[0] if random.random() < 0.5 else random.choice(digits)
    others = [c for c in "123456789" if c != written[at]]
    return written[:at] + random.choice(others) + written[at + 1 :]


def other_date(text: str, random: Random) -> str | None:
    """Another year, month or day of the month."""
    matches = list(WHEN.finditer(text))
    if not matches:
        return None
    found = random.choice(matches)
    written = found.group()
    if written in MONTHS:
        return _put(text, found, random.choice([m for m in MONTHS if m != written]))
    if len(written) == 4:
        return _put(text, found, str(int(written) + random.choice([-20, -10, -3, -1, 1, 2, 5, 10])))
    return _put(text, found, str(random.choice([d for d in range(1, 29) if d != int(written)])))


def names_in(text: str) -> list[str]:
    """The names that stand inside the sentences of a text."""
    return [m.group() for m in NAME.finditer(text) if not set(m.group().split()) & NOT_NAMES]


def other_name(text: str, material: Material, random: Random) -> str | None:
    """A name of the same article, or of another one, in place of one."""
    matches = [m for m in NAME.finditer(text) if not set(m.group().split()) & NOT_NAMES]
    pool = material.near_names if random.random() < 0.5 else material.far_names
    said = set(WORD.findall(text))
    others = [n for n in pool or material.far_names if said.isdisjoint(WORD.findall(n))]
    if not matches or not others:
        return None
    return _put(text, random.choice(matches), random.choice(others))


def negate(text: str, random: Random) -> str | None:
    """The sentence with a denial taken out, or put in where there is none."""
    for pattern, instead in DENIALS:
        if found := pattern.search(text):
            return _put(text, found, instead)
    matches = list(AUXILIARY.finditer(text))
    if not matches:
        return None
    found = random.choice(matches)
    return _put(text, found, f"{found.group()} not")


def swap_antonym(text: str, random: Random) -> str | None:
    """A word replaced by its opposite."""
    matches = list(TURNABLE.finditer(text))
    if not matches:
        return None
    found = random.choice(matches)
    return _put(text, found, OPPOSITE[found.group()])


def _put(text: str, found: regex.Match[str], instead: str) -> str:
    return text[: found.start()] + instead + text[found.end() :]
