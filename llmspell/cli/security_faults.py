"""What is wrong with the rights of a spell: rules that give more than they seem to."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llmspell.cli.escaped import escaped
from llmspell.cli.security_words import split
from llmspell.errors import ConfigError
from llmspell.services.permission_commands import CommandPattern
from llmspell.services.permission_patterns import PATHS, split_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llmspell.services.permissions import Grants

FAULT, NOTE = "fault", "note"

INTERPRETERS = re.compile(
    r"(?:(?:ba|z|fi|da|k|c|tc|a)?sh|busybox|python[\d.]*|pypy[\d.]*|perl[\d.]*|ruby[\d.]*|node|nodejs|deno|bun|php[\d.]*"
    r"|lua[\d.]*|luajit|tclsh[\d.]*|wish|Rscript|R|java|jshell|julia|ghci|osascript|powershell|pwsh|cmd"
    r"|env|xargs|find|awk|gawk|mawk|nawk|sed|ed|vi|vim|nvim|emacs|nano|less|more|man|expect|script|watch|time|timeout|nice"
    r"|nohup|setsid|stdbuf|parallel|flock|chroot|unshare|nsenter|strace|ltrace|gdb|lldb|systemd-run|at|batch|crontab"
    r"|sudo|su|doas|pkexec|ssh|docker|podman|kubectl|make|cmake|ninja|npm|npx|yarn|pnpm|pip[\d.]*|pipx|uv|uvx|cargo|go"
    r"|gcc|cc|clang|llmspell)(?:\.exe)?\Z"
)
"""Programs that run what their arguments name: granting one grants every other."""

CARRIERS = frozenset("curl wget nc ncat netcat socat telnet ftp sftp scp rsync git svn hg rclone aws gsutil".split())  # noqa: SIM905 - a list of words
"""Programs that reach other hosts, whatever hosts are granted."""

ANYBODYS = (
    "github.io", "githubusercontent.com", "github.com", "gitlab.io", "gitlab.com", "amazonaws.com", "cloudfront.net",
    "windows.net", "azurewebsites.net", "googleapis.com", "googleusercontent.com", "web.app", "firebaseapp.com",
    "appspot.com", "run.app", "herokuapp.com", "vercel.app", "netlify.app", "pages.dev", "workers.dev", "ngrok.io",
    "ngrok-free.app", "blogspot.com", "wordpress.com", "fly.dev", "onrender.com", "digitaloceanspaces.com",
)  # fmt: skip
"""Domains below which anybody can publish: `*.` in front of one allows strangers."""

WILD = re.compile(r"[*?]")
FLAGS = "Name what the spell needs: "


class Fault(NamedTuple):
    """Something that is wrong (`fault`), or worth knowing (`note`): what, why, and what to do next."""

    state: str
    what: str
    why: str
    next: str


def of_rules(rules: Iterable[str], judged: Callable[[str], bool]) -> Iterator[Fault]:
    """Judge rules by what they say; `judged` tells of a program whether a grammar judges its arguments."""
    for rule in rules:
        right, target = split(rule)
        if rule.startswith("!") or right.startswith(("agent.", "state.")):
            continue
        if target == "*":
            yield _everything(right)
        elif right == "process.exec":
            yield from _program(target, judged)
        elif right in ("net.connect", "net.listen"):
            yield from _host(right, target)
        elif right in PATHS:
            yield from _path(right, target)
        elif right == "mail.send" and target.rpartition("@")[2] in ("*", ""):
            yield _everything(right)


def _everything(right: str) -> Fault:
    why, advice = {
        "fs.read": ("keys, mails and histories of yours are among them", "--allow-read=FOLDER"),
        "fs.write": ("what your shell and llmspell run at the next start is among them", "--allow-write=FOLDER"),
        "net.connect": ("whatever the spell reads can be sent to anybody", "--allow-net=HOST:PORT"),
        "net.listen": ("whoever reaches this machine reaches the spell", "--allow=net.listen=127.0.0.1:PORT"),
        "process.exec": ("programs that get a grammar tomorrow are among them", "--allow-run=PROGRAM"),
        "env.read": ("what is secret and does not say so in its name is among them", "--allow-env=NAME"),
        "db.connect": ("databases of others are among them", "--allow=db.connect=DATABASE"),
        "mail.send": ("whatever the spell reads can be sent to anybody", "--allow=mail.send=DOMAIN"),
        "secret.use": ("each can be used by every tool that asks for it", "--allow=secret.use=NAME"),
    }[right]
    # A program that no grammar judges must be named, whatever a wildcard says.
    return Fault(NOTE if right == "process.exec" else FAULT, f"{right} has no limit", why, FLAGS + advice)


def _program(target: str, judged: Callable[[str], bool]) -> Iterator[Fault]:
    name, fixed = CommandPattern(target).named, " " in target and not WILD.search(target)
    shown = escaped(name)
    if WILD.search(name):
        why = "programs that get a grammar tomorrow may fit it"
        yield Fault(NOTE, f"the program {shown} is a pattern", why, "Name each program.")
    elif judged(name) or fixed:
        return
    elif INTERPRETERS.match(name):
        why = "it runs whatever its arguments name, so every program is granted, with all that you may do"
        yield Fault(FAULT, f"{shown} is a shell, an interpreter or a starter of programs", why, f"Do without {shown}.")
    elif name in CARRIERS:
        why = "it reaches every host, whatever hosts are granted"
        yield Fault(NOTE, f"{shown} has a way out of its own", why, "Use a tool for the web, and grant its host.")
    else:
        why = "no grammar says which of its arguments are harmless, so it does what it is told"
        yield Fault(NOTE, f"{shown} is told anything", why, f"Describe {shown} in `[processes] grammars`.")


def _host(right: str, target: str) -> Iterator[Fault]:
    if "/" in target:
        yield from _network(target, target.partition("/")[0].strip("["))
        return
    host, port = split_host(target)
    if host == "*":
        yield _everything(right)
        return
    if host.startswith("*."):
        domain = host[2:]
        if "." not in domain or any(domain == one or domain.endswith(f".{one}") for one in ANYBODYS):
            why = "anybody can publish there, and so receive what the spell sends"
            yield Fault(FAULT, f"{target} covers hosts of strangers", why, "Name the host.")
        else:
            yield Fault(
                NOTE, f"{target} covers hosts that are not named", "one of them may be given up", "Name each host."
            )
    yield from _network(target, host)
    if port is None and right == "net.connect":
        yield Fault(
            NOTE, f"{target} has no port", "other services of the host are covered, too", f"Write {target}:443."
        )


def _network(target: str, host: str) -> Iterator[Fault]:
    """Say of an address that it lies beside us."""
    from llmspell.services.http_address import is_literal, is_private_name, is_public, may_be_metadata  # noqa: PLC0415

    if not is_literal(host):
        if is_private_name(host):
            yield _beside(target, "it is a name of your own network")
    elif may_be_metadata(host):
        why = "clouds keep the keys of a machine at such an address"
        yield Fault(
            FAULT,
            f"{target} may be where a cloud keeps its metadata",
            why,
            "Take it out, unless you know who answers there.",
        )
    elif not is_public(host):
        yield _beside(target, "what listens there often trusts everybody who can reach it")


def _beside(target: str, why: str) -> Fault:
    return Fault(FAULT, f"{target} lies beside you", why, "Keep it only when the spell is for it, and name the port.")


def _path(right: str, target: str) -> Iterator[Fault]:
    home = os.path.expanduser("~")  # noqa: PTH111 - compared as text
    if target == os.sep or (home + os.sep).startswith(target.rstrip(os.sep) + os.sep):
        yield _everything(right)._replace(what=f"{right} covers {escaped(target)}, your home among it")


class Places(NamedTuple):
    """Where a spell lies, and what it would obey at another time; `trusted` is one that no tool may write."""

    spell: Path | None
    config: tuple[Path, ...]
    trusted: bool = False


def of_places(held: Grants, places: Places) -> Iterator[Fault]:
    """Judge rights by where they reach."""
    if places.spell is not None and _writes(held, places.spell.parent / "x.lua"):
        why = "it can change itself, its modules and its scripted model, and what it loads next time"
        if places.trusted:
            why = "no tool may write what it was loaded from, but its scripted model and what it reads next time"
        level = NOTE if places.trusted else FAULT
        yield Fault(
            level, "the spell may write to its own folder", why, "Let it write to a folder below, or elsewhere."
        )
    for path in places.config:
        if str(path) in map(str, held.roots("fs.write")) and _writes(held, path):  # else the guard of files refuses it
            why = "it can grant itself every right for the next run"
            yield Fault(FAULT, f"the spell may write {path}", why, f"Add --deny-write={path}.")
    for name in (".ssh", ".aws", ".gnupg", ".kube", ".netrc"):
        path = Path(os.path.expanduser("~"), name)  # noqa: PTH111 - where there is no home it stays as it is
        if path.exists() and held.allows("fs.read", str(path)):
            yield Fault(FAULT, f"the spell may read {path}", "keys are kept there", f"Add --deny-read={path}.")


def _writes(held: Grants, path: Path) -> bool:
    try:
        return held.allows("fs.write", str(path)) or held.allows("fs.write", os.path.realpath(path))
    except ConfigError:
        return False


def together(held: Grants, labels: str) -> Iterator[Fault]:
    """Judge rights that are harmless alone."""
    out = [right for right in ("net.connect", "mail.send", "process.exec") if held.may(right)]
    if out and held.may("fs.read") and labels == "off":
        why = f"a model that reads a hostile text can send your files out ({', '.join(out)}), and nobody is asked"
        yield Fault(FAULT, 'labels are off: `[permissions] labels = "off"`', why, 'Write labels = "approve".')
