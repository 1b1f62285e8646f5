"""`llmspell config init|show|validate`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import attrs

from llmspell.cli.opening import load_config, loader
from llmspell.errors import ConfigError, UsageError
from llmspell.kernel.catalog import Catalog
from llmspell.kernel.loader import Loader
from llmspell.runtime.builtins import builtins
from llmspell.services.config_schema import SECTIONS
from llmspell.services.config_template import render_template
from llmspell.services.secrets import SecretService
from llmspell.spec.secrets import SecretRef

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from llmspell.cli.console import Console
    from llmspell.services.config import Config


def init(args: argparse.Namespace, console: Console) -> int:
    """Write a commented file with every key and its default."""
    path = Path(args.path)
    if path.exists() and not args.force:
        message = f"{path} is already there"
        raise UsageError(message, suggestions=["use --force to replace it", "use --path for another file"])
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(
            render_template(_sections(_catalog(args, load_config(args, check=False)))), encoding="utf-8"
        )
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        message = f"cannot write {path}: {error.strerror}"
        raise UsageError(message) from error
    if console.as_json:
        console.data({"path": str(path)})
    console.note(f"wrote {path}; every key stands there with its default, commented out")
    return 0


def show(args: argparse.Namespace, console: Console) -> int:
    """Show what is in force, defaults included, secrets masked."""
    config = load_config(args, check=False)
    secrets = SecretService()
    config.fill(secrets)
    console.redact = secrets.redact
    catalog = _catalog(args, config)
    config.validate(catalog)
    data = _effective(config, catalog)
    if console.as_json:
        console.data(data)
        return 0
    for key, value in _flat(data):
        origin = f"  # {config.origin(key) or 'default'}" if getattr(args, "origin", False) else ""
        console.print(f"{key} = {json.dumps(value, ensure_ascii=False, default=str)}{origin}")
    return 0


def _catalog(args: argparse.Namespace, config: Config) -> Catalog:
    return Catalog(loader(args, config))


def _sections(catalog: Catalog) -> dict[str, type]:
    """Give the classes of the sections that installed components declare, by path."""
    return {str(c.extra["path"]): cast("type", catalog.resolve(c)) for c in catalog.list("config_section")}


def _effective(config: Config, catalog: Catalog) -> dict[str, object]:
    """Give every section that somebody declares, filled in."""
    tree: dict[str, Any] = {}
    for path in sorted({*SECTIONS, *_sections(catalog)}):
        here = tree
        for part in path.split("."):
            here = here.setdefault(part, {})
        for key, value in attrs.asdict(config.section(path, catalog), recurse=True).items():
            here[key] = str(value) if isinstance(value, (Path, SecretRef)) else value
    return tree


def _flat(data: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in sorted(data.items()):
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def validate(args: argparse.Namespace, console: Console) -> int:
    """Check every section against its owner; all faults are told at once."""
    config = load_config(args, check=False)
    try:
        catalog = _catalog(args, config)
    except ConfigError:  # an allow-list that is wrong is told with all the rest, and lets nobody in
        catalog = Catalog(Loader((), builtins=builtins()))
    config.validate(catalog)
    if console.as_json:
        console.data({"valid": True})
    else:
        console.note("the configuration is valid")
    return 0
