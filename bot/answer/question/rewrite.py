"""Rewrites a follow-up question so that it stands alone.

The rules add the topic of the question before in parentheses, or substitute the new part for the
old one; a standalone question stays as it is. If they are unsure, a model may rewrite it in one
call, unless it failed its examination. Its rewrite is accepted only if it keeps the question's
words and adds one of an earlier question; otherwise, and after any error, the rules' result counts.
Only questions and the titles of summed up articles are read, never answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from bot.answer.catalog.intents import match_intent
from bot.answer.conversation.memory import topic_of
from bot.answer.question.follow_up import (
    FollowUp,
    FollowUpKind,
    classify_follow_up,
    content_words,
)
from bot.answer.writing.completion import CompletionModel, complete
from bot.errors import ModelError
from bot.search.query_terms import tokenize_question
from bot.store.values import StoredAnswer
from bot.text.dates import LONE_YEAR, YEAR
from bot.text.morphology import stem_variants, stems_of
from bot.text.names import NAME
from bot.text.question_words import CHINESE_QUESTION_WORDS
from bot.text.scripts import HAN
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

log = logging.getLogger(__name__)

TURNS_READ = 3  # a name is rarely further back, and rewritten turns repeat it
MAX_TOPIC_WORDS = 8  # of an earlier question; more is pasted text
FOLLOW_UP_CHARACTERS = 300  # a longer question has a topic of its own
MAX_TURN_CHARACTERS = 1_000
PROMPT_TURN_CHARACTERS = 300  # of a turn, in the prompt
MAX_REWRITE_CHARACTERS = 400
REWRITE_TOKENS = 120
REWRITE_S = 8.0  # the whole answer has 60 s, and this call is optional

NAMES = regex.compile(NAME)
YEAR_OR_SEASON = regex.compile(rf"\b{YEAR}/\d\d\b|{LONE_YEAR}")
CODE = regex.compile(
    r"(?:(?<word>\p{L}{3,})\s+)?\b(?P<code>(?P<letters>\p{L}{0,3})-?\d+(?:[.,]\d+)?\p{L}?)\b",
    regex.IGNORECASE,
)
ADDED_FRAGMENT = regex.compile(r"(?<=\w.*)\s*\([^()]*\)$")  # of an earlier follow-up
QUESTION_END = regex.compile(r"[\s?？!.]+$")


@dataclass(frozen=True, slots=True)
class RuleRewrite:
    """``sure``: no model needs to check it."""

    text: str
    sure: bool


def rewrite_by_rule(question: str, turns: Sequence[StoredAnswer]) -> RuleRewrite:
    """The standalone form of ``question`` after ``turns`` (oldest first), by rule."""
    before = [topic_of(turn) for turn in turns]
    before = [text[:MAX_TURN_CHARACTERS] for text in before if text][-TURNS_READ:]
    if not before or len(question) > FOLLOW_UP_CHARACTERS:
        return RuleRewrite(question, sure=True)
    follow_up = classify_follow_up(question)
    if follow_up.kind is not FollowUpKind.PRONOUN and match_intent(question):
        return RuleRewrite(question, sure=True)  # "What is new?" is about the library
    if follow_up.kind is FollowUpKind.STANDALONE:
        return RuleRewrite(question, follow_up.sure)
    if follow_up.kind is FollowUpKind.FRAGMENT:
        return _substitute(follow_up, before)
    context = _missing_words(_context_words(follow_up, before), follow_up.rest)
    text = f"{follow_up.rest} ({' '.join(context)})" if context else follow_up.rest
    return RuleRewrite(text, follow_up.sure and bool(context))


def _context_words(follow_up: FollowUp, before: Sequence[str]) -> list[str]:
    """The last names, for a person's pronoun; else the topic words of the last question."""
    for text in reversed(before) if follow_up.is_person else ():
        if names := find_names(text):
            return names
    return topic_words(before[-1])


def find_names(text: str) -> list[str]:
    """The capitalized words, except one that only begins the sentence, in order."""
    matches = [match for match in NAMES.finditer(text) if not _only_begins(text, match)]
    return list(dict.fromkeys(word for match in matches for word in _name_words(match[0])))


def _name_words(run: str) -> list[str]:
    """The words of a run of capitals, without an opening question word ("When Skerry Light")."""
    names = [regex.sub(r"['’]s$", "", word) for word in run.split()]
    while names and names[0].lower() in FUNCTION_WORDS and len(names[0]) > 1:
        names = names[1:]
    return names


def _only_begins(text: str, match: regex.Match[str]) -> bool:
    """Whether the word is capitalized only because it begins the sentence."""
    begins = not regex.search(r"\w", text[: match.start()])
    return begins and " " not in match[0] and not content_words(match[0])


def topic_words(text: str) -> list[str]:
    """The content words and names of a question, as they are written, in order."""
    if HAN.search(text):
        return CHINESE_QUESTION_WORDS.sub(" ", regex.sub(r"[?？，。]", " ", text)).split()
    topic = set(content_words(text)) | {
        word for name in find_names(text) for word in split_words(name)
    }
    written = [regex.sub(r"['’]s$", "", word) for word in regex.findall(r"\w[\w’'-]*", text)]
    matching = [word for word in written if not topic.isdisjoint(split_words(word))]
    return list(dict.fromkeys(matching))[:MAX_TOPIC_WORDS]


