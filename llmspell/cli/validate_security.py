"""`llmspell validate security`, `run --explain`: what a spell may do here in plain words, and what is wrong with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.bridge.asked import missing
from llmspell.bridge.spell import choose_engine, read_header
from llmspell.bridge.trusted import is_trusted
from llmspell.cli import security_faults, security_keys
from llmspell.cli.console import BOLD, GREEN, RED, YELLOW
from llmspell.cli.doctor_rights import faulty_grammars
from llmspell.cli.escaped import escaped
from llmspell.cli.opening import grants, load_config, selection
from llmspell.cli.security_faults import FAULT, NOTE, WILD, Fault, Places
from llmspell.cli.security_words import by_right, meaning, split
from llmspell.errors import ComponentNotFoundError, ExitCode, UsageError
from llmspell.runtime.app import App
from llmspell.runtime.host.walls import ABSENT, probe
from llmspell.services.config_sources import FILE_NAME, USER_FILE
from llmspell.services.permission_header import strays
from llmspell.services.permission_patterns import HOSTS, PATHS, HostPattern, PathPattern, split_host
from llmspell.services.permission_rights import FLAGS, RIGHTS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from llmspell.cli.console import Console
    from llmspell.services.permission_header import Header
    from llmspell.services.permissions import Grants

OWN = "llmspell"
"""What the names of first-party distributions begin with."""

DIGEST = "sha256:"
"""What an entry of `[plugins] allow` holds when it says which files a plugin has."""


class Subject(NamedTuple):
    """What is judged: a spell here, or the configuration alone (`spell` is None)."""

    app: App
    spell: Path | None
    language: str
    header: Header | None
    strays: list[int]
    granted: Grants
    held: Grants
    isolation: str


def run(args: argparse.Namespace, console: Console) -> int:
    """Tell it; the exit status is 1 when something is wrong."""
    subject = _subject(args)
    faults = list(_faults(subject))
    wrong = any(one.state == FAULT for one in faults)
    if console.as_json:
        console.data({"sound": not wrong, **_data(subject), "findings": [one._asdict() for one in faults]})
    else:
        _print(subject, faults, console)
    return ExitCode.SPELL if wrong else ExitCode.OK


def _subject(args: argparse.Namespace) -> Subject:
    config = load_config(args)
    granted = grants(args, config)
    app = App.open(config=config, grants=granted, selection=selection(args, config))
    if app.config.foreign:
        app.config.validate(app.catalog)
    path = _path(args.spell)
    header, language, held = None, "", granted
    unread: list[int] = []
    if path is not None:
        source = _source(path)
        language = _language(app, path, source)
        header, unread = read_header(source, str(path)), strays(source)
        held = granted if header is None else granted.intersect(header.limit(Path.cwd()))
    chosen = getattr(args, "isolation", None) or config.get("scripting.isolation") or "process"
    return Subject(app, path, language, header, unread, granted, held, str(chosen))


def _path(spell: str | list[str]) -> Path | None:
    """Give the one spell that is meant, if there is one."""
    names = [spell] if isinstance(spell, str) else spell
    if len(names) > 1:
        raise UsageError("one spell is judged at a time", suggestions=[f"leave out {' '.join(names[1:])}"])
    return Path(names[0]) if names else None


def _source(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"the spell {str(path)!r} cannot be read: {why}", context={"path": str(path)}) from error


def _language(app: App, path: Path, source: str) -> str:
    try:
        return choose_engine(app, None, path, source).name
    except ComponentNotFoundError:
        return ""


def _effective(subject: Subject) -> list[str]:
    """Give the rules that say what is held: what the user grants and the header asks for, and what is denied."""
    found: list[str] = []
    for right, rules in by_right(subject.granted.rules()).items():
        if not subject.held.may(right):
            continue
        both = rules if subject.header is None else _both(subject.header, subject.granted, right)
        found += both and [*both, *(one for one in rules if one.startswith("!") and one not in both)]
    return found


def _both(header: Header, granted: Grants, right: str) -> list[str]:
    """Give what of a right is granted and asked for: the narrower of two rules, or the user's where they overlap."""
    limit = header.limit(Path.cwd())
    asked = by_right(limit.rules()).get(right, [])
    found = [one for one in asked if granted.holds(one)]
    for one in by_right(granted.rules())[right]:
        if not one.startswith("!") and one not in found and (limit.holds(one) or _overlap(one, asked)):
            found.append(one)
    return found


