"""Decide which of a model's sentences may be shown, in their order.

A sentence that its citations don't support, or that has none, is given the best matching footnote,
or dropped. Only statements that the sources don't say something may go uncited. Greetings and
headings are dropped silently, and so is a leading "yes" or "no" that its sentence doesn't bear out.

A failed sentence is dropped, and so is one right after it that refers back to it ("This is why …").
With ``holds``, all sentences wait for ``release_pending``: until then ``doubt`` may let more of
them fail, and failed ones are replaced by what the same rules accept. Nothing that was shown is
ever taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import regex

from bot.citations import CitedSpan, DraftSentence
from bot.records import StoredPassage
from bot.strings import N_, _, ngettext
from bot.verify import polarity
from bot.verify.analyzed_text import Vocabulary, analyze
from bot.verify.check import Verdict, check, needs_similarity
from bot.verify.claim_context import ClaimContext
from bot.verify.find_footnote import SourceIndex
from bot.verify.findings import Reason
from bot.verify.source_gaps import says_not_in_sources

REFERS_BACK = regex.compile(
    r"\W*(?:(?:this|that|these|those) "
    r"(?:is|was|are|were|means?|meant|explains?|led|shows?|makes?|made)|"
    r"therefore|thus|hence|as a result|consequently|because of (?:this|that)|for this reason|"
    r"for example|"
    r"deshalb|daher|por eso|por lo tanto|c'est pourquoi|donc|поэтому)\b|因此|所以",
    regex.IGNORECASE,
)
NON_CLAIM_ENDINGS = (":", "：", "!", "！")
FRAGMENT_WORDS = 2  # "Sure", "Sources", "Short answer"
# Minimum share of a sentence that an inferred source must cover. At .65, 0.6 % of correct CLAPnq
# sentences are lost. A sentence in another language than its source must reach it with names and
# figures alone.
MIN_INFERRED_COVERAGE = 0.65
NUMBER_WORDS = (
    *(N_("No"), N_("One"), N_("Two"), N_("Three"), N_("Four")),
    *(N_("Five"), N_("Six"), N_("Seven"), N_("Eight"), N_("Nine")),
)


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence with its verdict.

    ``previous_sentence``: the sentence before it, needed to check a replacement.
    ``makes_no_claim``: it's a greeting, heading or similar, and can be dropped silently.
    """

    draft: DraftSentence
    verdict: Verdict
    previous_sentence: str = ""
    makes_no_claim: bool = False


