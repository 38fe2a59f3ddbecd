"""Words that mean the same in spite of their endings, and how telling a word is.

Endings are taken off in every way that might be right, for several European languages at
once, and two words match when any of the results agree: that is coarse for looking things
up, and right for asking whether one sentence says a word of the question. Knows nothing of
any library: how rare a word is comes from a fixed list, so a library of one article is
judged like one of thousands.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from itertools import takewhile

FREQUENCY_CLASSES_FILE = (
    "word_frequency_classes.txt"  # one line for each class of frequency, commonest first
)
FREQUENCY_CLASS_COUNT = 8  # lines in that file: a word on line 0 weighs least
# Of a rare word's weight, for the commonest. With 1 (no list) AUROC is .007 lower on clapnq, .013
# where the article that answers is taken out; .1 to .5 differ by .003.
MIN_WEIGHT = 0.3
CACHED_WORDS = 20_000  # stems remembered, some 10 MB
MIN_STEM_LETTERS = 4  # letters; 3 for the endings that nearly every word can take
MIN_SHARED_PREFIX = (
    0.65  # of the longer word: "construyó" and "construido" share seven letters of ten
)
EASY_ENDINGS = frozenset({"s", "'s", "d", "ed", "ing"})
# English first; with them the commonest of German, Spanish, French, Italian and Portuguese.
ENDING_LIST = (
    "s es 's d ed ing er ers or ors y ies ied ion ions ation ations ment ments al ally ly ity "
    "ities ive able ance ence ist ists ant ic ical n an ian ians ans e en em et t te ten ter "
    "r rn ern in innen ung ungen a o as os ó é ar ado ada ados adas ido ida aba amos"
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
    """What a lower-case word may come from, itself included."""
    found = {word, *_irregular().get(word, ())}
    for ending in ENDINGS:
        base = word[: -len(ending)]
        if not word.endswith(ending) or len(base) < MIN_STEM_LETTERS - (ending in EASY_ENDINGS):
            continue
        found |= {base, *_irregular().get(base, ())}
        if ending in {"ed", "ing", "er", "ers"} and base[-1] == base[-2]:
            found.add(base[:-1])
    return frozenset(found)


def shares_prefix(one: str, other: str) -> bool:
    """Whether two words of a language without rules here look like forms of the same word."""
    one, other = (word.removeprefix("ge") if len(word) > 6 else word for word in (one, other))
    shared = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    )
    return shared >= MIN_STEM_LETTERS and shared >= MIN_SHARED_PREFIX * max(len(one), len(other))


@cache
def _irregular() -> dict[str, set[str]]:
    families: dict[str, set[str]] = {}
    for family in IRREGULAR.replace("\n", "|").strip("|").split("|"):
        first, *_ = forms = family.split()
        for form in forms:
            families.setdefault(form, set()).add(f"={first}")
    return families


def word_weight(word: str) -> float:
    """``LEAST_TELLING`` for the commonest words … 1 for those that are on no list."""
    place = _common().get(word.removesuffix("'s"), FREQUENCY_CLASS_COUNT)
    return MIN_WEIGHT + (1 - MIN_WEIGHT) * place / FREQUENCY_CLASS_COUNT


@cache
def _common() -> dict[str, int]:
    """Each common word, with its class of frequency."""
    text = (files("bot.text") / FREQUENCY_CLASSES_FILE).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {word: place for place, line in enumerate(lines) for word in line.split()}
