"""What docs/reading.md says of each kind of file is what reading a sample of it gives."""

from __future__ import annotations

from bot.ingest.extract.formats import Format
from bot.ingest.extract.sniff import sniff_format
from tests.ingest import kinds_table


def test_the_table_of_kinds_is_what_samples_give() -> None:
    assert kinds_table.written() == kinds_table.table(), "python -m tests.ingest.kinds_table"


def test_each_format_has_a_sample() -> None:
    formats = {
        sniff_format(make(), name[name.index(".") :]) for name, make in kinds_table.SAMPLES.values()
    }
    assert formats == set(Format)
