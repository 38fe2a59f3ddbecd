"""Discord's rules for a message that its OpenAPI document does not say."""

from __future__ import annotations

from collections.abc import Iterator

from tests.wire.payloads import Payload, flat, texts

CONTENT_CHARACTERS = 2_000
CARD_CHARACTERS = 4_000
COMPONENTS = 40
CUSTOM_ID_CHARACTERS = 100
COMPONENTS_V2 = 1 << 15


def broken_rules(body: Payload) -> list[str]:
    """The rules that a message breaks, in words."""
    return list(_broken(body))


def _broken(body: Payload) -> Iterator[str]:
    components = body.get("components") or []
    parts = flat(components)
    ids = [part["custom_id"] for part in parts if "custom_id" in part]
    if len(body.get("content") or "") > CONTENT_CHARACTERS:
        yield "content of more than 2,000 characters"
    if sum(map(len, texts(components))) > CARD_CHARACTERS:
        yield "a card of more than 4,000 characters"
    if len(parts) > COMPONENTS:
        yield f"{len(parts)} components"
    if len(ids) != len(set(ids)):
        yield f"a custom_id twice: {sorted(ids)}"
    yield from (f"a long custom_id: {i}" for i in ids if len(i) > CUSTOM_ID_CHARACTERS)
    if components and not (body.get("flags") or 0) & COMPONENTS_V2:
        yield "components without their flag"
    if not components and not body.get("content"):
        yield "an empty message"
    if body.get("allowed_mentions", {}).get("parse") != []:
        yield "a message that may ping"
