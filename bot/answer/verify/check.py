"""A sentence and the sentences it cites → whether they carry it, and if not, why.

Pure rules, for any language as far as figures, dates, names and quotations go, and for negations
and opposites in those that ``negation`` and ``antonyms.txt`` know. A sentence that passes may
still be wrong: the rules see what is said, not what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import regex

from bot.answer.verify import (
    antonyms,
    attribution,
    dates,
    entities,
    lexical_overlap,
    negation,
    numbers,
    quotations,
    substitutions,
)
from bot.answer.verify.analyzed_text import AnalyzedText, analyze, fold

# Measured on the tuning half of clapnq: of the human-written sentences 1.7 % have less than .45 to
# .55 of their telling words in their evidence; of those whose mark was swapped, 95 to 98 %.
LITTLE_IN_COMMON = 0.45
CLOSE = 0.65  # a cosine that outweighs it: 1 % of those with a swapped mark reach .61
FAR = 0.3  # for two languages, whose words cannot be compared: half of the swapped are below .27
SURELY_CARRIED = 0.7  # of the telling words by sources that say it without a doubt


Rule = Literal[
    "number", "unit", "date", "name", "quotation", "negation", "opposite", "attribution",
    "elsewhere", "leans", "uncited",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """What a source does not carry: the rule that says so, and the words."""

    rule: Rule
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reasons`` is empty when the sentence is supported."""

    reasons: tuple[Reason, ...] = ()

    @property
    def supported(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class ClaimContext:
    """What is known beside the cited sentences: words that need no source of their own.

    ``before``: what stands in front of the cited sentences, where their pronouns point to.
    ``said``: the sentence of the answer before this one.
    """

    title: str = ""
    author: str = ""
    published: str | None = None
    question: str = ""
    before: str = ""
    said: str = ""

    @property
    def texts(self) -> list[str]:
        return [t for t in (self.title, self.author, self.question, self.before) if t]


def check(
    text: str,
    cited: Sequence[str],
    around: ClaimContext | None = None,
    closeness: float | None = None,
) -> Verdict:
    """Whether ``cited`` carry ``text``. ``closeness``: cosine of the two, where it is known."""
    around = around or ClaimContext()
    if not cited:
        return Verdict(() if claims_nothing(text) else (Reason("uncited", text),))
    if text.split() in [source.split() for source in cited]:
        return Verdict()  # a sentence carries itself, whatever the rules make of it
    return Verdict(tuple(dict.fromkeys(_reasons(text, cited, around, closeness))))


def _reasons(
    text: str, cited: Sequence[str], around: ClaimContext, closeness: float | None
) -> Iterator[Reason]:
    claim, sources = analyze(text), [analyze(source) for source in cited]
    yield from _figures(claim, sources, around)
    known = [*cited, *around.texts]
    yield from (Reason("name", name) for name in entities.find_unsupported(claim, known))
    yield from (
        Reason("quotation", quoted) for quoted in quotations.altered_quotations(claim.text, known)
    )
    same = [source for source in sources if _comparable(claim, source)]
    if same:
        yield from (
            Reason(rule, words) for rule, words in substitutions.changed_fillings(claim, same)
        )
        yield from (Reason("negation", words) for words in negation.added_negations(claim, same))
        yield from (Reason("negation", words) for words in negation.dropped_negations(claim, same))
        yield from (Reason("opposite", word) for word in antonyms.swapped_antonyms(claim, same))
        yield from _attribution(claim, cited, around)
    yield from _overlap(claim, cited, around, closeness, bool(same))


def _comparable(claim: AnalyzedText, source: AnalyzedText) -> bool:
    """Whether they may be in one language: words of two cannot be compared."""
    return not claim.language or not source.language or claim.language == source.language


def _figures(
    claim: AnalyzedText, sources: Sequence[AnalyzedText], around: ClaimContext
) -> Iterator[Reason]:
    told = [figure for source in sources for figure in _numbers(source)]
    by_title = numbers.find_figures(fold(f"{around.title} {around.published or ''}"))
    days = dates.dates(claim.text)
    own = [f for f in _numbers(claim) if not any(d.start <= f.start < d.end for d in days)]
    for rule, figure in numbers.find_unsupported(own, [*told, *by_title]):
        yield Reason(rule, claim.text[figure.start : figure.end])
    years = list(chain.from_iterable(f.values for f in [*told, *by_title]))
    cited = " ".join(source.text for source in sources)
    for day in dates.find_unsupported(days, cited, years, around.published):
        yield Reason("date", claim.text[day.start : day.end])


def _numbers(text: AnalyzedText) -> list[numbers.Figure]:
    return numbers.find_figures(text.text, text.language)


def _overlap(
    claim: AnalyzedText,
    cited: Sequence[str],
    around: ClaimContext,
    closeness: float | None,
    same: bool,
) -> Iterator[Reason]:
    if same:
        distant = _little_in_common(claim, cited, around) and (
            closeness is None or closeness < CLOSE
        )
    else:
        distant = closeness is not None and closeness < FAR
    if distant:
        yield Reason("elsewhere", claim.text)


def _little_in_common(claim: AnalyzedText, cited: Sequence[str], around: ClaimContext) -> bool:
    granted = entities.known_words(claim, cited, [*cited, *around.texts])
    share = lexical_overlap.coverage(claim, cited, granted)
    return share is not None and share < LITTLE_IN_COMMON


def needs_similarity(text: str, cited: Sequence[str], around: ClaimContext | None = None) -> bool:
    """Whether ``check`` would heed how close the two are in meaning."""
    claim = analyze(text)
    same = any(_comparable(claim, analyze(source)) for source in cited)
    return bool(cited) and (not same or _little_in_common(claim, cited, around or ClaimContext()))


def _attribution(
    claim: AnalyzedText, cited: Sequence[str], around: ClaimContext
) -> Iterator[Reason]:
    """Only where the sources that keep no distance do not carry the claim by themselves."""
    sure = [source for source in cited if not attribution.DOUBTED.search(source)]
    word = attribution.dropped_attribution(claim.text, around.said, " ".join(cited))
    if word and (lexical_overlap.coverage(claim, sure) or 0) < SURELY_CARRIED:
        yield Reason("attribution", word)


# What an answer says of itself and of its sources, in a few languages. Nothing is claimed of the
# world by such words alone.
SAID_OF_ITSELF = (
    "article articles passage passages source sources library text texts document documents answer "
    "question here following follows below above say says said tell tells told find found state "
    "states mention mentions mentioned describe describes according information summary summarize "
    "know known things thing points point several two three four five some more details "
    "detail give given provide provides short brief overview list available question asked "
    "evidence i we you hello yes no sure okay let me explain explains report reports reported "
    "quote quotes artikel quellen quelle bibliothek folgende folgendes sagen sagt antwort frage "
    "passagen texte hier artículos artículo fuentes fuente biblioteca dicen dice siguiente "
    "respuesta aquí pregunta bibliothèque disent dit voici réponse статьи источники говорят вот "
    "ответ"
)
ABOUT_ITSELF = frozenset(SAID_OF_ITSELF.split())
SAYS = (
    "say|tell|state|mention|name|explain|describe|specify|cover|give|provide|address|open|answer|"
    "contain|include|discuss|about|information"
)
SILENT = regex.compile(
    r"\b(?:passages?|articles?|sources?|library|texts?|documents?|they|it)\b.{0,60}"
    r"\b(?:do(?:es)? ?n[o']t|did ?n[o']t|never|not|no|nothing|nor|leaves?)\b.{0,40}"
    rf"\b(?:{SAYS})\b|"
    r"\b(?:Artikel|Quellen|Bibliothek|Passagen)\b.{0,60}\b(?:nicht|kein\w*|nichts)\b|"
    r"\b(?:artículos?|fuentes?|biblioteca)\b.{0,20}\bno\b|\bno\b.{0,20}\b(?:dicen?|mencionan?)\b|"
    r"\b(?:articles?|sources?|bibliothèque)\b.{0,20}\b(?:ne|n')|"
    r"\b(?:статьи?|источник\w*|библиотек\w*)\b.{0,20}\bне\b|(?:文章|资料|来源|图书馆).{0,8}[没未不]",
    regex.IGNORECASE,
)


def claims_nothing(text: str) -> bool:
    """Whether a sentence only connects, or says what the sources leave open."""
    claim = analyze(text)
    if SILENT.search(claim.text):
        return not any(f for f in _numbers(claim) if not f.spelled)
    content = [word.lower for word in claim.content if word.lower not in ABOUT_ITSELF]
    return not content
