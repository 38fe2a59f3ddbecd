"""Which of a model's sentences may be shown: those that the rules let pass, in their order.

A sentence that fails is left out, and so is one that leans on it ("This is why …"). With
``settling`` the first that fails holds back all that follow, until ``settle`` brings what took the
place of those that failed; its own verdicts are the rules' again. Nothing that was let out is ever
taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import regex

from bot.answer.verify.check import ClaimContext, Reason, Verdict, check, needs_similarity
from bot.answer.writing.citations import CitedSpan, DraftSentence

LEANS = regex.compile(
    r"\W*(?:(?:this|that|these|those) "
    r"(?:is|was|are|were|means?|meant|explains?|led|shows?|makes?|made)|"
    r"therefore|thus|hence|as a result|consequently|because of (?:this|that)|for this reason|"
    r"for example|"
    r"deshalb|daher|por eso|por lo tanto|c'est pourquoi|donc|поэтому)\b|因此|所以",
    regex.IGNORECASE,
)
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence with its verdict. ``said``: the sentence before it, for a later look."""

    written: DraftSentence
    verdict: Verdict
    said: str = ""


@dataclass(slots=True)
class StreamVerifier:
    """Takes sentences as they are written, gives back what may be shown."""

    question: str
    settling: bool = False
    pending: list[Checked] = field(default_factory=list)
    left_out: list[Checked] = field(default_factory=list)
    _previous: str = ""  # as it was written
    _after_gap: bool = False  # the one before was left out
    _paragraph: bool = False  # and it opened one
    _shown: bool = False

    def judge(self, written: DraftSentence, closeness: float | None = None) -> Checked:
        """The rules' verdict; costs CPU, some milliseconds."""
        judged = _judged(written, self.question, self._previous, closeness)
        self._previous = written.text
        return judged

    def needs_similarity(self, written: DraftSentence) -> bool:
        """Whether closeness of meaning has a say in the verdict; costs CPU."""
        quotes = [cited.quote for cited in written.cited]
        return needs_similarity(written.text, quotes, context_of(written.cited, self.question, ""))

    def take(self, judged: Checked) -> list[DraftSentence]:
        """What may be shown now that this one has come."""
        if self.pending or (self.settling and not judged.verdict.supported):
            self.pending.append(judged)
            return []
        return self._pass(judged)

    @property
    def failed(self) -> dict[int, Checked]:
        """The held sentences that the rules did not let pass, by their places in ``held``."""
        return {i: one for i, one in enumerate(self.pending) if not one.verdict.supported}

    def settle(self, repaired: Mapping[int, Sequence[Checked]]) -> list[DraftSentence]:
        """All that was held, with ``repaired`` in the places of those that failed."""
        held, self.pending = self.pending, []
        return [
            written
            for i, judged in enumerate(held)
            for one in repaired.get(i) or [judged]
            for written in self._pass(one)
        ]

    def again(self, written: DraftSentence, instead_of: Checked) -> Checked:
        """The verdict on what is to take the place of a sentence that failed."""
        return _judged(written, self.question, instead_of.said, None)

    def _pass(self, judged: Checked) -> list[DraftSentence]:
        written = judged.written
        if judged.verdict.supported and self._after_gap and LEANS.match(written.text):
            judged = replace(judged, verdict=Verdict((Reason("leans", written.text),)))
        if not judged.verdict.supported:
            self.left_out.append(judged)
            self._after_gap, self._paragraph = True, self._paragraph or written.paragraph
            return []
        opens = self._shown and (written.paragraph or self._paragraph)
        self._after_gap, self._paragraph, self._shown = False, False, True
        return [replace(written, paragraph=opens)]

    @property
    def note(self) -> str:
        """What a reader is told of the sentences that were left out; empty when there are none."""
        count = len(self.left_out)
        if not count:
            return ""
        many = NUMBERS[count] if count < len(NUMBERS) else str(count)
        if not any(one.written.cited for one in self.left_out):
            return (
                "One sentence was left out: it names no source."
                if count == 1
                else f"{many} sentences were left out: they name no source."
            )
        return (
            "One sentence was left out: its source does not say it."
            if count == 1
            else f"{many} sentences were left out: their sources do not say them."
        )


def _judged(written: DraftSentence, question: str, said: str, closeness: float | None) -> Checked:
    quotes = [cited.quote for cited in written.cited]
    around = context_of(written.cited, question, said)
    return Checked(written, check(written.text, quotes, around, closeness), said)


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
        before=" ".join(filter(None, map(_before, cited))),
        said=said,
    )


def _before(cited: CitedSpan) -> str:
    earlier = [s for s in cited.passage.sentences if s.end <= cited.start]
    return cited.passage.quote(earlier[-1]) if earlier else ""
