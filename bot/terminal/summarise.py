"""``footnote summarise``: the summary of one or several articles."""

from __future__ import annotations

import argparse

from bot import json_output
from bot.app import App
from bot.records import Scope
from bot.service.summarise import summary_question
from bot.terminal.answer_text import answer_text
from bot.terminal.asking import answer_and_keep
from bot.terminal.output import DONE, Result


async def summarise(app: App, arguments: argparse.Namespace) -> Result:
    """Sum up articles and keep the summary, so that ``cite`` opens its footnotes."""
    async with app.store.library(arguments.server) as library:
        question = await summary_question(
            library,
            arguments.id,
            Scope(arguments.server),
            sentences=arguments.sentences,
            private=True,
            quotes=arguments.quotes,
        )
        result = await answer_and_keep(app, library, question, silent=arguments.json)
    text = answer_text(result.answer, is_printed=result.is_printed)
    return DONE, json_output.answer_json(result.answer), text
