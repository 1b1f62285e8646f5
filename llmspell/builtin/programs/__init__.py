"""Grammars of common programs, one TOML file each: `Git` here is what `git.toml` holds."""

from __future__ import annotations

COMMANDS = (
    "basename", "cat", "cut", "date", "df", "diff", "dirname", "du", "echo", "false", "git", "grep", "head", "ls",
    "md5sum", "nl", "pwd", "seq", "sha256sum", "sleep", "sort", "stat", "tail", "tr", "true", "uname", "uniq", "wc",
)  # fmt: skip
"""What has a grammar here. Not among them: shells, interpreters, what runs another program (`env`, `xargs`, `find`,
`tar`, `make`, `ssh`), and what has its own way to the network (`curl`, `wget`)."""


def __getattr__(name: str) -> object:
    """Read a grammar; `True` and `False` are programs, too, so names are capitalised."""
    command = name.lower()
    if command not in COMMANDS:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    import pkgutil  # noqa: PLC0415 - only who runs programs pays for it
    import tomllib  # noqa: PLC0415 - likewise

    data = pkgutil.get_data(__name__, f"{command}.toml") or b""
    return tomllib.loads(data.decode())
