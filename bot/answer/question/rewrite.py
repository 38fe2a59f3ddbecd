"""A question and the turns before it → the question as it stands alone.

Where a question leans on the one before, the rules add what that one was about, in parentheses,
or put its own part in the place of another's; one that stands alone stays as it is. Where they
are unsure, a model may be asked, once, unless its examination found it weak. Its rewriting is
taken only if it keeps what was asked and adds a word that was asked before; else, and whatever
goes wrong, the rules' result stands. Only what people asked is read, never what was answered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from bot.answer.catalog.intents import match_intent
from bot.answer.question.follow_up import (
    HAN,
    FollowUp,
    FollowUpKind,
    classify_follow_up,
    content_words,
)
from bot.answer.writing.completion import PromptedModel, complete
from bot.errors import ModelError
from bot.search.query_terms import split_words
from bot.search.question_analysis import CHINESE_QUESTION_WORDS, FUNCTION_WORDS
from bot.store.values import StoredAnswer
from bot.text.morphology import stem_variants

log = logging.getLogger(__name__)

TURNS_READ = 3  # a name is seldom farther back, and the last turn carries it on
CARRIED_WORDS = 8  # of a question before; more is a text that was pasted
LEANING_CHARACTERS = 300  # a longer question says itself what it is about
LONG_TURN_CHARACTERS = 1_000
TURN_CHARACTERS = 300  # of a turn that a model reads
REWRITTEN_CHARACTERS = 400  # of what a model makes of a question
REWRITE_TOKENS = 120
REWRITE_S = 8.0  # the whole answer has 60 s, and this call is the one that can be spared

CAPITAL = r"\p{Lu}[\w’'-]*"
NAME = regex.compile(rf"{CAPITAL}(?:\s+(?:(?:of|the|de|la|del|von|van|der)\s+)*{CAPITAL})*")
YEAR = regex.compile(r"\b(?:1[5-9]|20)\d\d(?:/\d\d)?\b")
QUESTION_END = regex.compile(r"[\s?？!.]+$")


@dataclass(frozen=True, slots=True)
class RuleRewrite:
    """``sure``: the rules need no model to look at it again."""

    text: str
    sure: bool


def rewrite_by_rule(question: str, turns: Sequence[StoredAnswer]) -> RuleRewrite:
    """What ``question`` asks after ``turns`` (oldest first), by rule."""
    before = [turn.standalone_question or turn.question for turn in turns]
    before = [text[:LONG_TURN_CHARACTERS] for text in before if text][-TURNS_READ:]
    if not before or len(question) > LEANING_CHARACTERS:
        return RuleRewrite(question, sure=True)
    found = classify_follow_up(question)
    if found.kind is not FollowUpKind.PRONOUN and match_intent(question):
        return RuleRewrite(question, sure=True)  # "What is new?" is about the library
    if found.kind is FollowUpKind.ALONE:
        return RuleRewrite(question, found.sure)
    if found.kind is FollowUpKind.FRAGMENT:
        return _substitute(found, before)
    carried = _carried(found, before)
    new = _without(carried, found.rest)
    text = f"{found.rest} ({' '.join(new)})" if new else found.rest
    return RuleRewrite(text, found.sure and bool(new))


def _carried(found: FollowUp, before: Sequence[str]) -> list[str]:
    """Whom a person's pronoun may stand for; else all that the last question is about."""
    for text in reversed(before) if found.is_person else ():
        if named := find_names(text):
            return named
    return topic_words(before[-1])


def find_names(text: str) -> list[str]:
    """The words with a capital that do not only begin a sentence, in order."""
    found = [match for match in NAME.finditer(text) if not _only_begins(text, match)]
    return list(dict.fromkeys(word for match in found for word in _own(match[0])))


def _own(run: str) -> list[str]:
    """A run's words, without a question word that begins it ("When Skerry Light")."""
    found = [regex.sub(r"['’]s$", "", word) for word in run.split()]
    while found and found[0].lower() in FUNCTION_WORDS and len(found[0]) > 1:
        found = found[1:]
    return found


