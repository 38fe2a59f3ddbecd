"""Which of a model's sentences may be shown: those that the rules let pass, in their order.

A sentence whose marks do not carry it, or that has none, gets the footnote that carries it, found
among the packed sentences, or stays out. No sentence stands without one, but for what the sources
are said to leave open. Greetings and headings go, and nobody is told; so does a "yes" or "no",
unless the sentence that it stands in front of says so.

A sentence that fails is left out, and so is one that leans on it ("This is why …"). With
``settling`` the first that fails holds back all that follow, until ``settle`` brings what took the
place of those that failed; its own verdicts are the rules' again. Nothing that was let out is ever
taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import regex

from bot.answer.verify import polarity
from bot.answer.verify.analyzed_text import Vocabulary, analyze
from bot.answer.verify.check import ClaimContext, Reason, Verdict, check, needs_similarity
from bot.answer.verify.find_footnote import Sources
from bot.answer.verify.source_gaps import leaves_open
from bot.answer.writing.citations import CitedSpan, DraftSentence
from bot.records import StoredPassage

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
# Of a sentence: what a place that is found for it must say. A sentence in another language than its
# source has to share that much in names and figures. On clapnq .65 costs .006 of the true ones.
MIN_INFERRED_COVERAGE = 0.65
NUMBER_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence with its verdict. ``said``: the sentence before it, for a later look.

    ``empty``: it is no claim that could have a source, so nobody misses it.
    """

    draft: DraftSentence
    verdict: Verdict
    previous_sentence: str = ""
    makes_no_claim: bool = False


