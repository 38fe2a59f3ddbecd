"""Questions with known answers → retrieval, citation, abstention and speed figures."""

from __future__ import annotations

import argparse


def run_eval(arguments: argparse.Namespace) -> int:
    raise NotImplementedError
