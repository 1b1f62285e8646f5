"""`llmspell template install|remove`: templates for all spells of a user."""

from __future__ import annotations

import asyncio
import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from llmspell.bridge.template_options import option_faults
from llmspell.cli.opening import grants, open_app
from llmspell.errors import ComponentNotFoundError, NameClashError, ResourceUnavailableError, SystemFailure, UsageError
from llmspell.runtime.agent_templates.library import decoded, text_of
from llmspell.runtime.agent_templates.reading import MAX_SIZE, from_toml

if TYPE_CHECKING:
    import argparse

    from llmspell.cli.console import Console
    from llmspell.runtime.agent_templates.template import AgentTemplate
    from llmspell.runtime.app import App

SCHEMES = {"https": 443, "http": 80}
DONE = 200


def install(args: argparse.Namespace, console: Console) -> int:
    """Read a template, check it, and keep it in the user's folder."""
    app = open_app(args, console)
    source = args.source
    text = asyncio.run(_fetched(source, args, app)) if "://" in source else text_of(Path(source))
    template = from_toml(text, source, option_faults)
    whole = app.agent_templates.whole(template)
    built = app.agent_templates.build(whole)
    target = app.agent_templates.folder / f"{template.name}.toml"
    if not args.force:
        _refuse_taken(template, target, app)
    if not args.dry_run:
        _write(target, text)
    if console.as_json:
        missing = [one.table() for one in built.missing]
        console.data(
            {"name": template.name, "path": str(target), "written": not args.dry_run, "missing_tools": missing}
        )
    else:
        console.print(f"{template.name}: {whole.description}")
        console.note(f"{'would be kept' if args.dry_run else 'kept'} in {target}")
        for one in built.missing:
            console.warn(f"nobody has {one}")
    return 0


def remove(args: argparse.Namespace, console: Console) -> int:
    """Remove a template from the user's folder."""
    app = open_app(args, console)
    target = app.agent_templates.folder / f"{args.name}.toml"
    if not args.name.isidentifier() or not target.is_file():
        message = f"no template {args.name!r} was installed here"
        remedy = f"templates of plugins go with their distribution; {app.agent_templates.folder} has the others"
        raise ComponentNotFoundError(message, suggestions=[remedy])
    target.unlink()
    if console.as_json:
        console.data({"name": args.name, "path": str(target)})
    else:
        console.note(f"removed {target}")
    return 0


def _refuse_taken(template: AgentTemplate, target: Path, app: App) -> None:
    """Refuse a name that means another template already: the new one would come before it."""
    for name in (template.name, *template.aliases):
        try:
            there = app.agent_templates.get(name)
        except ComponentNotFoundError:
            continue
        if there.name == template.name and target.exists():
            message, remedy = f"template {template.name!r} is installed already", "--force replaces it"
        else:
            message = f"the name {name!r} belongs to template {there.name!r} of {there.source}"
            remedy = "choose another name, or let this one come first with --force"
        raise NameClashError(message, suggestions=[remedy])


async def _fetched(url: str, args: argparse.Namespace, app: App) -> str:
    """Fetch a text; who names an address grants its host, and no other."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname:
        message = f"{url} is no address of a template"
        raise UsageError(message, suggestions=["name a file, or an address that begins with https://"])
    if parts.scheme == "http" and not _own(parts.hostname):
        message = f"{parts.hostname} is asked in the clear: anybody on the way could write what your agents are told"
        raise UsageError(message, suggestions=["use https, or fetch it yourself and install the file"])
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    allowed = grants(args, app.config).extended([f"net.connect={host}:{parts.port or SCHEMES[parts.scheme]}"])
    async with app, app.run("template install", grants=allowed) as run:
        response = await run.context().http.request("GET", url, limit=MAX_SIZE)
    if response.status != DONE:
        message = f"{url} answered {response.status}"
        raise ResourceUnavailableError(message, suggestions=["check the address"])
    return decoded(response.body, url)


def _own(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _write(target: Path, text: str) -> None:
    """Write the file whole or not at all."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        message = f"{target} cannot be written: {error.strerror}"
        raise SystemFailure(message, suggestions=["make room, or see who may write there"]) from error