@dataclass(slots=True)
class StreamVerifier:
    """Check sentences as they are written and return those that may be shown."""

    question: str
    passages: Sequence[StoredPassage] = ()
    holds: bool = False
    pending: list[CheckedSentence] = field(default_factory=list)
    left_out: list[CheckedSentence] = field(default_factory=list)
    _sources: SourceIndex | None = None
    _answer_word: str = ""  # a "yes" or "no" that stood alone, for the next sentence
    _previous: str = ""  # the previous sentence as the model wrote it
    _after_gap: bool = False  # the previous sentence was left out
    _paragraph_break_due: bool = False  # a dropped sentence opened a paragraph
    _anything_shown: bool = False

    def check_sentence(self, draft: DraftSentence, cosine: float | None = None) -> CheckedSentence:
        """The sentence with the rules' verdict. Takes some milliseconds of CPU."""
        word, rest = polarity.split_answer_word(draft.text)
        if not rest:
            self._answer_word = word
            return CheckedSentence(draft, _no_source(draft), makes_no_claim=True)
        answer_word, self._answer_word = word or self._answer_word, ""
        checked = self._check_or_recite(replace(draft, text=rest), self._previous, cosine)
        if (
            answer_word
            and checked.verdict.supported
            and self._answer_word_agrees(answer_word, checked.draft)
        ):
            text = draft.text if word else f"{answer_word}. {draft.text}"
            checked = replace(checked, draft=replace(checked.draft, text=text))
        self._previous = draft.text
        return checked

    def _answer_word_agrees(self, word: str, draft: DraftSentence) -> bool:
        """Whether a sentence bears out the "yes" or "no" in front of it."""
        context = context_of(draft.spans, self.question, "")
        context_texts = (context.title, context.text_before_sources)
        return bool(draft.spans) and polarity.agrees_with_answer_word(
            word, draft.text, self.question, context_texts
        )

    def _check_or_recite(
        self, draft: DraftSentence, previous_sentence: str, cosine: float | None
    ) -> CheckedSentence:
        """Check the sentence with its own citations, and if they fail with the best source."""
        verdict = self._check_citations(draft, previous_sentence, cosine)
        if verdict.supported:
            return CheckedSentence(_as_checked(draft, verdict), verdict, previous_sentence)
        if draft.spans and says_not_in_sources(draft.text, self.question):
            return CheckedSentence(replace(draft, spans=()), Verdict(), previous_sentence)
        recited = None if self._is_uncited_heading(draft) else self._cite_best_source(draft)
        if recited is not None:
            second_verdict = self._check_citations(recited, previous_sentence, None, inferred=True)
            if second_verdict.supported:
                return CheckedSentence(
                    _as_checked(recited, second_verdict),
                    second_verdict,
                    previous_sentence,
                )
        return CheckedSentence(
            draft, verdict, previous_sentence, makes_no_claim=self._makes_no_claim(draft)
        )

    def _check_citations(
        self,
        draft: DraftSentence,
        previous_sentence: str,
        cosine: float | None,
        *,
        inferred: bool = False,
    ) -> Verdict:
        quotes = [cited.quote for cited in draft.spans]
        context = replace(
            context_of(draft.spans, self.question, previous_sentence), source_was_inferred=inferred
        )
        return check(draft.text, quotes, context, cosine)

    def _cite_best_source(self, draft: DraftSentence) -> DraftSentence | None:
        """The sentence citing only its best source; None if that covers too little."""
        if self._sources is None:
            self._sources = SourceIndex(self.passages)
        source = self._sources.best(draft.text, draft.candidate_spans)
        if source is None or source.share < MIN_INFERRED_COVERAGE:
            return None
        return None if draft.spans == (source.span,) else replace(draft, spans=(source.span,))

    def _makes_no_claim(self, draft: DraftSentence) -> bool:
        """Whether it's a heading or ends like a greeting, and has no figures."""
        words = analyze(draft.text).words
        if any(word.lower[0].isdigit() for word in words):
            return False
        text = draft.text.rstrip("\"'*_ ")
        return text.endswith(NON_CLAIM_ENDINGS) or len(words) <= FRAGMENT_WORDS

    def _is_uncited_heading(self, draft: DraftSentence) -> bool:
        uncited = not draft.spans and self._makes_no_claim(draft)
        return uncited and not draft.text.endswith(("!", "！"))

    def needs_similarity(self, draft: DraftSentence) -> bool:
        """Whether the verdict depends on the cosine to the sources. Costs CPU."""
        quotes = [cited.quote for cited in draft.spans]
        _word, text = polarity.split_answer_word(draft.text)
        return needs_similarity(
            text, quotes, context_of(draft.spans, self.question, self._previous)
        )

    def take(self, checked: CheckedSentence) -> list[DraftSentence]:
        """The sentences that may be shown after this one was checked."""
        if checked.makes_no_claim or self._only_repeats_title(checked.draft):
            self._paragraph_break_due = self._paragraph_break_due or checked.draft.paragraph
            return []
        if not self.holds:
            return self._pass(checked)
        opens = checked.draft.paragraph or self._paragraph_break_due
        self.pending.append(replace(checked, draft=replace(checked.draft, paragraph=opens)))
        self._paragraph_break_due = False
        return []

    @property
    def pending_failures(self) -> dict[int, CheckedSentence]:
        """The pending sentences that failed, keyed by index in ``pending``."""
        return {i: s for i, s in enumerate(self.pending) if not s.verdict.supported}

    @property
    def pending_cited(self) -> dict[int, CheckedSentence]:
        """The pending sentences that passed and cite something, keyed as above."""
        return {i: s for i, s in enumerate(self.pending) if s.verdict.supported and s.draft.spans}

    @property
    def has_citations(self) -> bool:
        """Whether any pending sentence cites something."""
        return any(each.draft.spans for each in self.pending)

    def doubt(self, index: int, why: str) -> None:
        """Let a pending sentence fail, since a second opinion found its sources not to say it."""
        verdict = Verdict((Reason("doubted", why),))
        self.pending[index] = replace(self.pending[index], verdict=verdict)

    def release_pending(
        self, repaired: Mapping[int, Sequence[CheckedSentence]]
    ) -> list[DraftSentence]:
        """All pending sentences that may be shown, with failed ones replaced from ``repaired``."""
        pending, self.pending = self.pending, []
        return [
            draft
            for i, checked in enumerate(pending)
            for replacement in repaired.get(i) or [checked]
            for draft in self._pass(replacement)
        ]

    def check_replacement(
        self, draft: DraftSentence, instead_of: CheckedSentence
    ) -> CheckedSentence:
        """The replacement of a failed sentence with the rules' verdict; the same fails again."""
        checked = self._check_or_recite(draft, instead_of.previous_sentence, None)
        failed = instead_of.draft
        is_same = (checked.draft.text, checked.draft.spans) == (failed.text, failed.spans)
        return instead_of if is_same else checked

    def _only_repeats_title(self, draft: DraftSentence) -> bool:
        """Whether it only repeats the title of its source, as in a list of sources."""
        comes_first = not (self._anything_shown or self.pending)
        if comes_first or not draft.spans or draft.text.endswith((".", "。")):
            return False
        titles = [f"{span.passage.title} {span.passage.heading}" for span in draft.spans]
        vocabulary = Vocabulary(titles)
        return all(word.lower in vocabulary for word in analyze(draft.text).content)

    def _pass(self, checked: CheckedSentence) -> list[DraftSentence]:
        """The sentence if it may be shown, else nothing; a failed one goes to ``left_out``."""
        draft = checked.draft
        if checked.verdict.supported and self._after_gap and REFERS_BACK.match(draft.text):
            checked = replace(checked, verdict=Verdict((Reason("depends_on_removed", draft.text),)))
        if not checked.verdict.supported:
            self.left_out.append(checked)
            self._after_gap = True
            self._paragraph_break_due = self._paragraph_break_due or draft.paragraph
            return []
        opens = self._anything_shown and (draft.paragraph or self._paragraph_break_due)
        self._after_gap, self._paragraph_break_due, self._anything_shown = False, False, True
        return [replace(draft, paragraph=opens)]

    @property
    def note(self) -> str:
        """The note about sentences that were left out; empty if there are none."""
        too_long = [checked for checked in self.left_out if _is_too_long(checked)]
        others = [checked for checked in self.left_out if not _is_too_long(checked)]
        return " ".join(filter(None, (_note_on_others(others), _note_on_too_long(len(too_long)))))


