"""The operator's log: one line per event, on standard error, as text or as JSON.

It never contains the text of a question or an article, nor a secret: an error is logged by its
type and where it happened, without its message, which may quote one. Each unexpected error has a
short reference, which the person who met it can quote, and so has each failure of a model's server;
``footnote why`` finds it again in ``DATA_DIR/errors.jsonl``, which holds the last few hundred.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from bot.errors import ModelError

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["text", "json"]
Fields = dict[str, Any]
ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)
FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
ERRORS_FILE = "errors.jsonl"  # of process 0; of others ``errors-N.jsonl``
ERRORS_BYTES = 256 * 1024  # of one file; there is one more
ERROR = "error"  # the names of what is kept: an error that nobody expected,
FAILURE = "failure"  # and one that was: a server that does not answer


def log_event(log: logging.Logger, event: str, **fields: Any) -> None:
    """Log something that happened, with what is known of it."""
    words = (f"{name}={_word(value)}" for name, value in fields.items())
    extra = {"event": event, "fields": fields}
    log.info("%s %s", event, " ".join(words), extra=extra)


def _word(value: Any) -> str:
    return "-" if value is None else str(value).replace(" ", "-")


def log_error(log: logging.Logger, error: BaseException, **fields: Any) -> str:
    """Log an error that nobody expected; the reference under which it can be found again."""
    entry = _entry(error, fields)
    extra = {"event": ERROR, "fields": entry}
    message = "unexpected %s %s\n%s"
    log.error(message, entry["type"], entry["reference"], entry["where"], extra=extra)
    return str(entry["reference"])


def log_failure(log: logging.Logger, error: ModelError, **fields: Any) -> str:
    """Log that a server failed, for which there was something in its place; the reference.

    The message is kept, too: it never has a server's own words.
    """
    entry = _entry(error, {**fields, "message": error.message})
    extra = {"event": FAILURE, "fields": entry}
    log.warning("failed %s: %s", entry["reference"], error.message, extra=extra)
    return str(entry["reference"])


def _entry(error: BaseException, fields: Fields) -> Fields:
    named = {"reference": secrets.token_hex(3), "type": type(error).__name__}
    return {**named, **fields, "where": "\n".join(_places(error))}


def _places(error: BaseException) -> Iterator[str]:
    """Where an error and its causes happened, the last first, without their messages."""
    current: BaseException | None = error
    while current is not None:
        yield f"{type(current).__name__}:"
        yield "".join(traceback.format_tb(current.__traceback__)).rstrip()
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)


def find_error(folder: Path, reference: str) -> Fields | None:
    """What was logged of an error; None if it is unknown, or was long ago."""
    for file in (*folder.glob("errors*.jsonl"), *folder.glob("errors*.jsonl.1")):
        try:
            lines = file.read_text("utf-8").splitlines()
        except OSError:
            continue
        for line in reversed(lines):
            if f'"reference": "{reference}"' in line:
                entry: Fields = json.loads(line)
                return entry
    return None


class TextFormatter(logging.Formatter):
    """A line for people; below it where an error happened, without what it says."""

    def formatException(self, ei: ExceptionInfo) -> str:
        places = () if ei[1] is None else _places(ei[1])
        return "\n".join(("Traceback (most recent call last), without messages:", *places))


class JsonFormatter(logging.Formatter):
    """A line of JSON: time, level, logger, then the event with its fields, or the message."""

    def format(self, record: logging.LogRecord) -> str:
        line: Fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if event := getattr(record, "event", ""):
            line |= {"event": event, **getattr(record, "fields", {})}
        else:
            line["message"] = record.getMessage()
            if record.exc_info and record.exc_info[1]:
                line["where"] = "\n".join(_places(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up_logging(
    level: LogLevel,
    log_format: LogFormat = "text",
    folder: Path | None = None,
    *observers: logging.Handler,
    process_number: int = 0,
) -> None:
    """Set up logging, once, at the start of a long-lived process.

    Errors are also kept in ``folder``, of each of a bot's processes in a file of its own.
    ``observers`` get every event, whatever ``level`` is.
    """
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter(FORMAT))
    lines.setLevel(level.upper())
    root = logging.getLogger()
    root.handlers[:] = [lines, *observers]
    if folder is not None:
        root.addHandler(_error_file(folder, process_number))
    root.setLevel(logging.WARNING)
    # They warn about intended settings: no voice support, simcord's probe without intents.
    for name in ("discord.client", "discord.state"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("bot").setLevel(logging.DEBUG if level == "debug" else logging.INFO)


def _error_file(folder: Path, process_number: int) -> logging.Handler:
    """Keeps what has a reference. Opened at the first, when there is a data folder."""
    name = f"errors-{process_number}.jsonl" if process_number else ERRORS_FILE
    file = RotatingFileHandler(
        folder / name, maxBytes=ERRORS_BYTES, backupCount=1, encoding="utf-8", delay=True
    )
    file.setFormatter(JsonFormatter())
    file.addFilter(lambda record: getattr(record, "event", "") in (ERROR, FAILURE))
    return file
