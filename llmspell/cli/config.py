"""`llmspell config init|show|validate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.cli.opening import load_config, selection
from llmspell.errors import UsageError
from llmspell.kernel.catalog import Catalog
from llmspell.kernel.discovery import scan
from llmspell.kernel.loader import Loader
from llmspell.runtime.builtins import builtins
from llmspell.services.config_template import render_template

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from llmspell.cli.console import Console


def init(args: argparse.Namespace, console: Console) -> int:
    """Write a commented file with every key and its default."""
    path = Path(args.path)
    if path.exists() and not args.force:
        message = f"{path} is already there"
        raise UsageError(message, suggestions=["use --force to replace it", "use --path for another file"])
    try:
        path.write_text(render_template(), encoding="utf-8")
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise UsageError(message) from error
    console.note(f"wrote {path}; every key stands there with its default, commented out")
    return 0


def show(args: argparse.Namespace, console: Console) -> int:
    """Show what is in force, secrets masked."""
    config = load_config(args)
    data = config.to_dict()
    if console.as_json:
        console.data(data)
        return 0
    for key, value in _flat(data):
        origin = f"  # {config.origin(key)}" if getattr(args, "origin", False) else ""
        console.print(f"{key} = {json.dumps(value, ensure_ascii=False, default=str)}{origin}")
    return 0


def _flat(data: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in sorted(data.items()):
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def validate(args: argparse.Namespace, console: Console) -> int:
    """Check every section against its owner; all faults are told at once."""
    config = load_config(args, check=False)
    loader = Loader(scan(), builtins=builtins(), selection=selection(args, config))
    config.validate(Catalog(loader))
    if console.as_json:
        console.data({"valid": True})
    else:
        console.note("the configuration is valid")
    return 0
