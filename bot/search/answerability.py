"""Score how likely each sentence of the hits answers the question, and whether any does.

A sentence's log odds are log(P(it answers) / P(nothing answers)), by a linear model of its signals.
Summed over the sentences they give the probability that the hits answer the question at all
(``answer_probability``). In English the best sentences are rescored by meaning
(``sentence_rerank``). No signal depends on the library's word statistics, so a library of one
article is judged like any other. What a sentence must be read with (``sentence_context``) lends it
its words; headings and questions themselves are no candidates. Hits in another language than the
question are judged by cosine. Of retrieval this module knows only the hits' cosines and order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from math import exp, log
from statistics import median

import regex

from bot.records import Candidate, Hit, StoredPassage
from bot.search.answer_type import answer_type_score
from bot.search.answerability_model import STAGE_1, load_model
from bot.search.question_analysis import AnalyzedQuestion, AnswerType, analyze
from bot.search.rerank import TokenSimilarities
from bot.search.sentence_context import CELL, Context, Contexts, may_answer, place_of
from bot.search.sentence_rerank import rerank_sentences, select_candidates
from bot.text.dates import find_dates
from bot.text.folding import fold
from bot.text.language import ENGLISH, UNDETERMINED, detect_language, differs
from bot.text.morphology import shares_prefix, stem_variants
from bot.text.pronouns import REFERS_BACK
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import split_words

# A logistic function of a foreign hit's cosine, set by hand. For questions in five languages over
# English articles a cosine of .3 is usual, and .2 if nothing answers. It errs towards answering:
# even then the closest sentences are of some use.
FOREIGN_SLOPE = 25.0
FOREIGN_MIDPOINT = 0.2
SCORED_HITS = 12
DECIDING_SENTENCES = 4  # more of them make decisions worse, though not the choice
LOW_TYPE_SCORE = 0.35  # just above a number with the wrong unit, or of something else
MIN_REST_WEIGHT = 0.2  # of the keywords that are not in the title; with less, none are missing
MAX_RUN_WORDS = 5
MANY_WORDS = 40
MUCH_NEWS = 6
SENTENCE_END = regex.compile(r"[.!?…;。！？；।؟][^\p{L}]*$")  # not a byline or a table cell
TOKEN = regex.compile(r"[\p{L}\p{N}]+(?:[-./][\p{L}\p{N}]+)*")  # "4.1.2", "88p/aldermoor"
LONG_PASSAGE_WORDS = 250
MAX_MISSING_QUALIFIERS = 2
NO_CONTEXTS: Contexts = {}
STOPS = (".", "!", "。")  # end a sentence, and no title
ELLIPSIS = "…"  # ends a title that was made from the first line of the text
NUMERIC_TYPES = frozenset(
    {AnswerType.AGE, AnswerType.MONEY, AnswerType.YEAR, AnswerType.COUNT, AnswerType.QUANTITY}
)
CLEAR_MISMATCH = 2.0  # a missing statement or predecessor is obvious; the datasets have none
CAPITALIZED_NAME = regex.compile(r"(?<=\p{L},? )\p{Lu}\p{Ll}{2,}(?!\S*\p{N})")


def answer_probability(candidates: Sequence[Candidate]) -> float:
    """The probability, 0 … 1, that one of the best sentences answers."""
    best = sorted(candidates, key=lambda candidate: -candidate.log_odds)[:DECIDING_SENTENCES]
    return 1 / (1 + exp(-combined_log_odds(best))) if best else 0.0


def combined_log_odds(candidates: Sequence[Candidate]) -> float:
    """The log of the sum of the candidates' odds (log-sum-exp). At least one candidate."""
    highest = max(candidate.log_odds for candidate in candidates)
    return highest + log(sum(exp(candidate.log_odds - highest) for candidate in candidates))


def score_sentences(
    question: AnalyzedQuestion, hits: Sequence[Hit], contexts: Contexts = NO_CONTEXTS
) -> tuple[Candidate, ...]:
    """The most likely sentences of the first ``SCORED_HITS`` hits, in order, by both stages."""
    candidates = score_sentences_stage_1(question, hits, contexts)
    english = is_english(question.text, hits, candidates)
    selected = select_candidates(candidates, english=english)
    return rerank_sentences(question.text, selected, {}, english=english)


