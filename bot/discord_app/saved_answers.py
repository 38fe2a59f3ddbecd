"""An answer as it is kept, to be shown again, shared or followed up; and ids for its events.

The body holds no words of articles but those of cited ones: they are erased with them. So what
came nearest to a question without an answer is not kept.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from bot.records import Answer, AnswerSentence, Citation, Filter, Submitter
from bot.store.values import EVERYTHING, StoredAnswer


def answer_to_json(answer: Answer, within: str, wanted: Filter = EVERYTHING) -> str:
    """The answer as JSON, without the quotes: the library holds those.

    ``within`` tells people what it was limited to, ``wanted`` is the limit.
    """
    return json.dumps(
        {
            "answered": answer.answered,
            "mode": answer.mode,
            "note": answer.note,
            "asks": answer.clarification,
            "missing": answer.unanswered_parts,
            "within": within,
            "wanted": {
                "articles": None if wanted.articles is None else sorted(wanted.articles),
                "tag": wanted.tag,
                "since": wanted.since,
            },
            "sentences": [asdict(sentence) for sentence in answer.sentences],
            "citations": [asdict(c) | {"quote": ""} for c in answer.citations],
        },
        ensure_ascii=False,
    )


def load_answer(given: StoredAnswer) -> tuple[Answer, str]:
    """The answer that was kept, and what it was limited to. Its body must not be blank."""
    body = json.loads(given.body)
    answer = Answer(
        question=given.question,
        answered=body["answered"],
        mode=body["mode"],
        note=body["note"],
        clarification=body["asks"],
        unanswered_parts=tuple(body["missing"]),
        standalone_question=given.standalone,
        sentences=tuple(_load_sentence(sentence) for sentence in body["sentences"]),
        citations=tuple(_load_citation(citation) for citation in body["citations"]),
        id=given.id,
    )
    return answer, body["within"]


def load_filter(given: StoredAnswer) -> Filter | None:
    """What a kept answer was limited to; None for an old one that does not tell."""
    body = json.loads(given.body)
    if "wanted" not in body:
        return None if body["within"] else EVERYTHING
    wanted = body["wanted"]
    articles = None if wanted["articles"] is None else frozenset(wanted["articles"])
    return Filter(articles=articles, tag=wanted["tag"], since=wanted["since"])


def _load_sentence(known: dict[str, Any]) -> AnswerSentence:
    """Answers that were kept before sentences told how they were checked have ``supported``."""
    known = {name: value for name, value in known.items() if name != "supported"}
    return AnswerSentence(**known | {"footnotes": tuple(known["footnotes"])})


def _load_citation(known: dict[str, Any]) -> Citation:
    return Citation(**known | {"submitter": Submitter(**known["submitter"])})


def event_part_id(event_id: int, part: int) -> int:
    """The id of one part of an event of Discord: the same parts of the same event, the same ids.

    The first part has the event's own. The others are negative, so that they are no event's:
    63 bits of a hash of both.
    """
    if part == 0:
        return event_id
    digest = blake2b(f"{event_id}:{part}".encode(), digest_size=8).digest()
    return -(int.from_bytes(digest, "big") >> 1) - 1