def _overlap(rule: str, asked: list[str]) -> bool:
    """Tell whether a rule shares targets with others of its right of which none is the wider one."""
    right, target = split(rule)
    return any(_shared(right, target, split(one)[1]) for one in asked)


def _shared(right: str, one: str, other: str) -> bool:
    if right in PATHS:
        paths = [PathPattern(text, os.sep) for text in (one, other)]
        roots = [Path(path.root) for path in paths]
        nested = roots[0].is_relative_to(roots[1]) or roots[1].is_relative_to(roots[0])
        return nested and any(path.magic for path in paths)
    if right in HOSTS:
        hosts = [HostPattern(split_host(text)[0]) for text in (one, other)]
        return hosts[0].covers(hosts[1].text) or hosts[1].covers(hosts[0].text)
    return all(WILD.search(text) for text in (one, other))


# -- what is wrong -----------------------------------------------------------------------------------------------------


def _faults(subject: Subject) -> Iterator[Fault]:
    rules = _effective(subject)
    wrong = faulty_grammars(subject.app)
    for error in wrong.values():
        yield Fault(FAULT, "a grammar is wrong", error.message, "; or ".join(error.suggestions) or "Mend it.")
    processes = subject.app.services.processes
    yield from security_faults.of_rules(rules, lambda name: name in wrong or not processes.grammar(name).free)
    yield from security_faults.of_places(subject.held, _places(subject))
    for line in subject.strays:
        why = "it is not among the comments before the first line of code, so it neither asks nor limits"
        yield Fault(
            FAULT, f"line {line} is no part of the header", why, "Move it to the top, as a comment of one line."
        )
    labels = str(subject.app.config.get("permissions.labels", "approve"))
    yield from security_faults.together(subject.held, labels)
    yield from _running(subject)
    yield from _plugins(subject.app)
    yield from security_keys.of_secrets(subject.app)


def _places(subject: Subject) -> Places:
    app = subject.app
    user = app.services.paths.config_if_any
    config = (Path.cwd() / FILE_NAME, *(() if user is None else (user / USER_FILE,)))
    trusted = bool(subject.language) and is_trusted(app.catalog.get("engine", subject.language))
    spell = None if subject.spell is None else subject.spell.absolute()
    return Places(spell, config, trusted)


def _running(subject: Subject) -> Iterator[Fault]:
    if subject.isolation == "inline":
        why = "an error of the script's interpreter is then an error of llmspell, and no limit kills it"
        yield Fault(FAULT, "isolation is inline", why, "Leave `inline` to spells that you wrote yourself.")
    else:
        for wall in (one for one in probe() if one.state == ABSENT):
            why = f"{wall.meaning} ({wall.detail})"
            yield Fault(NOTE, f"the wall {wall.name} does not stand here", why, "`llmspell doctor` tells all walls.")
    if subject.language == "python":
        why = "walls keep it from doing harm, but a Python spell counts as code that you trust"
        yield Fault(NOTE, "the spell is in Python", why, "Write a spell of strangers in Lua or JavaScript.")
    if subject.app.config.get("scripting.max_execution_time") is None:
        why = "only its CPU time is limited: it may wait for ever"
        yield Fault(NOTE, "a run has no end", why, "Set `[scripting] max_execution_time`, or use --timeout.")


