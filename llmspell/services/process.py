"""Guarded programs: what components get as `ctx.process`.

A program is named as one types it (`git`), granted by that name (`process.exec`), and looked for in a fixed list of
folders. It gets its arguments as a list, never through a shell, and an environment that holds nothing of ours: no keys,
no user configuration. Arguments are not judged: many programs run others when asked to, so a grant of `git` is a grant
of what git can be told to do.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ValidationError
from llmspell.services.files_errors import explained
from llmspell.services.files_guard import Guard
from llmspell.services.files_read import stat_file
from llmspell.services.process_child import run_child

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.spec.context import Grants
    from llmspell.spec.process import Completed, Processes

EXEC: Final = "process.exec"
FOLDERS: Final = (
    (str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32")),)
    if sys.platform == "win32"
    else ("/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin")
)
"""Where programs are looked for: the places that only an administrator writes to."""

_OWN_NAMES: Final = frozenset({"PATH", "HOME", "TMPDIR", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "PS4", "SYSTEMROOT"})
_LOADER_PREFIXES: Final = ("LD_", "DYLD_", "PYTHON", "PERL5", "RUBY", "NODE_", "JAVA_", "GIT_", "BASH_FUNC_")
"""Variables that make a granted program load or run another one."""


class ProcessService:
    """Make process ports; `folders` is where programs are looked for."""

    __slots__ = ("_folders",)

    def __init__(self, folders: Sequence[str | Path] = FOLDERS) -> None:
        self._folders = tuple(map(str, folders))

    def port(self, grants: Grants, working: Path | str, who: str = "") -> Processes:
        """Give the programs that `grants` allow to the component called `who`; they start in `working`."""
        return _Processes(Guard(grants, working, who), self._folders)


class _Processes:
    """Implement `Processes` for one caller."""

    __slots__ = ("_folders", "_guard")

    def __init__(self, guard: Guard, folders: tuple[str, ...]) -> None:
        self._guard = guard
        self._folders = folders

    async def run(
        self,
        argv: Sequence[str],
        *,
        input: bytes = b"",  # noqa: A002 - the name `subprocess` uses
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        limit: int = 1 << 20,
    ) -> Completed:
        name = _check_arguments(argv)
        await self._guard.grants.required(EXEC, name, who=self._guard.who)
        program = find_program(name, self._folders)
        folder = self._folder(cwd)
        # A home of its own: programs read their users' configuration there, and some of it names further programs.
        with TemporaryDirectory(prefix="llmspell-home-") as home, explained(self._guard, name, "run"):
            return await run_child(
                [program, *argv[1:]],
                input=input,
                cwd=folder,
                env=_environment(self._folders, home, env or {}, self._guard.who),
                timeout=timeout,
                limit=limit,
            )

    def _folder(self, cwd: str | None) -> str:
        """Give the folder to start in; one that the caller names must be readable for it."""
        if cwd is None:
            return self._guard.working
        with explained(self._guard, cwd, "start in"):
            info = stat_file(self._guard, cwd)
        if info.kind != "directory":
            raise ResourceUnavailableError(f"cannot start in {cwd!r}: it is not a folder", context={"path": cwd})
        return self._guard.absolute(cwd)


def _check_arguments(argv: Sequence[str]) -> str:
    """Give the program's name; arguments that no program can receive are a `ValidationError`."""
    if isinstance(argv, (str, bytes)) or not argv or not all(isinstance(one, str) for one in argv):
        raise ValidationError(
            "a program is started with a list of texts, its name first",
            suggestions=['Write ["git", "status"] instead of "git status": there is no shell in between.'],
        )
    if any("\0" in one for one in argv):
        raise ValidationError("an argument holds a NUL character, which no program can receive")
    name = argv[0]
    if not name or Path(name).name != name or name in (".", ".."):
        raise ValidationError(
            f"{name!r} is not the bare name of a program",
            suggestions=["Name the program without its folder: it is looked for in fixed places only."],
        )
    return name


def find_program(name: str, folders: Sequence[str] = FOLDERS) -> str:
    """Give the absolute path of a program, or raise `ResourceUnavailableError`."""
    names = [name] if sys.platform != "win32" or name.lower().endswith(".exe") else [f"{name}.exe"]
    for folder in folders:
        for one in names:
            candidate = Path(folder, one)
            if candidate.is_file() and os.access(candidate, os.X_OK):
                return str(candidate)
    raise ResourceUnavailableError(
        f"there is no program {name!r} in {os.pathsep.join(folders)}",
        suggestions=[f"Install {name} where all users find it."],
        context={"command": name},
    )


def _environment(folders: Sequence[str], home: str, more: Mapping[str, str], who: str) -> dict[str, str]:
    """Give the fixed environment and what the caller adds to it."""
    for name in more:
        if name.upper() in _OWN_NAMES or name.upper().startswith(_LOADER_PREFIXES):
            raise PermissionDeniedError(
                f"{who or 'this component'} may not set {name}: it decides what a program loads or runs",
                suggestions=[f"Leave {name} out."],
                context={"right": EXEC, "target": name},
            )
        if not name or "=" in name or "\0" in name + more[name]:
            raise ValidationError(f"{name!r} cannot be set in an environment")
    fixed = {"PATH": os.pathsep.join(folders), "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8"}
    if sys.platform == "win32":
        fixed["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", r"C:\Windows")
    return {**fixed, **more}