def _is_too_long(checked: CheckedSentence) -> bool:
    return any(reason.rule == "too_long" for reason in checked.verdict.reasons)


def _note_on_too_long(count: int) -> str:
    message = ngettext(
        "One sentence was left out: it is too long, so it was not checked.",
        "{number} sentences were left out: they are too long, so they were not checked.",
        count,
    )
    return message.format(number=_number(count)) if count else ""


def _note_on_others(left_out: Sequence[CheckedSentence]) -> str:
    count = len(left_out)
    if any(checked.draft.spans for checked in left_out):
        message = ngettext(
            "One sentence was left out: its source doesn't support it.",
            "{number} sentences were left out: their sources don't support them.",
            count,
        )
    else:
        message = ngettext(
            "One sentence was left out: I found no source for it.",
            "{number} sentences were left out: I found no sources for them.",
            count,
        )
    return message.format(number=_number(count)) if count else ""


def _number(count: int) -> str:
    return _(NUMBER_WORDS[count]) if count < len(NUMBER_WORDS) else str(count)


def _no_source(draft: DraftSentence) -> Verdict:
    return Verdict((Reason("uncited", draft.text),))


def _as_checked(draft: DraftSentence, verdict: Verdict) -> DraftSentence:
    return replace(draft, checked=verdict.checked, source_language=verdict.source_language)


def context_of(cited: Sequence[CitedSpan], question: str, previous_sentence: str) -> ClaimContext:
    """The cited articles' metadata, and the sentence before each cited span."""
    passages = [span.passage for span in cited]
    titles = dict.fromkeys(t for p in passages for t in (p.title, p.heading) if t)
    authors = dict.fromkeys(p.author for p in passages if p.author)
    published = {p.published for p in passages}
    return ClaimContext(
        title=" · ".join(titles),
        author=", ".join(authors),
        published=published.pop() if len(published) == 1 else None,
        question=question,
        text_before_sources=" ".join(filter(None, map(sentence_before, cited))),
        previous_sentence=previous_sentence,
        article=" ".join(dict.fromkeys(passage.text for passage in passages)),
    )


def sentence_before(cited: CitedSpan) -> str:
    """The passage's sentence before the cited span; empty if it's the first."""
    earlier = [s for s in cited.passage.sentences if s.end <= cited.start]
    return cited.passage.quote(earlier[-1]) if earlier else ""