def _plugins(app: App) -> Iterator[Fault]:
    """Tell of code of others that runs with all rights."""
    allowed = app.config.get("plugins.allow")
    reports = app.loader.reports()
    foreign = sorted({one.dist for one in reports if one.dist and not one.dist.startswith(OWN)})
    ours = {name for one in reports if one.dist not in foreign for name in (one.name, one.dist)}
    if foreign and allowed is None:
        why = "every installed plugin is loaded, and runs with all rights that you have"
        what = f"plugins are not on a list of those allowed: {', '.join(foreign)}"
        yield Fault(FAULT, what, why, "Name in `[plugins] allow` those that may be loaded.")
    for entry in allowed if isinstance(allowed, (list, tuple)) else ():
        if DIGEST not in str(entry) and str(entry).partition("==")[0] not in ours:
            why = "what is installed under this name tomorrow may be something else"
            yield Fault(
                NOTE, f"the plugin {entry} is allowed whatever it holds", why, f"Write {entry} with its {DIGEST}."
            )
    native = sorted(one.qualified for one in app.catalog.list("tool") if one.native)
    if native:
        why = "they reach files, hosts or programs by themselves, whatever is granted"
        yield Fault(NOTE, f"tools are drivers: {', '.join(native)}", why, "Block those that you do not use.")


# -- telling -----------------------------------------------------------------------------------------------------------


def _data(subject: Subject) -> dict[str, Any]:
    here = str(Path.cwd())
    may = by_right(_effective(subject))
    asks = () if subject.header is None else subject.header.rules
    return {
        "spell": None if subject.spell is None else str(subject.spell),
        "asks": list(asks),
        "missing": [] if subject.header is None else missing(subject.header, subject.granted),
        "rights": {right: {"may": _allowed(rules, here), "rules": rules} for right, rules in may.items()},
        "isolation": subject.isolation,
        "prompt": subject.app.config.get("permissions.prompt") is not False,
        "labels": subject.app.config.get("permissions.labels", "approve"),
    }


def _allowed(rules: list[str], here: str) -> list[str]:
    return [("not " if rule.startswith("!") else "") + meaning(rule, here) for rule in rules]


def _print(subject: Subject, faults: list[Fault], console: Console) -> None:
    data = _data(subject)
    who = "A spell" if subject.spell is None else escaped(str(subject.spell))
    console.print(console.strong(f"{who} may", BOLD))
    for right, about in data["rights"].items():
        console.print(f"  {RIGHTS[right]}: {'; '.join(about['may'])}")
    others = [text for right, text in RIGHTS.items() if right not in data["rights"]]
    console.print(f"It may not {', '.join(others)}." if others else "There is nothing that it may not do.")
    _print_header(subject, data, console)
    where = "a process of its own" if subject.isolation == "process" else "the process of llmspell"
    console.print(f"It runs in {where}. {_watching(data)}")
    for state, title, style in ((FAULT, "wrong", RED), (NOTE, "to know", YELLOW)):
        found = [one for one in faults if one.state == state]
        if found:
            console.print()
            console.print(console.strong(f"{len(found)} {title}", style))
        for one in found:
            console.print(f"  {one.what}: {one.why}.")
            console.print(f"    {one.next}")
    if not any(one.state == FAULT for one in faults):
        console.print(console.strong("Nothing is wrong.", GREEN))


def _print_header(subject: Subject, data: Mapping[str, Any], console: Console) -> None:
    if subject.spell is None:
        return
    if subject.header is None:
        console.print("It does not say in its header what it asks for, so it holds all that is granted.")
    elif not data["missing"]:
        console.print("It holds no more than its header asks for, and nothing of that is missing.")
    else:
        console.print("It holds no more than its header asks for. Of that it has not:")
        for rule in data["missing"]:
            right, target = split(rule)
            flag = f"--allow-{FLAGS[right]}={target}" if right in FLAGS else f"--allow={rule}"
            console.print(f"  {RIGHTS[right]}: {meaning(rule, os.getcwd())}  ({escaped(flag)})")  # noqa: PTH109 - text


def _watching(data: Mapping[str, Any]) -> str:
    labels = {
        "approve": "Once it has read private data and text from outside, a person approves what its models send.",
        "refuse": "Once it has read private data and text from outside, its models send nothing.",
        "off": "Nobody watches what its models send.",
    }[data["labels"]]
    asked = (
        "At a terminal you are asked for what is missing." if data["prompt"] else "Nobody is asked for what is missing."
    )
    return f"{labels} {asked}"
