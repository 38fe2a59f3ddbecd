"""Counts the articles of a data folder by language, also beside a running bot."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

from bot.store.sqlite.backup_folder import library_files
from bot.store.sqlite.connection import translate_errors
from bot.store.sqlite.migrate import open_to_read

# The part of "pt-BR" that names the language; "fil" is another one than "fi".
COUNTED = """
SELECT substr(language, 1, instr(replace(language, '_', '-') || '-', '-') - 1), count(*)
FROM article WHERE language IS NOT NULL GROUP BY 1
"""


def count_languages(data_dir: Path) -> Counter[str]:
    """How many articles of all libraries are in which language, as far as it is known."""
    counts: Counter[str] = Counter()
    for path in library_files(data_dir):
        with translate_errors(path), closing(open_to_read(path)) as connection:
            rows = connection.execute(COUNTED)
            counts.update({str(language): int(count) for language, count in rows})
    return counts
