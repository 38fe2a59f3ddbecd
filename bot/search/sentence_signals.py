"""What a sentence shares with a question: the signals of answerability's stage 1.

Keywords that the sentence, what it must be read with, its title and the sentence before have; codes
and numbers; the type of answer; the form of the sentence. Each is in 0 … 1 (``no_such``: 0 … 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

import regex

from bot.records import CitableRange, Hit, StoredPassage
from bot.search.answer_type import answer_type_score, counted_similarity
from bot.search.query_terms import CACHED_QUESTIONS
from bot.search.question_analysis import AnalyzedQuestion, AnswerType
from bot.search.sentence_context import CELL, Context, Contexts, place_of
from bot.structure import ITEMS
from bot.text.dates import find_dates
from bot.text.folding import fold
from bot.text.language import detect_language
from bot.text.morphology import shares_prefix, stem_variants
from bot.text.pronouns import REFERS_BACK
from bot.text.row_calendar import calendar_words
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

LOW_TYPE_SCORE = 0.35  # just above a number with the wrong unit, or of something else
MIN_REST_WEIGHT = 0.2  # of the keywords that are not in the title; with less, none are missing
MIN_STATEMENT_WORDS = 3  # "Methods." and "Measure | Value" state nothing
SENTENCE_WORDS = 7
LEAST_NEWS = 0.17  # one word of six
MAX_RUN_WORDS = 5
MANY_WORDS = 40
MUCH_NEWS = 6
SENTENCE_END = regex.compile(r"[.!?…;。！？；।؟][^\p{L}]*$")  # not a byline or a table cell
TOKEN = regex.compile(r"[\p{L}\p{N}]+(?:[-./][\p{L}\p{N}]+)*")  # "4.1.2", "88p/aldermoor"
BETWEEN_THOUSANDS = regex.compile(
    r"(?<=\b\d{1,3}(?:[.,'\u00a0\u202f]\d{3})*)[.,'\u00a0\u202f](?=\d{3}\b)"
)
ORDINAL = regex.compile(r"(?<=(?<![\p{L}\p{N}-./])\d{1,3})(?:st|nd|rd|th|er|[eè]re|[eè]me)\b")
NAME_PART = regex.compile(r"\p{Lu}*\p{Ll}+|\p{Lu}+")
LONG_PASSAGE_WORDS = 250
MAX_MISSING_QUALIFIERS = 2
STOPS = (".", "!", "。")  # end a sentence, and no title
ELLIPSIS = "…"  # ends a title that was made from the first line of the text
CLEAR_MISMATCH = 2.0  # a missing statement or predecessor is obvious; the datasets have none
NUMERIC_TYPES = frozenset(
    {AnswerType.AGE, AnswerType.MONEY, AnswerType.YEAR, AnswerType.COUNT, AnswerType.QUANTITY}
    | {AnswerType.TIME_OF_DAY, AnswerType.PHONE_NUMBER}
)


class KeywordMatcher:
    """Finds which of the question's keywords (by index) a word matches, with a cache."""

    def __init__(self, question: AnalyzedQuestion):
        self.question = question
        self.weights = [keyword.weight for keyword in question.keywords]
        self._stems = [{*k.stems, ORDINAL.sub("", k.word)} for k in question.keywords]
        self._cache: dict[str, frozenset[int]] = {}

    def matches_in(self, text_words: Iterable[str]) -> frozenset[int]:
        """The keywords that any of the words matches."""
        return frozenset[int]().union(*map(self.matches, text_words))

    def matches(self, word: str) -> frozenset[int]:
        """The keywords that ``word`` matches: by stem, or in other languages by prefix."""
        if word not in self._cache:
            stems = stem_variants(word)
            by_prefix = not self.question.is_english
            self._cache[word] = frozenset(
                i
                for i, keyword in enumerate(self.question.keywords)
                if self._stems[i] & stems or (by_prefix and shares_prefix(word, keyword.word))
            )
        return self._cache[word]


