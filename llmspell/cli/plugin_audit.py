"""`llmspell plugins audit`: what is installed, compared with what was installed."""

from __future__ import annotations

import site
import sys
from typing import TYPE_CHECKING

from llmspell.errors import ComponentNotFoundError, ExitCode
from llmspell.kernel.discovery import normalise
from llmspell.services.plugin_audit import audit, claims, environment, installed, name_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from llmspell.cli.console import Console
    from llmspell.services.plugin_audit import Audited, Finding

FAULT, WARNING, NOTE = "fault", "warning", "note"


def run(args: argparse.Namespace, console: Console) -> int:
    """Examine distributions with plugins, or all; the exit status is 1 when something is not as it was installed."""
    infos = installed(sys.path, every=bool(args.all))
    if args.names:
        wanted = {normalise(name) for name in args.names}
        infos = [info for info in infos if name_of(info)[0] in wanted]
        if missing := wanted - {name_of(info)[0] for info in infos}:
            message = f"no distribution named {', '.join(sorted(missing))} has plugins here"
            raise ComponentNotFoundError(
                message, suggestions=["see `llmspell plugins list`", "add --all for any other"]
            )
    audited = audit(infos)
    around = [] if args.names else [*environment(_site_folders()), *claims(infos)]
    findings = [*(one for each in audited for one in each.findings), *around]
    if args.pins:
        _pins(audited, console)
    elif console.as_json:
        console.data({"healthy": _healthy(findings, strict=bool(args.strict)), **_as_data(audited, around)})
    else:
        _print(audited, around, console)
    return ExitCode.OK if _healthy(findings, strict=bool(args.strict)) else ExitCode.SPELL


def _site_folders() -> list[str]:
    """Give the folders whose `.pth` files this Python obeys."""
    users = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return [*site.getsitepackages(), *users]


def _healthy(findings: Sequence[Finding], *, strict: bool) -> bool:
    return not any(one.level == FAULT or (strict and one.level == WARNING) for one in findings)


def _pins(audited: Sequence[Audited], console: Console) -> None:
    """Print the allow-list that lets in what is installed now and nothing else."""
    entries = [_pin(one) for one in audited if one.dist != "llmspell"]
    if console.as_json:
        console.data({"allow": entries})
        return
    console.print("[plugins]")
    console.print("allow = [")
    for entry in entries:
        console.print(f'    "{entry}",')
    console.print("]")
    for one in audited:
        if not one.digest and one.dist != "llmspell":
            console.warn(f"{one.dist} has no digest: it is allowed by name and version")


def _pin(one: Audited) -> str:
    return f"{one.dist}=={one.version}{one.digest and f'@{one.digest}'}"


def _as_data(audited: Sequence[Audited], around: Sequence[Finding]) -> dict[str, object]:
    dists = [
        {
            "distribution": one.dist,
            "version": one.version,
            "path": str(one.info),
            "digest": one.digest or None,
            "provenance": one.provenance,
            "findings": [finding._asdict() for finding in one.findings],
        }
        for one in audited
    ]
    return {"distributions": dists, "environment": [finding._asdict() for finding in around]}


def _print(audited: Sequence[Audited], around: Sequence[Finding], console: Console) -> None:
    rows = []
    for one in audited:
        counts = [sum(finding.level == level for finding in one.findings) for level in (FAULT, WARNING, NOTE)]
        source = str(one.provenance.get("installer") or "unknown")
        attested = ", ".join(map(str, one.provenance.get("attestations") or ())) or "none recorded"  # type: ignore[call-overload]  # a list of texts
        rows.append((one.dist, one.version, source, attested, one.digest[:19] or "-", "/".join(map(str, counts))))
    console.table(rows, ("distribution", "version", "installer", "attestations", "digest", "faults/warnings/notes"))
    for finding in (*(one for each in audited for one in each.findings), *around):
        who = f"{finding.dist}: " if finding.dist else ""
        console.print(f"{finding.level}: {who}{finding.about}")
