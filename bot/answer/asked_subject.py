"""Whether an answer is about what was asked: do its sources mention the names in the question?

An article mentions a name or a year if the passages that were found of it do (``asked_things``), if
another of its passages has the words, or if an article that has its title in it does. This is
checked before anything is shown: quotes whose sources don't are unsure, and a model's sentences
whose sources don't are replaced by quotes.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from bot.answer.context import AskContext
from bot.answer.question.preface import asking_sentences
from bot.citations import DraftSentence
from bot.records import StoredPassage
from bot.search.judging_pool import judge
from bot.search.question_analysis import AnswerType, analyze
from bot.search.second_hop import begins_with_name, linking_names
from bot.strings import _
from bot.text.tokenize import index_terms
from bot.verify.asked_things import AskedName, find_things, missing_things, without_possessive


@dataclass(frozen=True, slots=True)
class AskedPart:
    """A part of a question, and what it names.

    ``is_guess``: what it names may be a wrong guess ("Is it Paris or London?"): one is enough.
    """

    text: str
    things: tuple[AskedName, ...]
    is_guess: bool

    @classmethod
    def of(cls, text: str) -> AskedPart:
        """The part of a question that ``text`` asks; a greeting or a remark names nothing."""
        text = asking_sentences(text)
        is_guess = analyze(text).answer_type is AnswerType.CHOICE
        things = find_things(text, datetime.now(UTC).date())
        return cls(text, tuple(t for t in things if t.kind != "year" or not is_guess), is_guess)

    def lacking(self, unsaid: Collection[AskedName]) -> tuple[str, ...]:
        """What is to be said and isn't."""
        lacking = tuple(thing.written for thing in self.things if thing in unsaid)
        return () if self.is_guess and len(lacking) < len(self.things) else lacking


class AskedSubject:
    """What the parts of a question name, and what of it each article says that was read."""

    def __init__(self, parts: Sequence[AskedPart], context: AskContext):
        self._parts = [part for part in parts if part.things]
        self._is_checked = bool(parts) and len(self._parts) == len(parts)
        self._is_compound = len(parts) > 1
        self._context = context
        self._unsaid: dict[int, frozenset[AskedName]] = {}  # by article

    async def read(self, passages: Iterable[StoredPassage]) -> None:
        """Find out what the articles of ``passages`` say, once for each of them."""
        if not (self._is_checked or (self._is_compound and self._parts)):
            return
        by_article: dict[int, list[StoredPassage]] = defaultdict(list)
        for passage in passages:
            by_article[passage.article_id].append(passage)
        new = {i: own for i, own in by_article.items() if i not in self._unsaid}
        unsaid = await judge(_missing_things, self._parts, new)
        for thing in frozenset[AskedName]().union(*unsaid.values()):
            holders = await self._holders(thing)
            for article_id in unsaid:
                if article_id in holders or (holders and thing.kind == "word"):
                    unsaid[article_id] -= {thing}
        of_all = self._unsaid | unsaid
        self._unsaid |= await asyncio.to_thread(_without_led_to, unsaid, of_all, by_article)

    async def _holders(self, thing: AskedName) -> frozenset[int]:
        """The articles of which any passage has the words."""
        words = " ".join(map(without_possessive, thing.words)) or thing.written
        terms = [term for _place, term in index_terms(words)]
        mentions = await self._context.library.index.mentions(terms, self._context.scope)
        return frozenset(mention.article_id for mention in mentions)

    def missing_names(self, sentences: Iterable[DraftSentence]) -> tuple[str, ...]:
        """What neither the sentences nor the articles they cite name; empty if one part has all."""
        if not self._is_checked:
            return ()
        shown = list(sentences)
        text = " ".join(sentence.text for sentence in shown)
        cited = {span.passage.article_id for sentence in shown for span in sentence.spans}
        lacking = [part.lacking(self._unsaid_by(cited, text)) for part in self._parts]
        return tuple(dict.fromkeys(chain.from_iterable(lacking))) if all(lacking) else ()

    def is_of_none(self, sentence: DraftSentence) -> bool:
        """Whether a sentence of a compound question's answer is about what no part names."""
        return self._is_compound and bool(sentence.spans) and bool(self.missing_names([sentence]))

    def unsaid_parts(self, cited: Iterable[int], text: str) -> tuple[str, ...]:
        """The parts of a compound question that name what an answer doesn't.

        Neither its ``text`` nor any of the articles that it cites.
        """
        if not self._is_compound:
            return ()
        unsaid = self._unsaid_by(cited, text)
        return tuple(part.text for part in self._parts if part.lacking(unsaid))

    def _unsaid_by(self, cited: Iterable[int], text: str) -> frozenset[AskedName]:
        unsaid = frozenset[AskedName]().union(*self._unsaid.values())
        for article in cited:
            unsaid &= self._unsaid.get(article, frozenset())
        return frozenset(thing for thing in unsaid if thing.written not in text)


def _missing_things(
    parts: Sequence[AskedPart], by_article: Mapping[int, Sequence[StoredPassage]]
) -> dict[int, frozenset[AskedName]]:
    """By article, what of the parts its passages don't say."""
    return {
        article_id: frozenset(
            thing for part in parts for thing in missing_things(part.things, part.text, own)
        )
        for article_id, own in by_article.items()
    }


def _without_led_to(
    unsaid: Mapping[int, frozenset[AskedName]],
    of_all: Mapping[int, frozenset[AskedName]],
    by_article: Mapping[int, Sequence[StoredPassage]],
) -> dict[int, frozenset[AskedName]]:
    """What is ``unsaid`` by article, without what an article says that names its title.

    "Where was the director of The Grey Lantern born?": in the article on who directed it.
    """
    if not any(unsaid.values()):
        return dict(unsaid)
    names = {i: [n for p in own for n in linking_names(p)] for i, own in by_article.items()}
    return {
        article_id: lacking.intersection(
            *(
                of_all[other]
                for other in by_article
                if other != article_id
                and begins_with_name(by_article[article_id][0].title, names[other])
            )
        )
        for article_id, lacking in unsaid.items()
    }


def note_on_closest(problem: str, names: Sequence[str]) -> str:
    """What is said above the closest passages; before it, any other ``problem`` with the model."""
    reason = "" if problem == note_on_other_subject(names) else problem
    text = _("The sources I found don't mention {names}.").format(names=_join(names))
    return f"{reason} {text}".strip()


def note_on_other_subject(names: Iterable[str]) -> str:
    """Why a model's answer is not shown."""
    text = _("The language model answered from sources that don't mention {names}.")
    return text.format(names=_join(names))


def _join(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
