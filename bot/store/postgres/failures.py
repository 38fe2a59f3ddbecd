"""Turns PostgreSQL's errors into ours: a sentence that says what happened and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors
from psycopg_pool import PoolClosed, PoolTimeout

from bot.errors import StoreError
from bot.strings import N_, _

UNREACHABLE = N_(
    "The database can't be reached right now. What was stored is safe, and this was not. "
    "Try again in a moment."
)
BUSY = N_("The database was busy, so nothing was changed. Try again in a moment.")
READ_ONLY = N_(
    "The database only reads (a replica, or default_transaction_read_only). Nothing was changed. "
    "The operator should point DATABASE_URL at the primary server."
)
NO_RIGHTS = N_(
    "The database refuses this to the user of DATABASE_URL ({reason}). Nothing was changed. "
    "The operator should grant what docs/postgresql.md lists."
)
DISK_FULL = N_(
    "The database has no room left (its disk is full). Nothing was changed or lost. "
    "The operator should make room."
)
HALF_A_CHARACTER = N_(
    "This text contains half a character (a lone surrogate), which can't be stored. "
    "Nothing was changed. Remove it and add the text again."
)
NUL_CHARACTER = N_(
    "This text contains a NUL character, which PostgreSQL can't store. Nothing was changed. "
    "Remove it and try again."
)
CANNOT_OPEN = N_(
    "The database of DATABASE_URL can't be opened ({reason}). Nothing was changed. Check the "
    "address, the user and the password, and that PostgreSQL is running."
)
STOPPING = N_("Footnote is stopping. Try again in a minute.")
IN_THE_WAY = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)
LOST = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)


def is_lost(error: Exception) -> bool:
    """Whether the connection is gone, or there never was one."""
    others = (*IN_THE_WAY, errors.DiskFull, errors.ConfigurationLimitExceeded, errors.QueryCanceled)
    return isinstance(error, LOST) and not isinstance(error, others)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise PostgreSQL's errors as StoreErrors. Mistakes of ours pass through."""
    try:
        yield
    except PoolClosed as error:
        raise StoreError(_(STOPPING)) from error
    except UnicodeEncodeError as error:
        raise StoreError(_(HALF_A_CHARACTER)) from error
    except psycopg.Error as error:
        message = _message(error)
        if message is None:
            raise
        raise StoreError(message) from error


def _message(error: psycopg.Error) -> str | None:
    match error:
        case errors.DiskFull():
            return _(DISK_FULL)
        case errors.ReadOnlySqlTransaction():
            return _(READ_ONLY)
        case errors.InsufficientPrivilege():
            return _(NO_RIGHTS).format(reason=error.diag.message_primary or "")
        case psycopg.DataError() if "NUL" in str(error):
            return _(NUL_CHARACTER)
        case _ if isinstance(error, IN_THE_WAY):
            return _(BUSY)
        case _ if is_lost(error):
            return _(UNREACHABLE)
    return None
