"""What people read when a model's server fails, for each kind of model.

Each message is a whole sentence, so that it can be translated as one.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.strings import N_


@dataclass(frozen=True, slots=True)
class ErrorMessages:
    """The messages about one kind of model; ``failed`` and ``refused`` take a ``status``."""

    too_slow: str
    no_connection: str
    unreadable: str
    failed: str
    failed_midway: str
    too_many_requests: str
    out_of_credit: str
    too_long: str
    refused: str


ANSWER_BROKE_OFF = N_("The language model's answer broke off.")
LANGUAGE_MODEL = ErrorMessages(
    too_slow=N_("The language model took too long."),
    no_connection=N_("The connection to the language model's server failed."),
    unreadable=N_("The language model's answer could not be read."),
    failed=N_("The language model's server failed (status {status})."),
    failed_midway=N_("The language model's server failed during the answer."),
    too_many_requests=N_("The language model's server is getting too many requests."),
    out_of_credit=N_(
        "The account with the language model's provider is out of credit. "
        "The operator should check its balance."
    ),
    too_long=N_(
        "The question and its passages are too long for the language model. "
        "The operator should lower PROMPT_TOKENS."
    ),
    refused=N_(
        "The language model's server refused the request (status {status}). "
        "The operator should check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL."
    ),
)
EMBEDDING_MODEL = ErrorMessages(
    too_slow=N_("The embedding model took too long."),
    no_connection=N_("The connection to the embedding model's server failed."),
    unreadable=N_("The embedding model's answer could not be read."),
    failed=N_("The embedding model's server failed (status {status})."),
    failed_midway=N_("The embedding model's server failed during the answer."),
    too_many_requests=N_("The embedding model's server is getting too many requests."),
    out_of_credit=N_(
        "The account with the embedding model's provider is out of credit. "
        "The operator should check its balance."
    ),
    too_long=N_("The text is too long for the embedding model."),
    refused=N_(
        "The embedding model's server refused the request (status {status}). The operator should "
        "check EMBEDDING_MODEL, and the address and API key of its server."
    ),
)
