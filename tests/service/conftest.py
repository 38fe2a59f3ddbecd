"""A library with one article, without any front end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Scope, Submitter
from bot.settings import Settings
from bot.store.protocols import Library
from tests.quick import QuickEmbedder

SERVER = "11"
EVERYTHING = Scope(SERVER)
LIBRARY_CHANNEL, STAFF_CHANNEL = 1, 2
OPEN = Scope(SERVER, frozenset([LIBRARY_CHANNEL]))  # what everyone may see
MARS = (
    "Joint Mars mission floated\n\nKirill Dmitriev heads the Russian Direct Investment Fund. "
    "He attended Harvard and Stanford. The year 2029 was suggested for the mission."
)
WHO = "Who heads the Russian Direct Investment Fund?"


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[App]:
    async with open_app(settings, embedder=QuickEmbedder()) as opened:
        yield opened


@pytest.fixture
async def library(app: App) -> AsyncIterator[Library]:
    async with app.store.library(SERVER) as opened:
        yield opened


async def add(app: App, library: Library, text: str = MARS, channel: int = LIBRARY_CHANNEL) -> int:
    """Adds an article from a channel; its id."""
    submission = Submission("a.txt", text, submitter=Submitter(7, "ada", channel))
    return (await app.ingest.add(submission, library, EVERYTHING)).article.id