class HitAnalysis:
    """Which of the question's keywords the title and each sentence of a hit contain."""

    def __init__(self, matcher: KeywordMatcher, hit: Hit, contexts: Contexts):
        self.matcher = matcher
        self.hit = hit
        passage = hit.passage
        self.contexts = [contexts.get(place_of(passage, s), ()) for s in passage.sentences]
        self.context_matches = [self._matches_of(context) for context in self.contexts]
        self.language = detect_language(passage.text)
        self.sentence_texts = [passage.quote(sentence) for sentence in passage.sentences]
        self.sentence_words = [split_words(text) for text in self.sentence_texts]
        self.sentence_matches = [self._matches_in(i) for i in range(len(passage.sentences))]
        title = split_words(_title_and_heading(passage))
        self.title_words = {word for word in title if word not in FUNCTION_WORDS}
        self.title_matches = matcher.matches_in(self.title_words)
        own_title = split_words(given_title(passage))
        self.own_title_matches = matcher.matches_in(own_title) & self.title_matches
        self.all_matches = self.title_matches.union(*self.sentence_matches, *self.context_matches)

    def _matches_in(self, i: int) -> frozenset[int]:
        """The keywords that sentence ``i`` says; a row says "Sunday" with "Sun", too."""
        is_row = self.hit.passage.sentences[i].kind == "table_row"
        more = calendar_words(self.sentence_texts[i]) if is_row else ()
        return self.matcher.matches_in((*self.sentence_words[i], *more))

    def _matches_of(self, context: Context) -> frozenset[int]:
        """The keywords that a sentence's context lends it."""
        return self.matcher.matches_in(chain.from_iterable(map(context_words, context)))

    def text_around(self, i: int) -> str:
        """Sentence ``i`` with its title and all that it must be read with."""
        passage = self.hit.passage
        return " ".join(
            [passage.title, *(c.text for c in self.contexts[i]), self.sentence_texts[i]]
        )

    def is_by_speaker(self, i: int) -> bool:
        """Whether sentence ``i`` was written by the one whose statement is asked for."""
        bylines = (c for c in self.contexts[i] if c.kind == "byline")
        names = set(chain.from_iterable(map(context_words, bylines)))
        return not names.isdisjoint(self.matcher.question.speaker_words)

    def label_signal(self, i: int) -> float:
        """The share of the words in a row's first cell that the question has, too."""
        if self.hit.passage.sentences[i].kind != "table_row":
            return 0.0
        label = self.sentence_texts[i].split(CELL)[0]
        words = split_words(label)
        if self.matcher.matches_in(calendar_words(label)):
            return 1.0
        return sum(bool(self.matcher.matches(word)) for word in words) / max(1, len(words))

    def news_signal(self, i: int) -> float:
        """How many words it has that are neither in title and author nor of a date."""
        passage, text = self.hit.passage, self.sentence_texts[i]
        for day in reversed(find_dates(text)):
            text = text[: day.start] + text[day.end :]
        not_news = self.title_words.union(split_words(passage.author or ""), FUNCTION_WORDS)
        words = (word for word in split_words(text) if len(word) > 1 or not word.isascii())
        news = [word for word in words if word not in not_news and not word.isdigit()]
        return min(len(news), MUCH_NEWS) / MUCH_NEWS

    def states_something(self, i: int) -> bool:
        """Whether sentence ``i`` says something by itself, or with what it must be read with.

        It is no repetition of a title, unless that was made from this very sentence, and no line
        with a name and a date, unless the heading of its section says what is on that day.
        """
        own_words = self.sentence_words[i]
        if not any(len(word) > 1 or not word.isascii() for word in own_words):
            return False
        if any(part.kind != "heading" for part in self.contexts[i]):
            return True
        passage = self.hit.passage
        if passage.sentences[i].kind in ITEMS:
            return True
        title_words = {*split_words(given_title(passage)), *split_words(passage.heading)}
        if len(own_words) < MIN_STATEMENT_WORDS or title_words.issuperset(own_words):
            return False
        is_sentence = SENTENCE_END.search(self.sentence_texts[i])
        is_count = own_words[0].isdigit() and self.news_signal(i) > 0  # "2,140 spectators."
        if is_sentence and (is_count or len(own_words) >= SENTENCE_WORDS):
            return True
        return self.news_signal(i) > LEAST_NEWS or self._is_in_section(i)

    def _is_in_section(self, i: int) -> bool:
        """Whether sentence ``i`` stands under a heading that is not the article's title."""
        title = self.hit.passage.title
        return any(c.kind == "heading" and c.text != title for c in self.contexts[i])

    def unfinished_signal(self, i: int) -> float:
        """1 for a line without the end of a sentence that is no row, item or reply."""
        is_line = self.hit.passage.sentences[i].kind == "paragraph"
        is_reply = any(part.kind == "question" for part in self.contexts[i])
        return float(is_line and not is_reply and not SENTENCE_END.search(self.sentence_texts[i]))

    def reply_signals(self, i: int) -> dict[str, float]:
        """How well sentence ``i``'s question matches the one asked, and how early it replies."""
        question = next((c for c in self.contexts[i] if c.kind == "question"), None)
        if question is None:
            return {"reply": 0.0, "first_reply": 0.0}
        words = {word for word in split_words(question.text) if word not in FUNCTION_WORDS}
        matching = [word for word in words if self.matcher.matches(word)]
        recall = _weighted_share(self.matcher.matches_in(words), self.matcher.weights)
        precision = len(matching) / max(1, len(words))
        earlier = sum(question in context for context in self.contexts[:i])
        agreement = 2 * recall * precision / max(recall + precision, 1e-9)
        return {"reply": agreement, "first_reply": 1 / (1 + earlier)}

    def shared_signals(self) -> dict[str, float]:
        """The signals that all of its sentences share."""
        weights = self.matcher.weights
        matching = sum(bool(self.matcher.matches(word)) for word in self.title_words)
        rest = frozenset(range(len(weights))) - self.title_matches
        length = sum(map(len, self.sentence_words))
        return {
            "meaning": self.hit.cosine,
            "titled": _weighted_share(self.own_title_matches, weights),  # in the article's title
            "named": matching / max(1, len(self.title_words)),  # title words that are keywords
            "rest": _weighted_share(self.all_matches & rest, weights, of=rest),  # only in the text
            "long": min(length, LONG_PASSAGE_WORDS) / LONG_PASSAGE_WORDS,
        }

    def previous_sentence_signal(self, i: int) -> float:
        """The share of keywords that only the sentence before has; half without a pronoun."""
        if not i:
            return 0.0
        added = self.sentence_matches[i - 1] - self.sentence_matches[i]
        factor = 1.0 if REFERS_BACK.search(self.sentence_texts[i]) else 0.5
        return _weighted_share(added, self.matcher.weights) * factor