def _only_begins(text: str, match: regex.Match[str]) -> bool:
    """Whether a capital is there because a sentence begins with this word."""
    begins = not regex.search(r"\w", text[: match.start()])
    return begins and " " not in match[0] and not content_words(match[0])


def topic_words(text: str) -> list[str]:
    """The words that a question is about, as they are written, in order."""
    if HAN.search(text):
        return CHINESE_QUESTION_WORDS.sub(" ", regex.sub(r"[?？，。]", " ", text)).split()
    telling = set(content_words(text)) | {word.lower() for word in find_names(text)}
    written = [regex.sub(r"['’]s$", "", word) for word in regex.findall(r"\w[\w’'-]*", text)]
    kept = [word for word in written if not telling.isdisjoint(split_words(word))]
    return list(dict.fromkeys(kept))[:CARRIED_WORDS]


def _without(carried: Sequence[str], question: str) -> list[str]:
    said = set(split_words(question))
    return [word for word in carried if HAN.search(word) or said.isdisjoint(split_words(word))]


def _substitute(found: FollowUp, before: Sequence[str]) -> RuleRewrite:
    """The question before with the fragment in the place of what it had there."""
    last = before[-1]
    whole = QUESTION_END.sub("", last)
    for same in (YEAR, NAME):
        old = [match for match in same.finditer(whole) if not _is_opening(whole, match)]
        new = same.search(found.rest)
        if new and len(old) == 1 and (same is YEAR or not YEAR.search(found.rest)):
            (place,) = old
            return RuleRewrite(
                f"{whole[: place.start()]}{new[0]}{whole[place.end() :]}?", sure=True
            )
    return RuleRewrite(f"{whole} ({found.rest})?", sure=bool(YEAR.search(found.rest)))


def _is_opening(text: str, match: regex.Match[str]) -> bool:
    return not _own(match[0]) or _only_begins(text, match)


# --- with a model --------------------------------------------------------------------------------


async def contextualize(
    question: str, turns: Sequence[StoredAnswer], rewriter: PromptedModel | None
) -> str:
    """The question as it stands alone."""
    by_rule = rewrite_by_rule(question, turns)
    if by_rule.sure or rewriter is None or rewriter.weak:
        return by_rule.text
    return await _by_model(question, turns, rewriter) or by_rule.text


async def _by_model(question: str, turns: Sequence[StoredAnswer], rewriter: PromptedModel) -> str:
    """Empty when the model fails, or gives what cannot be this question."""
    asked = [_line(turn.standalone_question or turn.question) for turn in turns[-TURNS_READ:]]
    listed = "\n".join(f"- {line}" for line in asked if line)
    asking = rewriter.prompts.rewrite.render(turns=listed, question=_line(question))
    messages = [{"role": "user", "content": asking}]
    deadline = asyncio.get_running_loop().time() + REWRITE_S
    try:
        text = await complete(
            rewriter,
            messages,
            REWRITE_TOKENS,
            max_characters=REWRITTEN_CHARACTERS,
            deadline=deadline,
        )
    except ModelError as error:
        log.warning("understood by rule: %s", error.message)
        return ""
    return accept_rewrite(text, question, asked)


def accept_rewrite(text: str, question: str, asked: Sequence[str]) -> str:
    """A model's rewriting, when it is one, else empty: one short line that has every word of the
    question, at least one that only an earlier question had, and none that nobody said."""
    line = text.strip().strip("\"“”'")
    if not line or "\n" in line or len(line) > REWRITTEN_CHARACTERS:
        return ""
    own, before = _forms([question]), _forms(asked)
    written = [stem_variants(word) for word in content_words(line)]
    keeps = set(content_words(question)) <= set(split_words(line))
    adds = any(own.isdisjoint(forms) and not before.isdisjoint(forms) for forms in written)
    invents = any((own | before).isdisjoint(forms) for forms in written)
    return line if keeps and adds and not invents else ""


def _forms(texts: Sequence[str]) -> frozenset[str]:
    """The stems of all words of the texts."""
    return frozenset[str]().union(
        *(stem_variants(word) for text in texts for word in split_words(text))
    )


def _line(text: str) -> str:
    return " ".join(text.split())[:TURN_CHARACTERS].replace("<", "‹")
