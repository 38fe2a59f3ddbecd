"""The values of settings, read from text. What is wrong raises ValueError: "must be …"."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from decimal import Decimal
from ipaddress import ip_address
from math import ceil
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from bot.shards import MOST_SHARDS, Shards
from bot.strings import _

LOCAL_DATA = Path("data")
LOCAL_DOMAINS = (".local", ".localhost", ".internal", ".lan", ".home", ".home.arpa")
MOST_WORKERS = 4  # more seldom have work: a question's other half runs in one process
MAX_ANSWER_S = 840  # a Discord interaction can be answered for 900 s
SHARD_RANGE = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?", re.ASCII)
AMOUNT = re.compile(r"\d{1,6}(\.\d{1,9})?", re.ASCII)


def parse_text(value: str) -> str:
    """Without the spaces around it."""
    return value.strip()


def parse_integer(value: str) -> int:
    """A whole number."""
    try:
        return int(value)
    except ValueError:
        raise ValueError(_("must be a whole number")) from None


def parse_number(value: str) -> float:
    """Any number."""
    try:
        return float(value)
    except ValueError:
        raise ValueError(_("must be a number")) from None


def parse_positive(value: str) -> int:
    """A whole number from 1 on."""
    number = parse_integer(value)
    if number < 1:
        raise ValueError(_("must be 1 or more"))
    return number


def parse_positive_or_none(value: str) -> int | None:
    """A whole number from 1 on; None if empty."""
    return parse_positive(value) if value.strip() else None


def parse_seconds(value: str) -> float:
    """More than no time, at most an hour."""
    number = parse_number(value)
    if not 0 < number <= 3_600:
        raise ValueError(_("must be between 0 and {limit}").format(limit=3600))
    return number


def seconds_up_to(limit: int) -> Callable[[str], float]:
    """From 0 to ``limit`` seconds."""

    def parse(value: str) -> float:
        number = parse_number(value)
        if not 0 <= number <= limit:
            raise ValueError(_("must be between 0 and {limit}").format(limit=limit))
        return number

    return parse


def parse_answer_seconds(value: str) -> float:
    """Seconds within which an interaction can still be answered."""
    number = parse_seconds(value)
    if number > MAX_ANSWER_S:
        raise ValueError(_("must be {limit} or less").format(limit=MAX_ANSWER_S))
    return number


def parse_slots(value: str) -> int | str:
    """A number, ``unlimited``, or empty: decided by the server's address."""
    text = value.strip().lower()
    return text if text in ("", "unlimited") else parse_positive(text)


def parse_limit(value: str) -> int | None:
    """A limit from 0 on. Empty or ``unlimited`` means None: no limit."""
    if value.strip().lower() in ("", "unlimited"):
        return None
    number = parse_integer(value)
    if number < 0:
        raise ValueError(_("must be 0 or more"))
    return number


def parse_money(value: str) -> int:
    """An amount of money in millionths of the currency's unit, rounded up."""
    if not AMOUNT.fullmatch(value.strip()):
        raise ValueError(_("must be an amount such as 0.25"))
    return ceil(Decimal(value.strip()) * 1_000_000)


def parse_money_limit(value: str) -> int | None:
    """An amount of money; None, no limit, if empty or ``unlimited``."""
    return None if value.strip().lower() in ("", "unlimited") else parse_money(value)


def _pairs(value: str) -> list[tuple[str, str]]:
    """The pairs of ``a=1, b=2``. A name may contain ``=``, a value may not."""
    pairs = [pair.rpartition("=") for pair in value.split(",") if pair.strip()]
    if not all(name.strip() and number.strip() for name, __, number in pairs):
        raise ValueError(_("must be pairs such as a=1, b=2"))
    return [(name.strip(), number.strip()) for name, __, number in pairs]


def parse_prices(value: str) -> dict[str, tuple[int, int]]:
    """Model → (input, output) price of a million tokens, in millionths of the currency's unit."""
    prices = {}
    for model, price in _pairs(value):
        input_price, __, output_price = price.partition("/")
        prices[model] = (parse_money(input_price), parse_money(output_price))
    return prices


def parse_role_limits(value: str) -> dict[int, int | None]:
    """Role id → limit."""
    return {_role_id(role): parse_limit(limit) for role, limit in _pairs(value)}


