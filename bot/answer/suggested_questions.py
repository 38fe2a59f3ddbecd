"""Up to three questions that an article answers, for whoever has just added it.

They are made from what the article itself asks (a FAQ), from its headings, and from the names it
says most often; a model may propose others. Each is tried first: only one that quotes of this
article answer is suggested. Trying asks no model, keeps nothing and counts as no question.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

import regex

from bot.answer.extractive import pick_quotes
from bot.answer.request_queue import RequestQueue
from bot.answer.writing.completion import CompletionModel, complete
from bot.embedding import Embedder
from bot.errors import ModelError
from bot.records import Article, Scope, StoredPassage
from bot.search.retrieve import search
from bot.store.protocols import Library
from bot.structure import HEADING_SEPARATOR
from bot.text.language import detect_language
from bot.text.names import NAME
from bot.text.pronouns import REFERS_BACK
from bot.text.question_words import QUESTION_WORDS
from bot.text.scripts import UNSPACED

log = logging.getLogger(__name__)

MAX_SUGGESTIONS = 3
PROMPT_CHARACTERS = 6_000
PROPOSE_TOKENS = 200
PROPOSE_S = 20.0  # the card is there already, and changes once more
MAX_TRIED = 8  # some 30 ms each on a core of its own
QUESTION_CHARACTERS = 80  # of a button's label
PASSAGES_READ = 12
# Probability that the quotes answer, higher than for a question that somebody really asks.
MIN_ANSWERABILITY = 0.5
ASKING_KINDS = ("heading", "question")  # a quote of the question itself is no answer
# In the article's language, not the reader's: a question in another one is found less well.
ABOUT = {
    "en": "What about {topic}?",
    "de": "Was ist mit {topic}?",
    "fr": "Qu’en est-il de {topic} ?",
    "es": "¿Qué hay de {topic}?",
    "pt": "E quanto a {topic}?",
    "it": "Che cosa si dice di {topic}?",
    "nl": "Hoe zit het met {topic}?",
}
ANY_LANGUAGE = "{topic}?"
_OWN_QUESTION = regex.compile(r"^[\p{Lu}\p{Lo}¿][^\n?？]{8,78}[?？]$", regex.MULTILINE)
_NAME_INSIDE = regex.compile(rf"(?<=[\p{{Ll}},;] )(?:{NAME})")
_ASKS = regex.compile(rf"(?:{'|'.join(QUESTION_WORDS)})\b", regex.IGNORECASE)
_LIST_MARK = regex.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s*")
_NUMBERED = regex.compile(r"^[\d.()]+\s+")


async def propose_questions(
    article: Article, passages: Sequence[StoredPassage], model: CompletionModel
) -> list[str]:
    """Questions that a model makes of the article's beginning; none if it fails."""
    text = "\n".join(passage.text for passage in passages)[:PROMPT_CHARACTERS]
    title = " ".join(article.title.split())
    prompt = model.prompts.suggest.render(title=_fenced(title), text=_fenced(text))
    deadline = asyncio.get_running_loop().time() + PROPOSE_S
    try:
        reply = await complete(
            model,
            [{"role": "user", "content": prompt}],
            PROPOSE_TOKENS,
            max_characters=MAX_TRIED * QUESTION_CHARACTERS,
            deadline=deadline,
        )
    except ModelError as error:
        log.warning("questions about an article without the model: %s", error.message)
        return []
    lines = (_LIST_MARK.sub("", line).strip() for line in reply.splitlines())
    return [line for line in lines if line.endswith(("?", "？"))]


def _fenced(text: str) -> str:
    """The text without what could end the fence around it."""
    return text.replace("<", "‹").replace(">", "›").replace('"', "”")


async def suggest_questions(
    article: Article,
    passages: Sequence[StoredPassage],
    library: Library,
    scope: Scope,
    embedder: Embedder,
    searches: RequestQueue,
    *,
    proposed: Sequence[str] = (),
    shown_quotes: Collection[str] = (),
) -> tuple[str, ...]:
    """The first of the proposed and of the article's own questions that its quotes answer.

    Each is tried when it is its turn in ``searches``: people who ask don't wait for all of them.
    ``shown_quotes``: quotes that the reader has seen; a question that they answer is left out.
    """
    own_questions = await asyncio.to_thread(lambda: list(_candidates(article, passages)))
    questions = dict.fromkeys(filter(_stands_alone, (*proposed, *own_questions)))
    suggested: list[str] = []
    for question in list(questions)[:MAX_TRIED]:
        async with searches.slot():
            if await _is_answered(question, article.id, library, scope, embedder, shown_quotes):
                suggested.append(question)
        if len(suggested) == MAX_SUGGESTIONS:
            break
    return tuple(suggested)


async def _is_answered(
    question: str,
    article_id: int,
    library: Library,
    scope: Scope,
    embedder: Embedder,
    shown_quotes: Collection[str],
) -> bool:
    findings = await search(
        question, library, scope, embedder, limit=PASSAGES_READ, within=[article_id]
    )
    if findings.answer_probability < MIN_ANSWERABILITY:
        return False
    quotes = await pick_quotes(question, findings, embedder)
    best = findings.hits[0].passage.id  # in which the question may only be asked
    if all(passage.quote(sentence) in shown_quotes for passage, sentence in quotes):
        return False
    return any(
        passage.id == best and sentence.kind not in ASKING_KINDS for passage, sentence in quotes
    )


def _stands_alone(question: str) -> bool:
    """Whether it fits a button and is understood there: it speaks of no "him" or "it"."""
    return len(question) <= QUESTION_CHARACTERS and REFERS_BACK.search(question) is None


def _candidates(article: Article, passages: Sequence[StoredPassage]) -> Iterator[str]:
    """The article's own questions, then questions about its headings and names."""
    text = "\n".join(passage.text for passage in passages)
    headings = list(dict.fromkeys(filter(None, map(_last_heading, passages))))
    yield from (heading for heading in headings if heading.endswith(("?", "？")))
    yield from _OWN_QUESTION.findall(text)
    language = (article.language or detect_language(text))[:2]
    about = ABOUT.get(language, ANY_LANGUAGE)
    for heading in headings:
        if _ASKS.match(heading):
            yield heading.rstrip("?？") + "?"
        elif heading != article.title and _says_what(heading):
            yield about.format(topic=f"“{heading}”")
    for name in _names(text):
        yield about.format(topic=name)


def _says_what(heading: str) -> bool:
    """Whether it names its subject: "Method" or "Results" could stand in any article."""
    return " " in heading or UNSPACED.search(heading) is not None


def _last_heading(passage: StoredPassage) -> str:
    """The heading right above a passage, without its number."""
    heading = passage.heading.split(HEADING_SEPARATOR)[-1].strip(" .:")
    return _NUMBERED.sub("", heading)


def _names(text: str) -> list[str]:
    """The names of two words or more that stand inside sentences, the most frequent first."""
    names = (name for line in text.splitlines() for name in _NAME_INSIDE.findall(line))
    counted = Counter(name for name in names if " " in name)
    return [name for name, _count in counted.most_common()]
