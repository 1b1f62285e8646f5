"""Skills: folders with instructions that a model reads when it needs them.

A skill is a folder with a file `SKILL.md`: between two lines `---` its `name` and `description`, and after them the
instructions. The model is told names and descriptions; the tool `load_skill` gives it the instructions, and other files
of the folder. The form is that of agentskills.io, of whose keys the others are passed over.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple, cast

from llmspell.errors import AgentConfigError, ResourceUnavailableError, ValidationError
from llmspell.runtime.tools import ScriptTool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from llmspell.kernel.scope import Scope
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run import Run
    from llmspell.spec import FileSystem

FILE = "SKILL.md"
TOOL = "load_skill"
LONGEST = 256 << 10
"""Bytes of one file of a skill."""

MOST_FILES = 100
"""Files of a folder that are named to the model."""

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_NAME_LENGTH, _DESCRIPTION_LENGTH = 64, 1024
_SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "the name of the skill"},
        "file": {"type": "string", "description": "a file of the skill, instead of its instructions"},
    },
    "required": ["name"],
    "additionalProperties": False,
}


class Skill(NamedTuple):
    """A skill that an agent has, and the folder it lies in."""

    name: str
    description: str
    folder: str


class Skills:
    """Hold the skills of one agent by name; `release` is called when the agent is closed."""

    def __init__(self, found: Iterable[Skill]) -> None:
        self.by_name: dict[str, Skill] = {}
        self.release: Callable[[], object] = lambda: None
        for one in found:
            other = self.by_name.setdefault(one.name, one)
            if other is not one:
                raise AgentConfigError(f"the skill {one.name!r} is in {other.folder} and in {one.folder}")

    @classmethod
    async def found(cls, folders: Iterable[str], ctx: CallContext) -> Skills:
        """Look for skills: in each folder, and in the folders right below it.

        Raises `AgentConfigError` for a folder without any and for a skill that is none, `PermissionDeniedError` and
        `ResourceUnavailableError`.
        """
        found: list[Skill] = []
        for folder in folders:
            here = [Skill(*one) for one in await ctx.once("skills", functools.partial(_listed, folder, ctx.fs))]
            if not here:
                raise AgentConfigError(
                    f"there is no skill in {folder}: neither {FILE} nor a folder with one",
                    suggestions=[f"write {folder}/{FILE}, or {folder}/<name>/{FILE}"],
                )
            found += here
        return cls(found)

    @property
    def told(self) -> str:
        """Give what the model is told at the start."""
        lines = [f"- {one.name}: {one.description}" for one in self.by_name.values()]
        return f"Skills, whose instructions the tool `{TOOL}` gives; load one before a task it is for:\n" + "\n".join(
            lines
        )

    def get(self, name: str) -> Skill:
        """Give a skill; raises `ValidationError` with the names of all."""
        found = self.by_name.get(name)
        if found is None:
            raise ValidationError(f"there is no skill {name!r}; there are: {', '.join(self.by_name)}")
        return found


async def _listed(folder: str, files: FileSystem) -> list[Skill]:
    return [one async for one in _below(folder, files)]


async def _below(folder: str, files: FileSystem) -> AsyncIterator[Skill]:
    path = folder.rstrip("/") or "/"
    if await files.exists(f"{path}/{FILE}"):
        yield await _read(path, files)
        return
    for one in await files.list(path):
        if one.kind == "directory" and await files.exists(f"{path}/{one.path.rsplit('/', 1)[-1]}/{FILE}"):
            yield await _read(f"{path}/{one.path.rsplit('/', 1)[-1]}", files)


async def _read(folder: str, files: FileSystem) -> Skill:
    head, _ = split(await text_of(files, f"{folder}/{FILE}"))
    name, description = head.get("name", ""), head.get("description", "")
    faults = []
    if not _NAME.match(name) or len(name) > _NAME_LENGTH:
        faults.append(f"`name` is lower-case words joined by hyphens, at most {_NAME_LENGTH} characters, not {name!r}")
    if not 0 < len(description) <= _DESCRIPTION_LENGTH:
        faults.append(f"`description` has 1 to {_DESCRIPTION_LENGTH} characters, not {len(description)}")
    if faults:
        raise AgentConfigError(
            f"{folder}/{FILE}: {'; '.join(faults)}", suggestions=["begin it with `---`, name, description and `---`"]
        )
    return Skill(name, description, folder)


async def text_of(files: FileSystem, path: str) -> str:
    """Read a file of a skill; raises `ResourceUnavailableError` for one that is no text."""
    raw = await files.read(path, limit=LONGEST)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise ResourceUnavailableError(f"{path} is no UTF-8 text (byte {error.start})") from error


def split(text: str) -> tuple[dict[str, str], str]:
    """Part a file into the keys at its beginning and the rest.

    Of YAML it knows `key: value` with or without quotes, and values on the indented lines below a key; what is nested
    is text like any other.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    ends = [at for at, line in enumerate(lines) if line.rstrip() == "---"]
    if len(ends) < 2 or ends[0] != 0:  # noqa: PLR2004 - the line before and the line after
        return {}, text
    head: dict[str, str] = {}
    key = ""
    for line in lines[1 : ends[1]]:
        if line[:1].isspace() and key:
            head[key] = f"{head[key]} {line.strip()}".strip()
        elif ":" in line and not line.startswith("#"):
            key, _, value = (part.strip() for part in line.partition(":"))
            head[key] = "" if value in {">", "|", ">-", "|-"} else value
    return {name: _unquoted(value) for name, value in head.items()}, "\n".join(lines[ends[1] + 1 :]).strip()


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