def _role_id(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(_("must name roles by their ids, such as 1234=50000")) from None


def one_of(*allowed: str) -> Callable[[str], str]:
    """One of some words, in any case."""

    def parse(value: str) -> str:
        if value.strip().lower() not in allowed:
            raise ValueError(_("must be one of {choices}").format(choices=", ".join(allowed)))
        return value.strip().lower()

    return parse


def parse_address(value: str) -> str:
    """The address of a server or a proxy; may be empty."""
    text = value.strip()
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if text and not valid:
        raise ValueError(_("must be an address such as http://localhost:11434/v1"))
    return text


def parse_database_url(value: str) -> str:
    """The address of a PostgreSQL database; may be empty. A socket's folder may be the host."""
    text = value.strip()
    try:
        is_valid = urlsplit(text).scheme in ("postgresql", "postgres")
    except ValueError:
        is_valid = False
    if text and not is_valid:
        raise ValueError(_("must be an address such as postgresql://footnote@localhost/footnote"))
    return text


def parse_shard_count(value: str) -> int | None:
    """How many shards the bot has; None, as many as Discord recommends, if empty."""
    count = parse_positive_or_none(value)
    if count is not None and count > MOST_SHARDS:
        raise ValueError(_("must be {limit} or less").format(limit=MOST_SHARDS))
    return count


def parse_shard_ids(value: str) -> tuple[int, ...]:
    """Shards in ascending order, from numbers and ranges: ``0-3, 8``."""
    ids: set[int] = set()
    for part in filter(str.strip, value.split(",")):
        first, last = _shard_range(part.strip())
        ids |= set(range(first, last + 1))
    return tuple(sorted(ids))


def _shard_range(text: str) -> tuple[int, int]:
    match = SHARD_RANGE.fullmatch(text)
    if match is None:
        raise ValueError(_("must be shards such as 0-3 or 0, 2"))
    first, last = int(match[1]), int(match[2] or match[1])
    if last < first:
        raise ValueError(_("must have its ranges in ascending order, such as 0-3"))
    if last >= MOST_SHARDS:
        raise ValueError(_("must be {limit} or less").format(limit=MOST_SHARDS - 1))
    return first, last


def choose_shards(count: int | None, ids: tuple[int, ...]) -> Shards:
    """The shards ``ids`` of ``count``; all without ``ids``. Raises ValueError: a whole sentence."""
    if ids and count is None:
        raise ValueError(
            _("SHARD_IDS is set without SHARD_COUNT: set how many shards there are in all.")
        )
    count = count or 1
    if ids and ids[-1] >= count:
        message = _(
            "SHARD_IDS has the shard {id}, but with SHARD_COUNT={count} the last one is {last}."
        )
        raise ValueError(message.format(id=ids[-1], count=count, last=count - 1))
    return Shards(count, ids or tuple(range(count)))


def parse_workers(value: str) -> int:
    """A number of processes from 0 on; if empty, as many as this process may use cores, up to 4."""
    if not value.strip():
        return min(available_cores(), MOST_WORKERS)
    number = parse_integer(value)
    if not 0 <= number <= 64:
        raise ValueError(_("must be between 0 and {limit}").format(limit=64))
    return number


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parse_port(value: str) -> int | None:
    """A port of this machine; None if empty."""
    if not value.strip():
        return None
    port = parse_integer(value)
    if not 1 <= port <= 65_535:
        raise ValueError(_("must be between 1 and {limit}").format(limit=65_535))
    return port


def parse_folder(value: str) -> Path | None:
    """A folder; None if empty."""
    return Path(value.strip()).expanduser() if value.strip() else None


def parse_data_folder(value: str) -> Path:
    """DATA_DIR; without it ./data in a checkout or where it has libraries, else the platform's."""
    if folder := parse_folder(value):
        return folder
    if is_checkout() or has_libraries(LOCAL_DATA):
        return LOCAL_DATA
    return platformdirs.user_data_path("footnote", appauthor=False)


def is_checkout() -> bool:
    """Whether this is the folder of Footnote's own code."""
    return Path("pyproject.toml").is_file() and Path("bot", "settings.py").is_file()


def has_libraries(folder: Path) -> bool:
    """Whether a folder has libraries."""
    return any(folder.glob("libraries/*.db"))


def is_local_address(address: str) -> bool:
    """Whether a server is in the operator's own network, where it probably has one slot."""
    host = urlsplit(address).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(LOCAL_DOMAINS))
