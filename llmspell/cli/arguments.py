"""Arguments that every verb shares: configuration, plugins, permissions, output."""

from __future__ import annotations

from llmspell.spec.arguments import Argument

OUTPUT = (
    Argument("json", "print one JSON document", ("--json",), "flag"),
    Argument("verbose", "show details and Python tracebacks", ("-v", "--verbose"), "flag"),
    Argument("quiet", "say nothing but results, warnings and errors", ("-q", "--quiet"), "flag"),
    Argument("color", "when to use colours", ("--color",), choices=("auto", "always", "never"), default="auto"),
)

SETUP = (
    Argument("config", "read this configuration file, too", ("--config",), metavar="FILE", completes="file"),
    Argument(
        "plugins",
        "load a module or a file as a plugin, or block one with no:NAME",
        ("-p", "--plugin"),
        "list",
        metavar="PLUGIN",
        completes="plugin",
    ),
    Argument("strict_plugins", "stop at the first broken plugin", ("--strict-plugins",), "flag"),
)

TRANSCRIPT = Argument(
    "transcript",
    "write what models are asked and answer, on the wire and in parts, to the end of this file",
    ("--transcript",),
    metavar="FILE",
    completes="file",
)

ISOLATION = Argument(
    "isolation",
    "where scripts run; without it as [scripting] isolation says, else in a process of their own",
    ("--isolation",),
    choices=("process", "inline"),
)

DURABLE = (
    Argument("durable", "keep what the run does: it survives a crash and can be resumed", ("--durable",), "flag"),
    Argument(
        "sync",
        "what a durable run waits for: the disk, the system, or its end",
        ("--sync",),
        choices=("sync", "async", "exit"),
    ),
    Argument("record", "keep what the run does in this file", ("--record",), metavar="FILE", completes="file"),
    Argument(
        "replay",
        "answer everything outside of the spell from this recording; what it does not have is an error",
        ("--replay",),
        metavar="FILE",
        completes="file",
    ),
)

RIGHTS = (
    ("read", "fs.read", "PATH"),
    ("write", "fs.write", "PATH"),
    ("net", "net.connect", "HOST[:PORT]"),
    ("run", "process.exec", "COMMAND"),
    ("env", "env.read", "NAME"),
)
"""Flags by the right they grant: `--allow-read=PATH[,PATH]`, `--deny-read=...`."""


def _right(flag: str, right: str, target: str, verb: str, text: str) -> Argument:
    completes = "file" if right.startswith("fs.") else ""
    return Argument(f"{verb}_{flag}", text, (f"--{verb}-{flag}",), "list", metavar=target, completes=completes)


PERMISSIONS = (
    *(_right(flag, right, target, "allow", f"grant {right}") for flag, right, target in RIGHTS),
    *(_right(flag, right, target, "deny", f"refuse {right}, whatever grants it") for flag, right, target in RIGHTS),
    Argument("allow", "grant any right", ("--allow",), "list", metavar="RIGHT=TARGET", completes="right"),
    Argument("deny", "refuse any right", ("--deny",), "list", metavar="RIGHT=TARGET", completes="right"),
    Argument("no_prompt", "ask for no right, also at a terminal", ("--no-prompt",), "flag"),
    Argument("allow_all", "grant everything: for spells you wrote yourself", ("-A", "--allow-all"), "flag"),
)


def rules(args: object) -> list[str]:
    """Turn the permission flags into rules as `Grants.parse` reads them: `fs.read=docs`, `!fs.read=docs/private`."""
    found = []
    for flag, right, _ in RIGHTS:
        for prefix, sign in (("allow", ""), ("deny", "!")):
            for value in getattr(args, f"{prefix}_{flag}", None) or ():
                found += [f"{sign}{right}={target}" for target in value.split(",") if target]
    found += [rule for value in getattr(args, "allow", None) or () for rule in _listed(value)]
    found += [f"!{rule}" for value in getattr(args, "deny", None) or () for rule in _listed(value)]
    return found


def _listed(value: str) -> list[str]:
    """Part `RIGHT=TARGET,TARGET,RIGHT=TARGET`: what begins with no right is one more target of the right before it."""
    from llmspell.services.permission_rights import RIGHTS as KNOWN  # noqa: PLC0415 - few commands name any right

    found: list[str] = []
    right = ""
    for one in value.split(","):
        named, equals, _ = one.partition("=")
        if not right or named.strip() in KNOWN:
            right = named if equals else ""
            found.append(one)
        elif one:
            found.append(f"{right}={one}")
    return found


CLEANUP = (
    Argument("unused", "any not used for so long", ("--unused",), metavar="DURATION"),
    Argument("age", "any made so long ago", ("--age",), metavar="DURATION"),
    Argument("keep", "all but so many, those used last", ("--keep",), "int", metavar="NUMBER"),
    Argument("dry_run", "only say which would go", ("--dry-run",), "flag"),
)
"""What is too much of something that is kept: `llmspell.cli.cleanup` reads it."""

SIZE = Argument("size", "those unused longest, when all together are larger", ("--size",), metavar="SIZE")
