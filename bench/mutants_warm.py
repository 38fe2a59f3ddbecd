"""Loads what a test process would spend its first seconds on, for ``bench.mutants`` to fork from.

The libraries stay. ``bot`` goes again, because a mutant of it is to be loaded: what stays of it are
the patterns that ``regex`` has compiled.
"""

from __future__ import annotations

import gc
import importlib
import sys

LIBRARIES = ["_hypothesis_pytestplugin", "anyio.pytest_plugin", "pytest_asyncio.plugin"]
LIBRARIES += ["pytest_socket", "pytest_timeout", "xdist.plugin", "hypothesis.strategies"]
LIBRARIES += ["docx", "openpyxl", "reportlab.pdfgen.canvas", "dateparser", "trafilatura", "pypdf"]


def warm() -> None:
    """Import everything once and drop ``bot``."""
    for name in (*LIBRARIES, "bot.app", "bot.ingest.extract.extract"):
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.split(".")[0] in ("bot", "tests")]:
        del sys.modules[name]
    gc.collect()
    gc.freeze()


warm()