@dataclass(slots=True)
class StreamVerifier:
    """Takes sentences as they are written, gives back what may be shown."""

    question: str
    passages: Sequence[StoredPassage] = ()
    hold_after_failure: bool = False
    pending: list[CheckedSentence] = field(default_factory=list)
    left_out: list[CheckedSentence] = field(default_factory=list)
    _sources: Sources | None = None
    _answer_word: str = ""  # a "yes" or "no" that stood alone, for the next sentence
    _previous: str = ""  # as it was written
    _after_gap: bool = False  # the one before was left out
    _paragraph_break_due: bool = False  # and it opened one
    _anything_shown: bool = False

    def check_sentence(self, written: DraftSentence, closeness: float | None = None) -> CheckedSentence:
        """The rules' verdict; costs CPU, some milliseconds."""
        word, rest = polarity.split_answer_word(written.text)
        if not rest:
            self._answer_word = word
            return CheckedSentence(written, _no_source(written), makes_no_claim=True)
        led, self._answer_word = word or self._answer_word, ""
        judged = self._check_or_recite(replace(written, text=rest), self._previous, closeness)
        if led and judged.verdict.supported and self._answer_word_agrees(led, judged.draft):
            text = written.text if word else f"{led}. {written.text}"
            judged = replace(judged, draft=replace(judged.draft, text=text))
        self._previous = written.text
        return judged

    def _answer_word_agrees(self, word: str, written: DraftSentence) -> bool:
        around = context_of(written.spans, self.question, "")
        known = (around.title, around.text_before_sources)
        return bool(written.spans) and polarity.agrees_with_answer_word(word, written.text, self.question, known)

    def _check_or_recite(self, written: DraftSentence, said: str, closeness: float | None) -> CheckedSentence:
        """By its own marks, else by what is found for it."""
        verdict = self._check_citations(written, said, closeness)
        if verdict.supported:
            return CheckedSentence(_with_source_language(written, verdict), verdict, said)
        if leaves_open(written.text, self.question):
            return CheckedSentence(replace(written, spans=()), Verdict(), said)
        found = None if self._is_uncited_heading(written) else self._cite_best_source(written)
        if found is not None:
            again = self._check_citations(found, said, None, found=True)
            if again.supported:
                return CheckedSentence(_with_source_language(found, again), again, said)
        return CheckedSentence(written, verdict, said, makes_no_claim=self._makes_no_claim(written))

    def _check_citations(
        self, written: DraftSentence, said: str, closeness: float | None, *, found: bool = False
    ) -> Verdict:
        quotes = [cited.quote for cited in written.spans]
        around = replace(context_of(written.spans, self.question, said), source_was_inferred=found)
        return check(written.text, quotes, around, closeness)

    def _cite_best_source(self, written: DraftSentence) -> DraftSentence | None:
        """The sentence with the place that covers most of it as its only source."""
        if self._sources is None:
            self._sources = Sources(self.passages)
        place = self._sources.best(written.text)
        if place is None or place.share < MIN_INFERRED_COVERAGE or written.spans == (place.cited,):
            return None
        return replace(written, spans=(place.cited,))

    def _makes_no_claim(self, written: DraftSentence) -> bool:
        """Whether it is no claim: a heading, or what ends like a greeting, without any figure."""
        words = analyze(written.text).words
        if any(word.lower[0].isdigit() for word in words):
            return False
        text = written.text.rstrip("\"'*_ ")
        return text.endswith(NON_CLAIM_ENDINGS) or len(words) <= FRAGMENT_WORDS

    def _is_uncited_heading(self, written: DraftSentence) -> bool:
        empty = not written.spans and self._makes_no_claim(written)
        return empty and not written.text.endswith(("!", "！"))

    def needs_similarity(self, written: DraftSentence) -> bool:
        """Whether closeness of meaning has a say in the verdict; costs CPU."""
        quotes = [cited.quote for cited in written.spans]
        return needs_similarity(written.text, quotes, context_of(written.spans, self.question, ""))

    def take(self, judged: CheckedSentence) -> list[DraftSentence]:
        """What may be shown now that this one has come."""
        if judged.makes_no_claim or self._only_repeats_title(judged.draft):
            self._paragraph_break_due = self._paragraph_break_due or judged.draft.paragraph
            return []
        if self.pending or (self.hold_after_failure and not judged.verdict.supported):
            self.pending.append(judged)
            return []
        return self._pass(judged)

    @property
    def pending_failures(self) -> dict[int, CheckedSentence]:
        """The held sentences that the rules did not let pass, by their places in ``held``."""
        return {i: one for i, one in enumerate(self.pending) if not one.verdict.supported}

    def release_pending(self, repaired: Mapping[int, Sequence[CheckedSentence]]) -> list[DraftSentence]:
        """All that was held, with ``repaired`` in the places of those that failed."""
        held, self.pending = self.pending, []
        return [
            written
            for i, judged in enumerate(held)
            for one in repaired.get(i) or [judged]
            for written in self._pass(one)
        ]

    def check_replacement(self, written: DraftSentence, instead_of: CheckedSentence) -> CheckedSentence:
        """The verdict on what is to take the place of a sentence that failed."""
        return self._check_or_recite(written, instead_of.previous_sentence, None)

    def _only_repeats_title(self, written: DraftSentence) -> bool:
        """Whether it only names the title of what it cites, as a list of sources does."""
        if not self._anything_shown or not written.spans or written.text.endswith((".", "。")):
            return False
        titles = [f"{one.passage.title} {one.passage.heading}" for one in written.spans]
        vocabulary = Vocabulary(titles)
        return all(word.lower in vocabulary for word in analyze(written.text).content)

    def _pass(self, judged: CheckedSentence) -> list[DraftSentence]:
        written = judged.draft
        if judged.verdict.supported and self._after_gap and REFERS_BACK.match(written.text):
            judged = replace(judged, verdict=Verdict((Reason("leans", written.text),)))
        if not judged.verdict.supported:
            self.left_out.append(judged)
            self._after_gap, self._paragraph_break_due = True, self._paragraph_break_due or written.paragraph
            return []
        opens = self._anything_shown and (written.paragraph or self._paragraph_break_due)
        self._after_gap, self._paragraph_break_due, self._anything_shown = False, False, True
        return [replace(written, paragraph=opens)]

    @property
    def note(self) -> str:
        """What a reader is told of the sentences that were left out; empty when there are none."""
        count = len(self.left_out)
        if not count:
            return ""
        many = NUMBER_WORDS[count] if count < len(NUMBER_WORDS) else str(count)
        if not any(one.draft.spans for one in self.left_out):
            return (
                "One sentence was left out: no source for it was found."
                if count == 1
                else f"{many} sentences were left out: no sources for them were found."
            )
        return (
            "One sentence was left out: its source does not say it."
            if count == 1
            else f"{many} sentences were left out: their sources do not say them."
        )


def _no_source(written: DraftSentence) -> Verdict:
    return Verdict((Reason("uncited", written.text),))


def _with_source_language(written: DraftSentence, verdict: Verdict) -> DraftSentence:
    return replace(written, source_language=verdict.source_language)


def context_of(cited: Sequence[CitedSpan], question: str, said: str) -> ClaimContext:
    """What is known of the cited articles, and the sentence before each range."""
    passages = [one.passage for one in cited]
    titles = dict.fromkeys(t for p in passages for t in (p.title, p.heading) if t)
    authors = dict.fromkeys(p.author for p in passages if p.author)
    published = {p.published for p in passages}
    return ClaimContext(
        title=" · ".join(titles),
        author=", ".join(authors),
        published=published.pop() if len(published) == 1 else None,
        question=question,
        text_before_sources=" ".join(filter(None, map(_sentence_before, cited))),
        previous_sentence=said,
    )


def _sentence_before(cited: CitedSpan) -> str:
    earlier = [s for s in cited.passage.sentences if s.end <= cited.start]
    return cited.passage.quote(earlier[-1]) if earlier else ""