def sentence_signals(
    analysis: HitAnalysis, i: int, idf_weights: Sequence[float]
) -> dict[str, float]:
    """The signals of sentence ``i`` alone, each in 0 … 1 (``no_such``: 0 … 2)."""
    question, weights = analysis.matcher.question, analysis.matcher.weights
    matches, lent = analysis.sentence_matches[i], analysis.context_matches[i]
    title_matches = analysis.title_matches | lent
    sentence_words = analysis.sentence_words[i]
    is_row = analysis.hit.passage.sentences[i].kind == "table_row"
    type_score = answer_type_score(question, analysis.sentence_texts[i])
    if analysis.is_by_speaker(i):
        type_score = 1.0
    has_unit_in_header = is_row and _may_be_cell(question, sentence_words)
    is_low = type_score is not None and type_score < LOW_TYPE_SCORE
    mismatch = float(is_low and not has_unit_in_header)
    certainty = _mismatch_certainty(question, type_score)
    missing = sum(word not in sentence_words for word in question.qualifiers)
    run = _longest_shared_run(question.words, sentence_words)
    return {
        # keywords in the sentence; the same weighted by idf, without and with those in the title
        "own": _weighted_share(matches, weights),
        "rare_own": _weighted_share(matches, idf_weights),
        "rare_titled": _weighted_share(matches | title_matches, idf_weights),
        # keywords that only the sentence before has, and that only the title has
        "before": analysis.previous_sentence_signal(i),
        "title": _weighted_share(title_matches - matches, weights),
        "lent": _weighted_share(lent - matches, weights),
        "alone": _weighted_share(matches - title_matches, weights),
        **_missing_signals(analysis, matches | title_matches),
        **analysis.reply_signals(i),
        **_code_signals(question, analysis.text_around(i)),
        "label": analysis.label_signal(i),
        "news": analysis.news_signal(i),
        "states": float(analysis.states_something(i)),
        "unfinished": analysis.unfinished_signal(i),
        "row": float(is_row),
        "item": float(analysis.hit.passage.sentences[i].kind == "list_item"),
        "words": min(len(sentence_words), MANY_WORDS) / MANY_WORDS,
        "run": min(run, MAX_RUN_WORDS) / MAX_RUN_WORDS,
        # a type mismatch that is certain, and one that is not
        "no_such": mismatch * certainty,
        "missed": mismatch * (not certainty),
        "similar_noun": counted_similarity(question, analysis.sentence_texts[i]) * mismatch,
        "unqualified": min(missing, MAX_MISSING_QUALIFIERS) / MAX_MISSING_QUALIFIERS,
        "noun": float(any(stem_variants(word) & question.noun_stems for word in sentence_words)),
    }


