"""What a server's library stores of a person: shown as a document, and erased.

The document has the text of an answer only as far as the person may still see what it rests on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.maintenance import LEFT_SERVER_RETENTION_S, TRASH_RETENTION_S
from bot.records import Scope
from bot.service.saved_answers import load_answer
from bot.setting_values import is_local_address
from bot.settings import Settings
from bot.store.protocols import Library, Store
from bot.store.settings_protocol import ServerSettings
from bot.store.values import ErasedCounts, StoredAnswer

log = logging.getLogger(__name__)
OPENAI = "api.openai.com (OpenAI)"
DAY_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class PrivacyFacts:
    """What is stored, for how many days, and which servers get text.

    ``writer``: the host of the language model that gets questions and passages; "" if there is
    none. ``embedder``: of the server that gets all texts to make vectors of. ``*_is_local``: it is
    in the operator's own network.
    """

    answer_days: int
    trash_days: int
    left_days: int
    writer: str
    writer_is_local: bool
    embedder: str
    embedder_is_local: bool


def privacy_facts(operator: Settings, server: ServerSettings) -> PrivacyFacts:
    """The facts of a server, by its settings and the operator's."""
    has_writer = operator.has_model and server.answers != "quotes"
    embedding_url = operator.embedding_base_url or operator.openai_base_url
    return PrivacyFacts(
        answer_days=server.days_kept(operator.answers_kept_days),
        trash_days=int(TRASH_RETENTION_S / DAY_S),
        left_days=int(LEFT_SERVER_RETENTION_S / DAY_S),
        writer=_host(operator.openai_base_url) if has_writer else "",
        writer_is_local=is_local_address(operator.openai_base_url),
        embedder=_host(embedding_url) if operator.embeds_on_server else "",
        embedder_is_local=is_local_address(embedding_url),
    )


def _host(address: str) -> str:
    """The host of a model's server, without port or password."""
    return (urlsplit(address).hostname or address) if address else OPENAI


async def personal_document(library: Library, user_id: int, scope: Scope) -> str:
    """Everything that is stored of a person, as JSON."""
    data = await library.people.data_of(user_id)
    document = {
        "server": library.server_id,
        "person": user_id,
        "questions": [await _question(library, each, scope) for each in data.answers],
        "articles": data.articles,
        "ratings": data.ratings,
        "costs": data.costs,
        "setting_changes": data.setting_changes,
        "question_counts": data.question_counts,
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


async def _question(library: Library, stored: StoredAnswer, scope: Scope) -> dict[str, Any]:
    is_visible = await library.answers.answer(stored.id, scope) is not None
    sentences: Sequence[Any] = ()
    if is_visible and stored.body:
        sentences = [asdict(sentence) for sentence in load_answer(stored)[0].sentences]
    return {
        "id": stored.id,
        "asked": stored.answered_at,
        "channel": stored.channel_id,
        "private": stored.private,
        "question": stored.question,
        "understood": stored.standalone_question,
        "waits_for_an_answer": stored.awaits_answer,
        "answer": [sentence["text"] for sentence in sentences],
    }


async def erase_person(
    store: Store, library: Library, user_id: int, article_ids: Sequence[int] = ()
) -> ErasedCounts:
    """Erases what a library stores of a person, and articles of theirs; how much there was.

    The other articles that they added stay, without their name.
    """
    if article_ids:
        await library.people.erase_articles(article_ids)
    counts = await library.forget_person(user_id)
    await store.forget_questions(user_id)
    log.info("erased a person server=%s articles=%s", library.server_id, len(article_ids))
    return counts
