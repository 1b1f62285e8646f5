"""Guarded programs: what components get as `ctx.process`.

A program is named as one types it (`git`), granted by that name or with certain arguments (`process.exec`), and looked
for in a fixed list of folders. It gets its arguments as a list, never through a shell, and an environment that holds
nothing of ours: no keys, no user configuration. Its arguments are those that its grammar knows; a program without one
has to be granted by its name, and may then do whatever it can be told to do.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ValidationError
from llmspell.services.files_descend import find
from llmspell.services.files_errors import explained
from llmspell.services.files_guard import READ, WRITE, Guard
from llmspell.services.files_read import stat_file
from llmspell.services.process_arguments import Judged, judge
from llmspell.services.process_environment import environment
from llmspell.services.process_grammar import Grammar
from llmspell.services.process_kept import NO_LIMITS, Program, run_kept
from llmspell.services.process_limits import ProgramLimits, strictest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llmspell.services.files_kept import Kept
    from llmspell.services.process_grammar import Asks
    from llmspell.spec.context import Grants
    from llmspell.spec.process import Completed, Processes

EXEC: Final = "process.exec"
FOLDERS: Final = (
    (str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32")),)
    if sys.platform == "win32"
    else ("/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin")
)
"""Where programs are looked for: the places that only an administrator writes to."""

MAX_ARGUMENTS: Final = 128 << 10
"""Bytes of all arguments of one program."""

MAX_PIPELINE: Final = 16

_NAME: Final = re.compile(r"[A-Za-z0-9_\[][A-Za-z0-9_.+-]{0,63}")
_BATCH: Final = (".bat", ".cmd")
"""Windows runs them by a shell that reads arguments in its own way (CVE-2024-24576)."""

_EVERYBODY: Final = 0o002


class ProcessService:
    """Make process ports.

    `folders` is where programs are looked for, `grammar` finds the grammar of a program, `limits` are those of all,
    `kept` is where none may be started that writes there.
    """

    __slots__ = ("_folders", "_found", "_grammar", "_kept", "limits")

    def __init__(
        self,
        folders: Sequence[str | Path] = FOLDERS,
        *,
        grammar: Callable[[str], Grammar | None] = lambda _: None,
        limits: ProgramLimits = NO_LIMITS,
        kept: Kept | None = None,
    ) -> None:
        self.limits = limits
        self._kept = kept
        self._folders = tuple(map(str, folders))
        self._grammar = grammar
        self._found: dict[str, str] = {}

    @property
    def folders(self) -> tuple[str, ...]:
        """Give where programs are looked for."""
        return self._folders

    def grammar(self, name: str) -> Grammar:
        """Give the grammar of a program; one that nobody describes is free."""
        return self._grammar(name) or Grammar(name=name, free=True)

    def find(self, name: str) -> str:
        """Give the absolute path of a program; it stays what it was when it was first asked for."""
        if name not in self._found:
            self._found[name] = find_program(name, self._folders)
        return self._found[name]

    def port(
        self, grants: Grants, working: Path | str, who: str = "", limits: tuple[int | None, float | None] = NO_LIMITS
    ) -> Processes:
        """Give the programs that `grants` allow to the component called `who`; they start in `working`.

        `limits` are bytes of memory of each of their processes, and seconds of processor time.
        """
        return _Processes(Guard(grants, working, who, self._kept), self, strictest(self.limits, ProgramLimits(*limits)))


class _Wanted(NamedTuple):
    """One program of a call, judged."""

    program: Program
    grammar: Grammar
    judged: Judged


class _Processes:
    """Implement `Processes` for one caller."""

    __slots__ = ("_guard", "_limits", "_service")

    def __init__(self, guard: Guard, service: ProcessService, limits: ProgramLimits) -> None:
        self._guard = guard
        self._limits = limits
        self._service = service

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
        return await self.pipe([argv], input=input, cwd=cwd, env=env, timeout=timeout, limit=limit)

    async def pipe(
        self,
        commands: Sequence[Sequence[str]],
        *,
        input: bytes = b"",  # noqa: A002 - as above
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        limit: int = 1 << 20,
    ) -> Completed:
        if isinstance(commands, (str, bytes)) or not 0 < len(commands) <= MAX_PIPELINE:
            raise ValidationError(f"a pipeline is a list of 1 to {MAX_PIPELINE} commands, each a list of texts")
        wanted = [await self._judged(argv) for argv in commands]
        folder = self._folder(cwd)
        for one in wanted:
            self._require(one, folder)
        shown = " | ".join(one.grammar.name for one in wanted)
        # A home of its own: programs read their users' configuration there, and some of it names further programs.
        with TemporaryDirectory(prefix="llmspell-home-") as home, explained(self._guard, shown, "run"):
            around = environment(
                [grammar for one in wanted for grammar in one.judged.way],
                env or {},
                self._service.folders,
                home=home,
                above=os.path.dirname(folder),  # noqa: PTH120 - a text
                who=self._guard.who,
            )
            for one in wanted:
                await self._ask(one, folder, around)
            limits = strictest(self._limits, *(grammar.limits for one in wanted for grammar in one.judged.way))
            programs = [one.program for one in wanted]
            return await run_kept(
                programs, input=input, cwd=folder, env=around, timeout=timeout, limit=limit, limits=limits
            )

    async def _judged(self, argv: Sequence[str]) -> _Wanted:
        """Judge one command: its name, its right, and its arguments by its grammar."""
        name = check_arguments(argv)
        grants = self._guard.grants
        if not grants.may(EXEC):
            grants.require(EXEC, name, who=self._guard.who)
        grammar = self._service.grammar(name)
        judged = Judged(tuple(argv[1:]), tuple(argv), (), (grammar,)) if grammar.free else judge(grammar, argv[1:])
        line = shlex.join(judged.words)
        await self._permit(name, line)
        if grammar.free and not grants.names(EXEC, line):
            raise self._unnamed(name)
        return _Wanted(Program(self._service.find(name), (name, *judged.argv)), grammar, judged)

    async def _permit(self, name: str, line: str) -> None:
        """Require the right to a command line; the user is asked for the line, a refusal names the program."""
        grants = self._guard.grants
        try:
            await grants.required(EXEC, line, who=self._guard.who)
        except PermissionDeniedError:
            if not grants.allows(EXEC, name):
                grants.require(EXEC, name, who=self._guard.who)
            raise

    def _unnamed(self, name: str) -> PermissionDeniedError:
        return PermissionDeniedError(
            f"{self._guard.who or 'this component'} may not run {name}: nothing says which arguments are harmless, so "
            "a rule must name the program",
            suggestions=[f"Run again with --allow-run={name}: it may then do whatever {name} can be told to do."],
            context={"right": EXEC, "target": name, "who": self._guard.who, "flag": f"--allow-run={name}"},
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

    def _require(self, one: _Wanted, folder: str) -> None:
        """Require the rights on what a program is told to read, and on what it reads and writes by itself."""
        paths = one.judged.paths
        if any(grammar.reads for grammar in one.judged.way) and not any(there for _, there in paths):
            paths = (*paths, (".", True))
        for path, there in paths:
            self._readable(os.path.join(folder, path), path, there=there)  # noqa: PTH118 - a text
        if any(grammar.writes for grammar in one.judged.way):
            self._guard.require(WRITE, folder)
        for grammar in one.judged.way:
            self._right_folder(grammar, folder)

    def _readable(self, absolute: str, shown: str, *, there: bool) -> None:
        """Require the right to read a file, or a folder with all below it, behind links too."""
        with explained(self._guard, shown, "read"), find(self._guard, (READ,), absolute) as spot:
            info = spot.require() if there else None
            real = spot.path
        if info is not None and self._guard.grants.denies_below(READ, real):
            raise PermissionDeniedError(
                f"{self._guard.who or 'this component'} may not have a program read {shown}: a rule denies something "
                "below it",
                suggestions=["Name the files or folders that it may read."],
                context={"right": READ, "target": real},
            )

    def _right_folder(self, grammar: Grammar, folder: str) -> None:
        """Refuse a folder that the program would take for another one."""
        for name in (*grammar.folders, *grammar.absent):
            path = os.path.join(folder, name)  # noqa: PTH118 - a text
            there = os.path.lexists(path)
            real = os.path.isdir(path) and not os.path.islink(path)  # noqa: PTH112, PTH114 - a text
            if (name in grammar.folders and not real) or (name in grammar.absent and there):
                wrong = "has" if name in grammar.absent else "has no folder"
                raise PermissionDeniedError(
                    f"{grammar.name} may not be started here: {folder} {wrong} {name}",
                    suggestions=["Start it in another folder, with `cwd`."],
                    context={"right": EXEC, "target": grammar.name, "path": path},
                )

    async def _ask(self, one: _Wanted, folder: str, around: Mapping[str, str]) -> None:
        """Ask the program what its grammar says, and refuse the run for what it answers."""
        for grammar in one.judged.way:
            if grammar.asks is not None:
                program = one.program._replace(argv=(one.program.argv[0], *grammar.asks.argv))
                limits = strictest(self._limits, grammar.limits)
                done = await run_kept(
                    [program], input=b"", cwd=folder, env=around, timeout=10, limit=1 << 20, limits=limits
                )
                self._answered(grammar, grammar.asks, done)

    def _answered(self, grammar: Grammar, asks: Asks, done: Completed) -> None:
        lines = re.split(r"[\0\n]", done.stdout.decode(errors="replace").lower())
        bad = next((line for line in lines for never in asks.never if fnmatchcase(line, never)), None)
        if bad is None and done.status == 0 and not done.truncated:
            return
        why = f"its configuration there sets {bad}" if bad else f"it does not say what it would do ({done.status})"
        raise PermissionDeniedError(
            f"{grammar.name} may not be started here: {why}",
            suggestions=["Remove that setting if you do not need it, or start it in another folder."],
            context={"right": EXEC, "target": grammar.name, "stderr": done.stderr[-500:].decode(errors="replace")},
        )


def check_arguments(argv: Sequence[str]) -> str:
    """Give the program's name; arguments that no program can receive are a `ValidationError`."""
    if isinstance(argv, (str, bytes)) or not argv or not all(isinstance(one, str) for one in argv):
        raise ValidationError(
            "a program is started with a list of texts, its name first",
            suggestions=['Write ["git", "status"] instead of "git status": there is no shell in between.'],
        )
    if any("\0" in one for one in argv):
        raise ValidationError("an argument holds a NUL character, which no program can receive")
    try:
        size = sum(len(os.fsencode(one)) + 1 for one in argv)
    except UnicodeEncodeError as error:
        raise ValidationError("an argument holds half of a character, which no program can receive") from error
    if size > MAX_ARGUMENTS:
        raise ValidationError(
            f"the arguments take {size} bytes, more than {MAX_ARGUMENTS}",
            suggestions=["Give the program less at a time, or through its `input`."],
        )
    name = argv[0]
    if not _NAME.fullmatch(name):
        raise ValidationError(
            f"{name[:80]!r} is not the bare name of a program",
            suggestions=["Name the program without its folder: it is looked for in fixed places only."],
        )
    if name.lower().endswith(_BATCH):
        raise ValidationError(
            f"{name} is a batch file, which a shell reads",
            suggestions=["Run the program that it would run."],
        )
    return name


def find_program(name: str, folders: Sequence[str] = FOLDERS) -> str:
    """Give the absolute path of a program, or raise `ResourceUnavailableError`."""
    names = [name] if sys.platform != "win32" or name.lower().endswith(".exe") else [f"{name}.exe"]
    for folder in folders:
        for one in names:
            candidate = Path(folder, one)
            if candidate.is_file() and os.access(candidate, os.X_OK) and not candidate.stat().st_mode & _EVERYBODY:
                return str(candidate)
    raise ResourceUnavailableError(
        f"there is no program {name!r} in {os.pathsep.join(folders)}",
        suggestions=[f"Install {name} where all users find it."],
        context={"command": name},
    )
