"""The text of ``.env.example``; a test compares it with the file."""

from __future__ import annotations

from bot.settings import describe

EXAMPLE_HEAD = """\
# Copy to .env and change what you need. Commented settings show their defaults.
#
# Three ways to answer (see docs/models.md; check yours with `footnote doctor`):
#   OpenAI   OPENAI_API_KEY=sk-…
#   Ollama   OPENAI_BASE_URL=http://localhost:11434/v1 and OPENAI_MODEL=qwen2.5:7b,
#            and in Ollama's own environment OLLAMA_CONTEXT_LENGTH=8192
#   none     leave everything as it is: answers are quotes from the articles
"""


def example() -> str:
    """The text of .env.example: every setting with its documentation, commented out."""
    lines = [*EXAMPLE_HEAD.splitlines(), ""]
    for name, default, doc in describe():
        lines += [f"# {doc}.", f"#{name}={default}", ""]
    return "\n".join(lines)
