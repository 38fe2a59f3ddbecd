"""How many articles are in which language, of all libraries of a data folder."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from bot.store.sqlite.article_languages import COUNTED


def test_languages_are_counted_by_their_code_whatever_their_region(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "library.db")) as connection:
        connection.execute("CREATE TABLE article (language TEXT)")
        codes = ("fi", "fil", "pt-BR", "pt_PT", "pt", None)
        connection.executemany("INSERT INTO article VALUES (?)", [(code,) for code in codes])
        counts = Counter(dict(connection.execute(COUNTED)))
    assert counts == {"fi": 1, "fil": 1, "pt": 3}
