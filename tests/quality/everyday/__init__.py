"""Everyday articles of an invented coast, and what people ask about them.

``articles/`` holds the sources (see ``sources``). ``looked_at.jsonl`` and ``counted.jsonl`` are
questions with what answers them ("evidence") and what must not be quoted ("must_not"), written from
the articles alone by somebody who has not seen the code. The first may be read while working on
answers; of the second only the figures are looked at.
"""
