"""What ``footnote doctor`` says of a PostgreSQL database."""

from __future__ import annotations

import pytest

from bot.doctor.machine import check_postgresql
from bot.store.postgres.migrate import migrations
from tests.postgres_server import BOT, SUPERUSER, TEMPLATE, PostgresServer

NEWEST = migrations()[-1][0]


@pytest.mark.parametrize(
    ("user", "options", "state", "words"),
    [
        (BOT, "", "ok", f"schema {NEWEST} of {NEWEST}"),
        (SUPERUSER, "", "warning", "use another user"),
        (BOT, "&options=-c%20default_transaction_read_only%3Don", "failed", "primary"),
        ("nobody", "", "failed", "does not exist"),
    ],
)
async def test_a_database_is_described_with_what_is_wrong(
    postgres_server: PostgresServer, user: str, options: str, state: str, words: str
) -> None:
    check = await check_postgresql(postgres_server.url(TEMPLATE, user) + options)
    assert check.state == state
    assert words in check.detail
