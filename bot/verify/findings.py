"""Run every rule on a sentence and what it cites, and collect what they find.

A finding is no verdict: ``support_model`` weighs them. Only ``VETOES`` are so seldom wrong that one
decides. If a sentence and a source are in different languages, only figures, dates, names and
quotations are compared. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from bot.text.dates import find_dates
from bot.text.folding import straighten
from bot.text.quantities import find_figures
from bot.verify import (
    antonyms,
    attribution,
    binding,
    certainty,
    counting,
    dates,
    direction,
    entities,
    exclusive_words,
    hypothetical,
    lexical_overlap,
    negation,
    numbers,
    question_echoes,
    quotations,
    substitutions,
)
from bot.verify.alignment import Alignment
from bot.verify.analyzed_text import AnalyzedText, analyze
from bot.verify.claim_context import ClaimContext

# Share of the content words that unhedged sources must cover to make a statement a plain fact.
MIN_UNDOUBTED_COVERAGE = 0.7
# Share of the claim's matched words that a sentence must have to be compared in its relations.
MIN_CARRIED = 0.5

Rule = Literal[
    "number", "unit", "date", "name", "quotation", "negation", "antonym", "attribution",
    "speaker", "hypothetical", "binding", "order", "exclusive_word", "quantifier", "certainty",
    "cause", "unrelated_source", "question_echo", "depends_on_removed", "uncited", "too_long",
    "doubted",
]  # fmt: skip
Signal = Literal[
    "number", "unit", "date", "name", "part_of_name", "quotation", "name_replaced",
    "number_replaced", "antonym_replaced", "negation_replaced", "negation_added",
    "negation_dropped", "antonym", "hypothetical", "speaker", "attribution", "question_echo",
    "bound_figure", "bound_name", "role", "rate", "reversed_figures", "reversed_words", "subject",
    "exclusive_word", "overstated", "modal", "cause",
]  # fmt: skip
# What is so seldom wrong that it decides alone: of the labelled, the written and CLAPnq's sentences
# that these find fault with, 3 to 15 % are true (of names and quotations 22 %: an invented one does
# most harm).
VETOES: frozenset[Signal] = frozenset(
    (
        *("number", "unit", "date", "name", "quotation", "rate", "reversed_figures"),
        *("bound_figure", "exclusive_word", "overstated", "cause", "antonym_replaced"),
        *("negation_replaced", "negation_dropped", "attribution", "hypothetical", "speaker"),
        *("question_echo", "name_replaced"),
    )
)
# The same where the other words are the sources' own (``OWN_WORDS_FROM``): then this is all that
# differs. Elsewhere a quarter of what these find is true.
VETOES_IN_OWN_WORDS: frozenset[Signal] = frozenset({"antonym", "negation_added", "number_replaced"})
OWN_WORDS_FROM = 0.9  # of ``near``
REPLACED: Mapping[substitutions.Substituted, Signal] = {
    "name": "name_replaced",
    "number": "number_replaced",
    "antonym": "antonym_replaced",
    "negation": "negation_replaced",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a sentence isn't supported: the rule that it breaks, and the words at fault."""

    rule: Rule
    words: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found. ``signal``: its name in the model, finer than the reason's rule."""

    signal: Signal
    reason: Reason


def find_all(
    alignment: Alignment, cited: Sequence[str], context: ClaimContext
) -> Iterator[Finding]:
    """The findings of all rules; those about words only with sources in the claim's language."""
    claim, sources = alignment.claim, [analyze(source) for source in cited]
    yield from _figures(claim, sources, context)
    yield from _names_and_quotations(claim, cited, context)
    alike = [source for source in sources if comparable(claim, source)]
    if not alike:
        return
    for rule, words in substitutions.find_substitutions(claim, alike):
        if rule == "antonym" and any(direction.turns_round(claim, words, each) for each in alike):
            continue
        yield Finding(REPLACED[rule], Reason(rule, words))
    yield from chain(_wording(claim, alike, context), _relations(alignment))
    yield from _attribution(alignment, cited, context)
    if context.source_was_inferred:
        all_sources = [*cited, *context.texts]
        for word in question_echoes.find_echoes(claim, all_sources, context.question):
            yield Finding("question_echo", Reason("question_echo", word))


def comparable(claim: AnalyzedText, source: AnalyzedText) -> bool:
    """Whether both may be in the same language; otherwise their words can't be compared."""
    return not claim.language or not source.language or claim.language == source.language


