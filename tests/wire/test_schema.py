"""What Discord would refuse is noticed: by its own document, and by our rules."""

from __future__ import annotations

import pytest

from tests.wire.payloads import Payload
from tests.wire.schema import DOCUMENT, schema_violations

needs_document = pytest.mark.skipif(not DOCUMENT.exists(), reason="../shared is not there")
MESSAGES = "/channels/1/messages"
TEXT = {"type": 10, "content": "Hello"}


@needs_document
@pytest.mark.parametrize(
    ("body", "is_right"),
    [
        ({"flags": 1 << 15, "components": [TEXT]}, True),
        ({"components": [{"type": 10}]}, False),
        ({"components": [{"type": 10, "content": "x" * 4_001}]}, False),
        ({"flags": "many"}, False),
        ({"message_reference": {"message_id": 5}, "components": [TEXT]}, True),
    ],
)
def test_a_body_is_checked_against_discord_s_own_document(body: Payload, is_right: bool) -> None:
    assert (schema_violations("POST", MESSAGES, body) == []) is is_right
