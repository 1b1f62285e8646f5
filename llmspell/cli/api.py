"""`llmspell api`: the reference of the script API, from its one definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.reference import render_markdown, render_names

if TYPE_CHECKING:
    import argparse

    from llmspell.cli.console import Console


def run(args: argparse.Namespace, console: Console) -> int:  # noqa: ARG001 - the signature of every verb
    """Print the reference."""
    if console.as_json:
        console.data({"names": render_names().splitlines()})
    else:
        console.print(render_markdown().rstrip())
    return 0