def score_sentences_stage_1(
    question: AnalyzedQuestion, hits: Sequence[Hit], contexts: Contexts = NO_CONTEXTS
) -> tuple[Candidate, ...]:
    """The sentences of the first ``SCORED_HITS`` hits that may answer, in order.

    They are scored by the stage 1 model.
    """
    matcher = _KeywordMatcher(question)
    analyses = [_HitAnalysis(matcher, hit, contexts) for hit in hits[:SCORED_HITS]]
    nearness = _nearness(question, analyses)
    idf_weights = _idf_weights(question, analyses)
    median_cosine = median(analysis.hit.cosine for analysis in analyses) if analyses else 0.0
    foreign_hits = sum(differs(question.language, analysis.language) for analysis in analyses)
    unnamed = float(_missing_entity(question, analyses))
    candidates: list[Candidate] = []
    for rank, analysis in enumerate(analyses, 1):
        ahead = analysis.hit.cosine - median_cosine
        hit_signals = {"ahead": ahead, "rank": 1 / rank, "unnamed": unnamed}
        scored = _score_hit(analysis, idf_weights, hit_signals, nearness[rank - 1])
        if differs(question.language, analysis.language):
            scored = _score_foreign(list(scored), analysis.hit.cosine, foreign_hits)
        candidates += scored
    return tuple(_compare_languages(candidates))


def _compare_languages(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """The candidates; foreign ones know how well the best native one covers the question."""
    native = max((c.signals["rare_titled"] for c in candidates if not c.is_foreign), default=0.0)
    for candidate in candidates:
        signals = {**candidate.signals, "native": native if candidate.is_foreign else 0.0}
        yield replace(candidate, signals=signals)


def is_english(question: str, hits: Sequence[Hit], candidates: Sequence[Candidate]) -> bool:
    """Whether question and text are in English.

    A question in Latin letters of undetermined language counts if a sentence has a keyword of it.
    """
    language = analyze(question).language
    shares_word = any(candidate.signals.get("own") for candidate in candidates)
    hit_languages = (detect_language(hit.passage.text) for hit in hits[:SCORED_HITS])
    may_be_english = (language == ENGLISH or shares_word) and not differs(language, ENGLISH)
    return may_be_english and ENGLISH in hit_languages


def _missing_entity(question: AnalyzedQuestion, analyses: Sequence[_HitAnalysis]) -> bool:
    """Whether an English question has a name that no hit mentions.

    False if a hit is in another script, which may spell the name differently.
    """
    names = {word for name in CAPITALIZED_NAME.findall(question.text) for word in split_words(name)}
    if not names or not question.is_english:
        return False
    if any(differs(UNDETERMINED, analysis.language) for analysis in analyses):
        return False
    texts = [fold(analysis.hit.passage.text.lower()) for analysis in analyses]
    matched = frozenset[int]().union(*(analysis.all_matches for analysis in analyses))
    return any(
        keyword.word in names
        and i not in matched
        and not any(keyword.word in text for text in texts)  # "Eiffelturm"
        for i, keyword in enumerate(question.keywords)
    )


def _nearness(question: AnalyzedQuestion, analyses: Sequence[_HitAnalysis]) -> list[list[float]]:
    """By hit and sentence, how similar its words are to those of the question, 0 … 1."""
    if not analyses:
        return []
    similar = TokenSimilarities.of(question.text, [each.hit.passage for each in analyses])
    by_sentence = (similar.weights @ similar.sentences).tolist()
    ends = similar.sentence_counts.cumsum().tolist()
    return [by_sentence[start:end] for start, end in pairwise([0, *ends])]


def _score_foreign(
    candidates: Sequence[Candidate], cosine: float, foreign_hits: int
) -> Iterator[Candidate]:
    """The sentences of one hit, each equally likely; together as likely as its cosine says."""
    log_share = log(foreign_hits * max(1, len(candidates)))
    log_odds = FOREIGN_SLOPE * (cosine - FOREIGN_MIDPOINT) - log_share
    for candidate in candidates:
        yield replace(candidate, log_odds=log_odds, is_foreign=True)


def _idf_weights(question: AnalyzedQuestion, analyses: Sequence[_HitAnalysis]) -> list[float]:
    """Each keyword's weight times its idf among the hits."""
    counts = [sum(i in a.all_matches for a in analyses) for i in range(len(question.keywords))]
    return [
        keyword.weight * log(1 + (len(analyses) - count + 0.5) / (count + 0.5))
        for keyword, count in zip(question.keywords, counts, strict=True)
    ]


class _KeywordMatcher:
    """Finds which of the question's keywords (by index) a word matches, with a cache."""

    def __init__(self, question: AnalyzedQuestion):
        self.question = question
        self.weights = [keyword.weight for keyword in question.keywords]
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
                if keyword.stems & stems or (by_prefix and shares_prefix(word, keyword.word))
            )
        return self._cache[word]


