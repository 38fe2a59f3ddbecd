"""What the operator reads: one line an event, on standard error.

Never a question's or an article's text.
"""

from __future__ import annotations

import logging
import sys
from typing import Literal

LogLevel = Literal["debug", "info", "warning", "error"]
FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


def set_up_logging(level: LogLevel) -> None:
    """Sets the log up once, at the start of a long-lived process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # They warn of what is meant so: a bot that cannot speak, simcord's probe without intents.
    for name in ("discord.client", "discord.state"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("bot").setLevel(level.upper())
