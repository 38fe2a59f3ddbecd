"""Questions with known answers → retrieval, abstention, answer and speed figures.

``dataset`` reads the folder, ``run`` puts its documents into a library and asks its
questions, ``scoring`` judges what came back, ``compare`` sets two runs side by side,
``report`` prints. A run is saved as text alone, so that anyone can score it again.
"""

from bot.evaluate.command import run_eval

__all__ = ["run_eval"]