class _HitAnalysis:
    """Which of the question's keywords the title and each sentence of a hit contain."""

    def __init__(self, matcher: _KeywordMatcher, hit: Hit, contexts: Contexts):
        self.matcher = matcher
        self.hit = hit
        passage = hit.passage
        self.contexts = [contexts.get(place_of(passage, s), ()) for s in passage.sentences]
        self.context_matches = [self._matches_of(context) for context in self.contexts]
        self.language = detect_language(passage.text)
        self.sentence_texts = [passage.quote(sentence) for sentence in passage.sentences]
        self.sentence_words = [split_words(text) for text in self.sentence_texts]
        self.sentence_matches = [matcher.matches_in(each) for each in self.sentence_words]
        title = split_words(_title_and_heading(passage))
        self.title_words = {word for word in title if word not in FUNCTION_WORDS}
        self.title_matches = matcher.matches_in(self.title_words)
        own_title = split_words(given_title(passage))
        self.own_title_matches = matcher.matches_in(own_title) & self.title_matches
        self.all_matches = self.title_matches.union(*self.sentence_matches, *self.context_matches)

    def _matches_of(self, context: Context) -> frozenset[int]:
        """The keywords that a sentence's context lends it."""
        return self.matcher.matches_in(chain.from_iterable(split_words(c.text) for c in context))

    def text_around(self, i: int) -> str:
        """Sentence ``i`` with its title and all that it must be read with."""
        passage = self.hit.passage
        return " ".join(
            [passage.title, *(c.text for c in self.contexts[i]), self.sentence_texts[i]]
        )

    def label_signal(self, i: int) -> float:
        """The share of the words in a row's first cell that the question has, too."""
        if self.hit.passage.sentences[i].kind != "table_row":
            return 0.0
        words = split_words(self.sentence_texts[i].split(CELL)[0])
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


def _score_hit(
    analysis: _HitAnalysis,
    idf_weights: Sequence[float],
    hit_signals: Mapping[str, float],
    nearness: Sequence[float],
) -> Iterator[Candidate]:
    """The hit's sentences that may answer, with their signals and stage 1 log odds."""
    shared = {**hit_signals, **analysis.shared_signals()}
    passage = analysis.hit.passage
    for i, sentence in enumerate(passage.sentences):
        if may_answer(sentence, analysis.sentence_texts[i]):
            signals = {**shared, **_sentence_signals(analysis, i, idf_weights), "near": nearness[i]}
            log_odds = load_model(STAGE_1).log_odds(signals)
            yield Candidate(passage, sentence, log_odds, signals, context=analysis.contexts[i])


def _sentence_signals(
    analysis: _HitAnalysis, i: int, idf_weights: Sequence[float]
) -> dict[str, float]:
    """The signals of sentence ``i`` alone, each in 0 … 1 (``no_such``: 0 … 2)."""
    question, weights = analysis.matcher.question, analysis.matcher.weights
    matches, lent = analysis.sentence_matches[i], analysis.context_matches[i]
    title_matches = analysis.title_matches | lent
    sentence_words = analysis.sentence_words[i]
    type_score = answer_type_score(question, analysis.sentence_texts[i])
    mismatch = float(type_score is not None and type_score < LOW_TYPE_SCORE)
    certainty = _mismatch_certainty(question)
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
        "unfinished": analysis.unfinished_signal(i),
        "row": float(analysis.hit.passage.sentences[i].kind == "table_row"),
        "item": float(analysis.hit.passage.sentences[i].kind == "list_item"),
        "words": min(len(sentence_words), MANY_WORDS) / MANY_WORDS,
        "run": min(run, MAX_RUN_WORDS) / MAX_RUN_WORDS,
        # a type mismatch that is certain, and one that is not
        "no_such": mismatch * certainty,
        "missed": mismatch * (not certainty),
        "unqualified": min(missing, MAX_MISSING_QUALIFIERS) / MAX_MISSING_QUALIFIERS,
        "noun": float(any(stem_variants(word) & question.noun_stems for word in sentence_words)),
    }


def _missing_signals(analysis: _HitAnalysis, matches: frozenset[int]) -> dict[str, float]:
    """The weight of the heaviest keyword that is said neither here nor anywhere in the passage."""
    weights = analysis.matcher.weights
    here = [weight for i, weight in enumerate(weights) if i not in matches]
    in_passage = [weight for i, weight in enumerate(weights) if i not in analysis.all_matches]
    return {"unsaid_here": max(here, default=0.0), "unsaid": max(in_passage, default=0.0)}


def _code_signals(question: AnalyzedQuestion, text: str) -> dict[str, float]:
    """The shares of the question's codes (6b, 4.1.2, CVE-…) and of its numbers that are unsaid."""
    text_tokens = set(TOKEN.findall(fold(text.lower())))
    tokens = set(TOKEN.findall(fold(question.text.lower())))
    numbers = {token for token in tokens if token.isdigit()}
    codes = {token for token in tokens - numbers if any(map(str.isdigit, token))}
    return {
        "code_unsaid": len(codes - text_tokens) / max(1, len(codes)),
        "number_unsaid": len(numbers - text_tokens) / max(1, len(numbers)),
    }


def _mismatch_certainty(question: AnalyzedQuestion) -> float:
    """How certain it is that a sentence with a low type score does not answer."""
    asks_for_neighbour = question.answer_type is AnswerType.PERSON and question.neighbour_words
    if question.answer_type is AnswerType.STATEMENT or asks_for_neighbour:
        return CLEAR_MISMATCH
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