def _missing_signals(analysis: HitAnalysis, matches: frozenset[int]) -> dict[str, float]:
    """The weight of the heaviest keyword that is said neither here nor anywhere in the passage."""
    weights = analysis.matcher.weights
    here = [weight for i, weight in enumerate(weights) if i not in matches]
    in_passage = [weight for i, weight in enumerate(weights) if i not in analysis.all_matches]
    return {"unsaid_here": max(here, default=0.0), "unsaid": max(in_passage, default=0.0)}


def _code_signals(question: AnalyzedQuestion, text: str) -> dict[str, float]:
    """The shares of the question's codes (6b, 4.1.2, CVE-…) and of its numbers that are unsaid."""
    text_tokens = _tokens(text)
    codes, numbers = _codes_and_numbers(question.text)
    return {
        "code_unsaid": len(codes - text_tokens) / max(1, len(codes)),
        "number_unsaid": len(numbers - text_tokens) / max(1, len(numbers)),
    }


@lru_cache(CACHED_QUESTIONS)
def _codes_and_numbers(question: str) -> tuple[frozenset[str], frozenset[str]]:
    tokens = _tokens(question)
    numbers = frozenset(token for token in tokens if token.isdigit())
    codes = frozenset(token for token in tokens - numbers if any(map(str.isdigit, token)))
    return codes, numbers


def _tokens(text: str) -> set[str]:
    """The folded words, codes and numbers of a text; 1,140 and 1.140 are 1140, and 10th is 10."""
    return set(TOKEN.findall(fold(ORDINAL.sub("", BETWEEN_THOUSANDS.sub("", text.lower())))))


def _may_be_cell(question: AnalyzedQuestion, row_words: Sequence[str]) -> bool:
    """Whether a number is asked for and a row has one; what it measures stands in its header."""
    has_digit = any(any(map(str.isdigit, word)) for word in row_words)
    return question.answer_type in NUMERIC_TYPES and has_digit


def _mismatch_certainty(question: AnalyzedQuestion, type_score: float | None) -> float:
    """How certain it is that a sentence with a low type score does not answer.

    A number of something else may count the same in other words; that is known only in English.
    """
    asks_for_neighbour = question.answer_type is AnswerType.PERSON and question.neighbour_words
    if question.answer_type is AnswerType.STATEMENT or asks_for_neighbour:
        return CLEAR_MISMATCH
    if question.answer_type is AnswerType.COUNT and not question.is_english and type_score:
        return 0.0
    return float(question.answer_type in NUMERIC_TYPES)


def _weighted_share(
    matches: frozenset[int], weights: Sequence[float], of: frozenset[int] | None = None
) -> float:
    """The weight of the matched keywords, as a share of all keywords, or of the keywords ``of``.

    If there is nothing to match, 0, or 1 with ``of``.
    """
    total = sum(weights) if of is None else sum(weights[i] for i in of)
    if total <= MIN_REST_WEIGHT:
        return 1.0 if of is not None else 0.0
    return sum(weights[i] for i in matches) / total


def context_words(part: CitableRange) -> list[str]:
    """The words of what a sentence must be read with; of names, their parts: "VoltVera62"."""
    words = split_words(part.text)
    if part.kind == "byline":
        words += split_words(" ".join(NAME_PART.findall(part.text)))
    return words


def _longest_shared_run(question: Sequence[str], sentence: Sequence[str]) -> int:
    """How many content words the longest run of words has that both contain."""
    longest = 0
    run_lengths: dict[int, int] = {}  # by the index in the sentence at which a run ends
    shared = set(question).intersection(sentence)
    for word in question:
        if word in shared:
            is_content = int(word not in FUNCTION_WORDS)
            indices = [i for i, other in enumerate(sentence) if other == word]
            run_lengths = {i: run_lengths.get(i - 1, 0) + is_content for i in indices}
            longest = max(longest, *run_lengths.values())
        else:
            run_lengths = {}
    return longest


def _title_and_heading(passage: StoredPassage) -> str:
    """Title and heading, without a title that was made from the beginning of the text."""
    return f"{given_title(passage)} {passage.heading}"


def given_title(passage: StoredPassage) -> str:
    """The title, unless it was made from the text of an article that has none."""
    title = passage.title
    is_made = title.endswith(ELLIPSIS) or (title.endswith(STOPS) and title in passage.text)
    return "" if is_made else title