class LoadSkill:
    """Give models the instructions of the skills of the agent that asks."""

    def __init__(self) -> None:
        self.of: dict[Scope, Skills] = {}

    async def __call__(self, arguments: Mapping[str, object], ctx: CallContext) -> object:
        """Give the instructions of a skill with the names of its files, or one of these."""
        skill = self._skills(ctx).get(cast("str", arguments["name"]))
        files = ctx.fs.within(skill.folder)
        wanted = arguments.get("file")
        if isinstance(wanted, str) and wanted != FILE:
            return {"name": skill.name, "file": wanted, "content": await text_of(files, wanted)}
        _, body = split(await text_of(files, FILE))
        names = [one.path async for one in files.walk() if one.kind == "file" and one.path != FILE]
        return {"name": skill.name, "instructions": body, "files": names[:MOST_FILES]}

    def _skills(self, ctx: CallContext) -> Skills:
        scope: Scope | None = ctx.scope
        while scope is not None:
            if scope in self.of:
                return self.of[scope]
            scope = scope.parent
        raise ValidationError("the agent that asks has no skills", suggestions=["give it the option `skills`"])


async def use_skills(agent: Agent, folders: Iterable[str], ctx: CallContext) -> None:
    """Tell an agent's model of the skills in folders, and offer it the tool that loads them.

    Raises `AgentConfigError`.
    """
    agent.skills = await Skills.found(folders, ctx)
    tool = offer_skills(agent.run, agent.scope, agent.skills)
    agent.tools = (*(one for one in agent.tools if one != tool), tool)


def offer_skills(run: Run, scope: Scope, skills: Skills) -> str:
    """Offer the agent of a scope the tool that loads its skills, and give the tool's name.

    Raises `AgentConfigError` when the spell has a tool of that name.
    """
    catalog = run.app.catalog
    known = next((one for one in catalog.list("tool", owner=run.id) if one.name == TOOL), None)
    if known is None:
        loader = LoadSkill()
        summary = "Load the instructions of a skill, or a file that belongs to it."
        tool = ScriptTool(loader, _SCHEMA, composed=False)
        run.app.tools.register(run, TOOL, summary, tool, category="agent", needs=("fs.read",), effect="pure")
    else:
        handler = getattr(catalog.resolve(known), "handler", None)
        if not isinstance(handler, LoadSkill):
            raise AgentConfigError(f"a tool is called {TOOL!r}, as the one that loads skills is")
        loader = handler
    loader.of[scope] = skills
    skills.release = lambda: loader.of.pop(scope, None)
    return TOOL
