"""Footnote: a Discord research bot whose every sentence opens the sentence it rests on."""

__version__ = "0.2.0"
