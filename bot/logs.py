"""The operator's log: one line per event, on standard error.

It never contains the text of a question or an article.
"""

from __future__ import annotations

import logging
import sys
from typing import Literal

LogLevel = Literal["debug", "info", "warning", "error"]
FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


def set_up_logging(level: LogLevel) -> None:
    """Set up logging, once, at the start of a long-lived process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # They warn about intended settings: no voice support, simcord's probe without intents.
    for name in ("discord.client", "discord.state"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("bot").setLevel(level.upper())