def _missing_words(context: Sequence[str], question: str) -> list[str]:
    own_words = set(tokenize_question(question).words)
    return [word for word in context if HAN.search(word) or own_words.isdisjoint(split_words(word))]


def _substitute(follow_up: FollowUp, before: Sequence[str]) -> RuleRewrite:
    """The question before, with the fragment in place of its only year or name."""
    fragment, whole = follow_up.rest, QUESTION_END.sub("", before[-1])
    last = _without_fragment(whole)
    has_year = bool(YEAR_OR_SEASON.search(fragment))
    for text in dict.fromkeys((whole, last)):  # "in May (employees)?" is still about employees
        if replaced := _substitute_like(fragment, text, has_year=has_year):
            return RuleRewrite(replaced, sure=True)
    return RuleRewrite(f"{last} ({fragment})?", sure=has_year)


def _substitute_like(fragment: str, last: str, *, has_year: bool) -> str:
    """The question with the fragment's code, year or name in place of its only one; else empty."""
    if not has_year and (replaced := _substitute_code(fragment, last)):
        return replaced
    for pattern in (YEAR_OR_SEASON, NAMES):
        old = [match for match in pattern.finditer(last) if not _is_opening(last, match)]
        new = pattern.search(fragment)
        if new and len(old) == 1 and (pattern is YEAR_OR_SEASON or not has_year):
            return f"{last[: old[0].start()]}{new[0]}{last[old[0].end() :]}?"
    return ""


def _substitute_code(fragment: str, last: str) -> str:
    """The question with the fragment's code or number in place of one like it; else empty.

    Of several, the one after the same word: "and line 4?" means not the hour, but line 3.
    """
    new = CODE.search(fragment)
    if new is None:
        return ""
    old = [match for match in CODE.finditer(last) if match["letters"] == new["letters"]]
    if len(old) > 1 or new["word"]:
        old = [match for match in old if _word_before(match) == _word_before(new)]
    if len(old) != 1:
        return ""
    return f"{last[: old[0].start('code')]}{new['code']}{last[old[0].end() :]}?"


def _word_before(code: regex.Match[str]) -> str:
    return (code["word"] or "").lower()


def _without_fragment(question: str) -> str:
    """The question without an earlier fragment; what its pronoun stands for stays."""
    bare = QUESTION_END.sub("", ADDED_FRAGMENT.sub("", question))
    if bare.endswith(")"):
        return bare
    return question if classify_follow_up(bare).kind is FollowUpKind.PRONOUN else bare


def _is_opening(text: str, match: regex.Match[str]) -> bool:
    return not _name_words(match[0]) or _only_begins(text, match)


# --- with a model --------------------------------------------------------------------------------


async def contextualize(
    question: str, turns: Sequence[StoredAnswer], rewriter: CompletionModel | None
) -> str:
    """The question rewritten to stand alone, by rule or by ``rewriter``."""
    by_rule = rewrite_by_rule(question, turns)
    if by_rule.sure or rewriter is None or rewriter.weak:
        return by_rule.text
    return await _rewrite_by_model(question, turns, rewriter) or by_rule.text


async def _rewrite_by_model(
    question: str, turns: Sequence[StoredAnswer], rewriter: CompletionModel
) -> str:
    """The model's rewrite; empty if the model fails or its rewrite is not accepted."""
    earlier = [_line(topic_of(turn)) for turn in turns[-TURNS_READ:]]
    listed = "\n".join(f"- {line}" for line in earlier if line)
    prompt = rewriter.prompts.rewrite.render(turns=listed, question=_line(question))
    messages = [{"role": "user", "content": prompt}]
    deadline = asyncio.get_running_loop().time() + REWRITE_S
    try:
        text = await complete(
            rewriter,
            messages,
            REWRITE_TOKENS,
            max_characters=MAX_REWRITE_CHARACTERS,
            deadline=deadline,
        )
    except ModelError as error:
        log.warning("question rewritten by rule: %s", error.message)
        return ""
    return accept_rewrite(text, question, earlier)


def accept_rewrite(text: str, question: str, earlier: Sequence[str]) -> str:
    """A model's rewrite if it is acceptable, else empty.

    It must be one short line with all content words of the question, at least one word that only an
    earlier question had, and no word that neither had.
    """
    line = text.strip().strip("\"“”'")
    if not line or "\n" in line or len(line) > MAX_REWRITE_CHARACTERS:
        return ""
    own, before = _stems([question]), _stems(earlier)
    written = [stem_variants(word) for word in content_words(line)]
    keeps = set(content_words(question)) <= set(split_words(line))
    adds = any(own.isdisjoint(forms) and not before.isdisjoint(forms) for forms in written)
    invents = any((own | before).isdisjoint(forms) for forms in written)
    return line if keeps and adds and not invents else ""


def _stems(texts: Sequence[str]) -> frozenset[str]:
    """The stems of all words of the texts."""
    return stems_of(word for text in texts for word in split_words(text))


def _line(text: str) -> str:
    return " ".join(text.split())[:PROMPT_TURN_CHARACTERS].replace("<", "‹")
