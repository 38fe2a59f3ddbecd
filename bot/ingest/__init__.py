"""Reads articles: a file, an address or a text becomes passages and sentences in the store."""

# Stored with each text. Raise it when the same file or page gives another text, other passages or
# other facts than before: what an older reader read is then listed as outdated.
READER_VERSION = 4
