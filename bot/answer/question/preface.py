"""Finds the question in a message that tells a story first, or remarks on it behind.

The longer a question, the less of it any passage shares. So of a long message only the sentences
that ask are searched for, each with the topic of the sentences before it if it refers back ("Do
they offer it in sign language?"). Pure functions.
"""

from __future__ import annotations

import regex

from bot.answer.question.follow_up import FollowUpKind, classify_follow_up
from bot.answer.question.parts import OPENS_WITH_VERB
from bot.answer.question.rewrite import topic_words
from bot.text.lazy_pattern import lazy_pattern
from bot.text.morphology import word_weight
from bot.text.question_words import QUESTION_WORDS
from bot.text.scripts import UNSPACED
from bot.text.sentences import split_sentences
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

MIN_CHARACTERS = 160  # a shorter message is a question as a whole
MIN_CHARACTERS_UNSPACED = 60  # in scripts without spaces, which say more in a character
MAX_QUESTIONS = 4  # of a message that are answered: the last ones
MAX_CONTEXT_WORDS = 6
MIN_CONTEXT_WEIGHT = 0.7  # of a word: "museum" has .74, "thought" .3
SENTENCE_END = lazy_pattern(r"(?<=[.!?…:;])\s+|(?<=[。！？])")
ASKS = lazy_pattern(r"[?？]\W*$")
OPENS_WITH_QUESTION_WORD = lazy_pattern(
    rf"^\W*(?:(?:and|so|but|und|y|et|e|also) )?(?:{'|'.join(QUESTION_WORDS)})\b", regex.IGNORECASE
)
ADDRESS_END = lazy_pattern(r"[,!] +")
MAX_ADDRESS_WORDS = 4
JAPANESE_QUESTION = lazy_pattern(r"(?:か|の|かな|でしょうか)[。?？]?$")


def without_preface(question: str) -> str:
    """The sentences of a long message that ask something; a short one as it is.

    As it is, too, if none asks.
    """
    if len(question) < (MIN_CHARACTERS_UNSPACED if UNSPACED.search(question) else MIN_CHARACTERS):
        return question
    sentences = [sentence for sentence in SENTENCE_END.split(question) if sentence.strip()]
    asking = [i for i, sentence in enumerate(sentences) if ASKS.search(sentence)]
    asking = asking or [i for i, sentence in enumerate(sentences) if _asks(sentence)]
    if not asking:
        return question
    asking = asking[-MAX_QUESTIONS:]
    parts = (_with_context(sentences[i], sentences[:i]) for i in asking)
    return " ".join(dict.fromkeys(parts))


def without_remark(question: str) -> str:
    """The question without what is only said behind its last question mark.

    As it is if what asks is not about anything by itself.
    """
    end = question.rfind("?") + 1
    whole, remark = question[:end], question[end:]
    if not remark.strip() or _asks(remark):
        return question
    follow_up = classify_follow_up(whole)
    return whole if follow_up.kind is FollowUpKind.STANDALONE else question


def asking_sentences(question: str) -> str:
    """The sentences that ask, without whom they speak to ("Hi Ada, …").

    The question as it is if none asks, or if one is not about anything by itself.
    """
    sentences = [question[s.start : s.end] for s in split_sentences(question)]
    asking = [s for s in sentences if ASKS.search(s)] or [s for s in sentences if _asks(s)]
    asking = [_without_address(sentence) for sentence in asking]
    is_whole = all(classify_follow_up(s).kind is FollowUpKind.STANDALONE for s in asking)
    return " ".join(asking) if asking and is_whole else question


def _without_address(sentence: str) -> str:
    """The sentence without words before a comma that speak to somebody; "In Paris, …" has a
    function word, and in "Paris, where is it?" what follows is about nothing by itself."""
    for match in ADDRESS_END.finditer(sentence):
        words, rest = split_words(sentence[: match.start()]), sentence[match.end() :]
        if len(words) > MAX_ADDRESS_WORDS or not FUNCTION_WORDS.isdisjoint(words):
            break
        is_question = _asks(rest) or OPENS_WITH_VERB.match(rest)
        if is_question and classify_follow_up(rest).kind is FollowUpKind.STANDALONE:
            return rest
    return sentence


def _asks(sentence: str) -> bool:
    return bool(OPENS_WITH_QUESTION_WORD.search(sentence) or JAPANESE_QUESTION.search(sentence))


def _is_rare(word: str) -> bool:
    return word_weight(word.lower()) >= MIN_CONTEXT_WEIGHT


def _with_context(sentence: str, before: list[str]) -> str:
    """A sentence, with the topic words of those before it if it refers back to them."""
    sentence = sentence.strip()
    if classify_follow_up(sentence).kind is FollowUpKind.STANDALONE or not before:
        return sentence
    words: list[str] = []
    for earlier in reversed(before):
        words += [word for word in topic_words(earlier) if word not in words and _is_rare(word)]
        if len(words) >= MAX_CONTEXT_WORDS:
            break
    end = regex.search(r"[\s?？!.]*$", sentence)
    bare = sentence[: end.start()] if end else sentence
    return f"{bare} ({' '.join(words[:MAX_CONTEXT_WORDS])})?" if words else sentence