def _figures(
    claim: AnalyzedText, sources: Sequence[AnalyzedText], context: ClaimContext
) -> Iterator[Finding]:
    source_figures = list(chain.from_iterable(find_figures(s.text, s.language) for s in sources))
    title_figures = find_figures(straighten(f"{context.title} {context.published or ''}"))
    counts_in_sources = counting.list_lengths([source.text for source in sources])
    for rule, figure in numbers.find_unsupported(
        numbers.figures_outside_dates(claim), [*source_figures, *title_figures], counts_in_sources
    ):
        yield Finding(rule, Reason(rule, claim.text[figure.start : figure.end]))
    years = list(chain.from_iterable(f.values for f in [*source_figures, *title_figures]))
    cited = " ".join(source.text for source in sources)
    for claimed in dates.find_unsupported(find_dates(claim.text), cited, years, context.published):
        yield Finding("date", Reason("date", claim.text[claimed.start : claimed.end]))


def _names_and_quotations(
    claim: AnalyzedText, cited: Sequence[str], context: ClaimContext
) -> Iterator[Finding]:
    all_sources = [*cited, *context.texts]
    for name in entities.find_unsupported(claim, all_sources, context.article):
        # Without the article, it may be the full name of somebody whom the sources name in part.
        may_be_full = name.is_part and not context.article
        yield Finding("part_of_name" if may_be_full else "name", Reason("name", name.words))
    for quoted in quotations.find_altered(claim.text, all_sources, context.question):
        yield Finding("quotation", Reason("quotation", quoted))


def _wording(
    claim: AnalyzedText, sources: Sequence[AnalyzedText], context: ClaimContext
) -> Iterator[Finding]:
    for words in negation.find_added(claim, sources):
        yield Finding("negation_added", Reason("negation", words))
    for words in negation.find_dropped(claim, sources):
        yield Finding("negation_dropped", Reason("negation", words))
    for word in antonyms.find_swapped(claim, sources):
        if not any(direction.turns_round(claim, word, source) for source in sources):
            yield Finding("antonym", Reason("antonym", word))
    for words in hypothetical.find_stated_as_fact(claim, sources, context.question):
        yield Finding("hypothetical", Reason("hypothetical", words))


Relation = Callable[[AnalyzedText, Sequence[AnalyzedText]], Iterator[str]]
RELATIONS: tuple[tuple[Signal, Rule, Relation], ...] = (
    ("bound_figure", "binding", binding.find_misbound_figures),
    ("bound_name", "binding", binding.find_misbound_names),
    ("role", "binding", binding.find_swapped_roles),
    ("rate", "unit", binding.find_other_rates),
    ("reversed_figures", "order", direction.find_reversed_figures),
    ("reversed_words", "order", direction.find_reversed_words),
    ("subject", "order", direction.find_swapped_subjects),
    ("exclusive_word", "exclusive_word", exclusive_words.find_replaced),
    ("overstated", "quantifier", exclusive_words.find_overstated),
    ("modal", "certainty", certainty.find_dropped_modals),
    ("cause", "cause", certainty.find_added_causes),
)


def _relations(alignment: Alignment) -> Iterator[Finding]:
    """How the claim's words hang together, beside the sentences that have most of them."""
    sentences = alignment.sentences_with(MIN_CARRIED)
    for signal, rule, find in RELATIONS:
        for words in find(alignment.claim, sentences):
            yield Finding(signal, Reason(rule, words))


def _attribution(
    alignment: Alignment, cited: Sequence[str], context: ClaimContext
) -> Iterator[Finding]:
    """Doubt counts only in a sentence that carries the claim, if no unhedged source does."""
    claim, carriers = alignment.claim, alignment.sentences_with(MIN_CARRIED)
    speakers = [*cited, context.text_before_sources, context.author]
    for who in attribution.find_invented_speakers(claim.text, speakers):
        yield Finding("speaker", Reason("speaker", who))
    unhedged = [source for source in cited if not attribution.DOUBT_PATTERN.search(source)]
    doubted = " ".join(sentence.text for sentence in carriers)
    word = attribution.find_dropped(claim.text, context.previous_sentence, doubted, speakers)
    if word and (lexical_overlap.coverage(claim, unhedged) or 0) < MIN_UNDOUBTED_COVERAGE:
        yield Finding("attribution", Reason("attribution", word))
