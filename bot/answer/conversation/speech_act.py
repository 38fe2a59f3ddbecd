"""Tells what a line does: it asks the library, greets, thanks, asks about the bot, or wants more.

A logistic model over the vector and the characters of the whole line, so that "help with heating
costs" is a question and "help" is not. The vectors are those of the built-in multilingual model,
whichever model embeds the library. ``bench/fit_speech_acts.py`` fits it to lines in eight
languages. Knows nothing of libraries and of how a reply is worded.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import get_args

import numpy as np
import regex
from numpy.typing import NDArray

from bot.answer_records import BotTopic
from bot.embedding import encode_offline
from bot.text.identifiers import find_identifiers
from bot.text.question_words import is_question_word
from bot.text.scripts import UNSPACED
from bot.text.tokenize import split_words

Floats = NDArray[np.float32]
FILE = "speech_acts.npz"
MAX_WORDS = 14  # the longest line in the fit has 12; longer ones say more than small talk
MAX_CHARACTERS = 90
MAX_UNSPACED_CHARACTERS = 30  # without spaces between words
# From .55 to .65 none of 980 public questions is taken for small talk, and 73 of 75 lines are found
# (bench.small_talk).
MIN_PROBABILITY = 0.6
# Of a line about the bot after an answer: "and sign language?" asks of the museum.
MIN_PROBABILITY_IN_CONVERSATION = 0.85
MIN_PROBABILITY_OF_SUMMARY = 0.5  # it must also name articles, or nothing at all
DOUBT = regex.compile(r"^\s*(?P<opening>[^?？]{2,40}[?？])(?P<claim>[^?？]*\w[^?？]*)$")
LANGUAGE_BUCKETS = 2_048  # of hashed character n-grams


class SpeechAct(StrEnum):
    """What a line does."""

    QUESTION = "question"  # or anything else that the library may answer
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    ACKNOWLEDGE = "acknowledge"
    PRAISE = "praise"
    COMPLAINT = "complaint"
    INSULT = "insult"
    HELP = "help"
    IDENTITY = "identity"
    CHATTER = "chatter"
    LANGUAGES = "languages"
    PRIVACY = "privacy"
    HOW_ADD = "how_add"
    HOW_REMOVE = "how_remove"
    HOW_FIND = "how_find"
    HOW_SHARE = "how_share"
    HOW_ASK = "how_ask"
    MORE = "more"
    SHORTER = "shorter"
    WHO_SAYS = "who_says"
    SURE = "sure"
    TRANSLATE = "translate"
    OTHER_ONE = "other_one"
    SUMMARISE = "summarise"


ABOUT_TURN = frozenset(
    {
        SpeechAct.MORE,
        SpeechAct.SHORTER,
        SpeechAct.WHO_SAYS,
        SpeechAct.SURE,
        SpeechAct.TRANSLATE,
        SpeechAct.OTHER_ONE,
    }
)
"""They mean something only after an answer."""
ASKS_SHORT = frozenset({SpeechAct.SHORTER})
"""Of an article, "in short?" asks for a summary."""
BOT_TOPICS: tuple[BotTopic, ...] = get_args(BotTopic)
POLITENESS = frozenset(map(SpeechAct, ("greeting", "thanks", "goodbye", "acknowledge", "praise")))
SMALL_TALK = frozenset(map(SpeechAct, BOT_TOPICS))
"""They are about the bot, or mere politeness."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What a line does, and its language (ISO 639-1) if it is not a question."""

    act: SpeechAct
    language: str = ""

    @property
    def is_small_talk(self) -> bool:
        return self.act in SMALL_TALK

    @property
    def bot_topic(self) -> BotTopic | None:
        """What a line of small talk is about."""
        return next((topic for topic in BOT_TOPICS if topic == self.act), None)


QUESTION = ReadLine(SpeechAct.QUESTION)


@dataclass(frozen=True, slots=True)
class ActModel:
    """Weights (512 + bucket, act), intercepts (act), and weights of n-grams (bucket, language)."""

    acts: tuple[SpeechAct, ...]
    weights: Floats
    intercepts: Floats
    languages: tuple[str, ...]
    language_weights: Floats


