"""Matches words that differ only in their endings, and weighs words by how rare they are.

Endings of several European languages are removed in every way that might be right, and two words
match if any of the results agree. That is too coarse for an index, but right for deciding whether a
sentence contains a word of the question. Knows nothing of any library: word frequencies come from
a fixed list, so a library of one article is judged like one of thousands.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from itertools import takewhile

from bot.text.folding import fold
from bot.text.stem import base_form

# One line per frequency class, the most frequent first.
FREQUENCY_CLASSES_FILE = "word_frequency_classes.txt"
FREQUENCY_CLASS_COUNT = 8  # lines in that file; words on line 0 weigh least
# The weight of the most frequent words; rare ones weigh 1. With 1 (no list) AUROC is .007 lower on
# clapnq, and .013 lower with the answering articles removed; .1 to .5 differ by .003.
MIN_WEIGHT = 0.3
CACHED_WORDS = 20_000  # stems, some 10 MB
MIN_STEM_LETTERS = 4  # 3 before the endings that nearly every word can take
MIN_SHARED_PREFIX = 0.65  # of the longer word: "construyó" and "construido" share 7 of 10 letters
EASY_ENDINGS = frozenset({"s", "'s", "d", "ed", "ing"})
# English, then the most common of German, Spanish, French, Italian and Portuguese.
ENDING_LIST = (
    "s es 's d ed ing er ers or ors y ies ied ion ions ation ations ment ments al ally ly ity "
    "ities ive able ance ence ist ists ant ic ical n an ian ians ans e en em et t te ten ter "
    "r rn ern in innen ung ungen a o as os ar ado ada ados adas ido ida aba amos"
)
ENDINGS = tuple(ENDING_LIST.split())
IRREGULAR = """
be was were been is are am|become became|begin began begun|bear bore born birth|break broke broken
bring brought|build built|buy bought|catch caught|choose chose chosen choice|come came|die died
dead death deaths|draw drew drawn|drive drove driven|eat ate eaten|fall fell fallen|feed fed
feel felt|fight fought|find found|fly flew flown flight flights|give gave given|go went gone
grow grew grown growth|hear heard|hold held|keep kept|know knew known|lead led leader leaders head
leave left|live life lives|lose lost loss losses|man men|woman women|child children|mean meant
meet met meeting|pay paid|person people|rise rose risen|run ran|see saw seen|sell sold sale sales
send sent|sing sang sung song songs|sit sat|speak spoke spoken speech|spend spent|stand stood
steal stole stolen|strike struck|swim swam swum|take took taken|teach taught|tell told
think thought|throw threw thrown|understand understood|wear wore worn|win won winner winners
write wrote written writer|long length|high height|deep depth|wide width|strong strength
analysis analyses|virus viruses viral|bacterium bacteria bacterial|france french|china chinese
study studies studied studying student students attend attended attending educated education
job jobs work works worked working occupation profession|cost costs price prices priced|age aged
spain spanish|britain british|england english|denmark danish|greece greek|ireland irish
netherlands dutch|poland polish|sweden swedish|switzerland swiss|turkey turkish|wales welsh
"""


@lru_cache(CACHED_WORDS)
def stem_variants(word: str) -> frozenset[str]:
    """The possible stems of a lower-case word, with its base form among them. All are folded."""
    word = base_form(word)
    stems = {word, *_irregular().get(word, ())}
    for ending in ENDINGS:
        base = word[: -len(ending)]
        if not word.endswith(ending) or len(base) < MIN_STEM_LETTERS - (ending in EASY_ENDINGS):
            continue
        stems |= {base, *_irregular().get(base, ())}
        if ending in {"ed", "ing", "er", "ers"} and base[-1] == base[-2]:
            stems.add(base[:-1])
    return frozenset(stems)


def stems_of(words: Iterable[str]) -> frozenset[str]:
    """The stems of all of the words."""
    return frozenset[str]().union(*map(stem_variants, words))


def shares_prefix(a: str, b: str) -> bool:
    """Whether two words look like forms of one word, in a language without rules here."""
    a, b = (word.removeprefix("ge") if len(word) > 6 else word for word in (fold(a), fold(b)))
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))
    return shared >= MIN_STEM_LETTERS and shared >= MIN_SHARED_PREFIX * max(len(a), len(b))


@cache
def _irregular() -> dict[str, set[str]]:
    families: dict[str, set[str]] = {}
    for family in IRREGULAR.replace("\n", "|").strip("|").split("|"):
        first, *_ = forms = family.split()
        for form in forms:
            families.setdefault(form, set()).add(f"={first}")
    return families


def is_common(word: str) -> bool:
    """Whether a lower-case word is on the list of common words."""
    return fold(word) in _frequency_classes()


def word_weight(word: str) -> float:
    """``LEAST_TELLING`` for the commonest words … 1 for those that are on no list."""
    word = fold(word.removesuffix("'s"))
    frequency_class = _frequency_classes().get(word, FREQUENCY_CLASS_COUNT)
    return MIN_WEIGHT + (1 - MIN_WEIGHT) * frequency_class / FREQUENCY_CLASS_COUNT


@cache
def _frequency_classes() -> dict[str, int]:
    """The frequency class of each common word."""
    text = (files("bot.text") / FREQUENCY_CLASSES_FILE).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    last_to_first = reversed([*enumerate(lines)])  # of two words that fold into one, the commoner
    return {fold(word): number for number, line in last_to_first for word in line.split()}