def read_line(line: str, *, in_conversation: bool) -> ReadLine:
    """What a line does. Takes about 10 ms of CPU; the first call loads the model, in 1 s.

    Only ``in_conversation``, after an answer, it may be about what was said before. So is a doubt
    with its reason: "really? I thought it was 40".
    """
    doubt = DOUBT.match(line) if in_conversation else None
    if doubt and _claims(doubt["claim"]):
        read = read_line(doubt["opening"], in_conversation=True)
        if read.act is SpeechAct.SURE:
            return read
    if not is_short(line) or any(unit.writing == "code" for unit in find_identifiers(line)):
        return QUESTION  # "CVE-2026-20415" is no goodbye
    model = load_model()
    act = choose_act(act_probabilities(line, model), in_conversation=in_conversation)
    return QUESTION if act is SpeechAct.QUESTION else ReadLine(act, line_language(line, model))


def _claims(text: str) -> bool:
    """Whether a text does not open like a question."""
    return not any(map(is_question_word, split_words(text)[:2]))


def is_short(line: str) -> bool:
    """Whether a line is short enough to be anything but a question."""
    has_spaces = not UNSPACED.search(line)
    return len(line) <= (MAX_CHARACTERS if has_spaces else MAX_UNSPACED_CHARACTERS) and (
        len(line.split()) <= MAX_WORDS
    )


def act_probabilities(line: str, model: ActModel) -> dict[SpeechAct, float]:
    """The probability of each act."""
    features = np.concatenate([encode_offline([line.lower()])[0], ngram_counts(line)])
    scores = features @ model.weights + model.intercepts
    shares = np.exp(scores - scores.max())
    return dict(zip(model.acts, (shares / shares.sum()).tolist(), strict=True))


def choose_act(probabilities: dict[SpeechAct, float], *, in_conversation: bool) -> SpeechAct:
    """The likeliest act, if those of its kind are together likely enough; else a question."""
    about_turn = ABOUT_TURN if in_conversation else ASKS_SHORT
    for kind in (about_turn | {SpeechAct.SUMMARISE}, SMALL_TALK):
        best = max(kind, key=lambda act: probabilities[act])
        needed = _needed(best, in_conversation=in_conversation)
        if sum(probabilities[act] for act in kind) >= needed:
            return SpeechAct.QUESTION if best in ABOUT_TURN and not in_conversation else best
    return SpeechAct.QUESTION


def _needed(act: SpeechAct, *, in_conversation: bool) -> float:
    """The least probability of an act with those of its kind."""
    if act is SpeechAct.SUMMARISE:
        return MIN_PROBABILITY_OF_SUMMARY
    doubtful = in_conversation and act in SMALL_TALK - POLITENESS
    return MIN_PROBABILITY_IN_CONVERSATION if doubtful else MIN_PROBABILITY


def line_language(line: str, model: ActModel) -> str:
    """The likeliest of the languages that the model was fitted to."""
    scores = ngram_counts(line) @ model.language_weights
    return model.languages[int(scores.argmax())]


def ngram_counts(line: str) -> Floats:
    """The counts of a line's 1 to 4 neighbouring characters, by hash, as a unit vector."""
    text = f" {' '.join(line.lower().split())} "
    counts = np.zeros(LANGUAGE_BUCKETS, np.float32)
    for size in (1, 2, 3, 4):
        for i in range(len(text) - size + 1):
            counts[zlib.crc32(text[i : i + size].encode(errors="replace")) % LANGUAGE_BUCKETS] += 1
    return counts / np.float32(np.linalg.norm(counts))


@cache
def load_model() -> ActModel:
    """The fitted model, 150 kB."""
    path = resources.files("bot.answer.conversation").joinpath(FILE)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return ActModel(
            tuple(SpeechAct(str(name)) for name in arrays["acts"]),
            arrays["weights"].astype(np.float32),
            arrays["intercepts"].astype(np.float32),
            tuple(map(str, arrays["languages"])),
            arrays["language_weights"].astype(np.float32),
        )
