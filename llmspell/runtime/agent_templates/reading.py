"""Read templates: tables of scripts and TOML files, with every fault at once and the line of each in a file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import AgentConfigError
from llmspell.model.near import near_words
from llmspell.model.schema_keys import snake
from llmspell.runtime.agent_templates.template import GROUP, AgentTemplate
from llmspell.services.config_lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Path = tuple[str | int, ...]

TEXTS = ("name", "agent_name", "description", "version", "extends", "system_prompt")
LISTS = ("aliases", "capabilities", "prompt_additions", "context", "tools", "additional_tools", "remove_tools")
TABLES = ("base_config", "tool_capabilities", "tool_overrides", "workflows", "settings", "personality")
FIELDS = (*TEXTS, *LISTS, *TABLES)
OTHER_NAMES = {
    "system_prompt_template": "system_prompt",
    "prompt_template": "system_prompt",
    "custom_prompt_additions": "prompt_additions",
    "system_prompt_additions": "prompt_additions",
    "default_tools": "tools",
    "common_tools": "tools",
    "base_template": "extends",
    "config": "base_config",
}
"""Names that fields have elsewhere -> the name here."""

MEMORY, ALWAYS_SO = "memory_config", "personality_consistency"
"""The option `memory` of agents as documents name it in templates, and a key of it: the prompt is always told."""

MAX_SIZE = 256 * 1024
"""Bytes of the largest file that is read as a template."""

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
STEP_SUBJECTS = ("tool", "tools", "agent", "workflow", "run", "code", "steps")


class Fault(NamedTuple):
    """What is wrong at a place: `base_config.model`, `tools[2]`; `line` counts from 1, None outside of files."""

    path: str
    message: str
    line: int | None = None

    def table(self) -> dict[str, object]:
        """Give it as JSON data."""
        return {"path": self.path, "message": self.message, **({} if self.line is None else {"line": self.line})}


class _Faults(list[tuple[Path, str]]):
    """Collect what is wrong; each method gives what is right, and takes note of the rest."""

    def say(self, path: Path, message: str) -> None:
        self.append((path, message))

    def text(self, value: object, path: Path) -> str:
        if isinstance(value, str):
            return value
        self.say(path, f"must be text, got {_kind(value)}")
        return ""

    def table(self, value: object, path: Path) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        if value != []:  # an empty table of Lua
            self.say(path, f"must be a table, got {_kind(value)}")
        return {}

    def texts(self, value: object, path: Path) -> tuple[str, ...]:
        if isinstance(value, str):
            return (value,)
        if isinstance(value, (list, tuple)):
            return tuple(self.text(one, (*path, number)) for number, one in enumerate(value, 1))
        if value != {}:  # an empty list of Lua
            self.say(path, f"must be a list of texts, got {_kind(value)}")
        return ()


def from_table(
    table: Mapping[str, Any],
    *,
    source: str,
    name: str = "",
    what: str = "",
    more: Callable[[AgentTemplate], Sequence[tuple[Path, str]]] | None = None,
) -> AgentTemplate:
    """Read a table that a script wrote; keys that are no field are settings.

    `what` is what errors call it, the template of its name without it; `more` finds further faults.

    Raises `AgentConfigError` with every fault.
    """
    given = {**table, **({"name": name} if name else {})}
    template, faults = _read(given, source, strict=False)
    faults += more(template) if more is not None else ()
    if faults:
        raise _error(what or f"template {template.name!r}", [Fault(_shown(path), why) for path, why in faults])
    return template


def from_toml(
    text: str, source: str, more: Callable[[AgentTemplate], Sequence[tuple[Path, str]]] | None = None
) -> AgentTemplate:
    """Read a TOML file; raises `AgentConfigError` with every fault and its line."""
    template, faults = judged(text, source, more)
    if faults:
        raise _error(source, faults)
    return template


def judged(
    text: str, source: str, more: Callable[[AgentTemplate], Sequence[tuple[Path, str]]] | None = None
) -> tuple[AgentTemplate, list[Fault]]:
    """Read a TOML file as far as it can be read, and give its faults in the order of their lines."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return AgentTemplate(name="", source=source), [_syntax(error, text)]
    template, found = _read(tree, source, strict=True)
    found += more(template) if more is not None else ()
    lines = lines_of(text)
    faults = [Fault(_shown(path), why, _line(path, lines, text, tree)) for path, why in found]
    return template, sorted(faults, key=lambda one: one.line or 0)


def normalised(table: Mapping[str, Any]) -> dict[str, Any]:
    """Give a table with the names that its fields have here, in snake_case, and the groups of changes opened."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        short = snake(str(key))
        found[OTHER_NAMES.get(short, short)] = value
    return found


def _deeply(value: object) -> object:
    """Give tables within each other with keys in snake_case."""
    return {snake(str(key)): _deeply(one) for key, one in value.items()} if isinstance(value, Mapping) else value


def _read(table: Mapping[str, Any], source: str, *, strict: bool) -> tuple[AgentTemplate, list[tuple[Path, str]]]:
    faults = _Faults()
    given = _opened(normalised(table), faults)
    settings = dict(faults.table(given.get("settings", {}), ("settings",)))
    for key, value in given.items():
        if key == "personality" or (key.endswith(GROUP) and key != "tool_capabilities"):
            settings[key] = _deeply(faults.table(value, (key,)))
        elif key not in FIELDS:
            _unknown(key, value, settings, faults, strict=strict)
    read: dict[str, Any] = {key: faults.text(given[key], (key,)) for key in TEXTS if key in given}
    read |= {key: faults.texts(given[key], (key,)) for key in LISTS if key in given}
    read |= {key: faults.table(given[key], (key,)) for key in ("base_config", "tool_overrides") if key in given}
    read["tool_capabilities"] = _abilities(given.get("tool_capabilities", {}), faults)
    read["workflows"] = _workflows(given.get("workflows", {}), faults)
    template = AgentTemplate(**{"name": "", **read, "settings": settings, "source": source})
    _check(template, faults, strict=strict)
    return template, faults


def _opened(given: dict[str, Any], faults: _Faults) -> dict[str, Any]:
    """Open `customizations` and `enhanced_prompts`, which hold what could stand on top as well, and `memory_config`."""
    changes = given.pop("customizations", None)
    if changes is not None:
        given |= normalised(faults.table(changes, ("customizations",)))
    prompts = given.pop("enhanced_prompts", None)
    if prompts is not None:
        found = normalised(faults.table(prompts, ("enhanced_prompts",)))
        addition = found.pop("system_addition", None)
        if addition is not None:
            given["prompt_additions"] = [
                *faults.texts(given.get("prompt_additions", []), ("prompt_additions",)),
                addition,
            ]
        given |= {key: value for key, value in found.items() if key not in given}
    memory = given.pop(MEMORY, None)
    if memory is not None:
        said = normalised(faults.table(memory, (MEMORY,)))
        kept = {key: value for key, value in said.items() if key != ALWAYS_SO}
        given["base_config"] = {**faults.table(given.get("base_config", {}), ("base_config",)), "memory": kept}
    return given


def _unknown(key: str, value: object, settings: dict[str, Any], faults: _Faults, *, strict: bool) -> None:
    """Take a key that is no field as a setting, unless it looks like a field that was misspelled."""
    near = near_words(key, FIELDS, n=1, cutoff=0.5 if strict else 0.85)
    if strict or near:
        hint = f"did you mean {near[0]!r}?" if near else "settings of your own belong below [settings]"
        faults.say((key,), f"is no field of a template; {hint}")
    else:
        settings.setdefault(key, value)


def _abilities(value: object, faults: _Faults) -> dict[str, str]:
    """Read what tools must be able to do: a list, or a table that says why."""
    path = ("tool_capabilities",)
    if isinstance(value, (list, tuple, str)):
        return dict.fromkeys(faults.texts(value, path), "")
    return {str(key): faults.text(why, (*path, str(key))) for key, why in faults.table(value, path).items()}


def _workflows(value: object, faults: _Faults) -> dict[str, Any]:
    """Read workflows: each has steps, each of which names what does it; a list names workflows without any."""
    if isinstance(value, (list, tuple)):
        return {name: {"steps": []} for name in faults.texts(value, ("workflows",))}
    found: dict[str, Any] = {}
    for name, one in faults.table(value, ("workflows",)).items():
        path: Path = ("workflows", str(name))
        about = dict(faults.table(one, path))
        steps = about.get("steps")
        if not isinstance(steps, (list, tuple)) or not steps:
            faults.say(path, "needs a list of `steps`")
            steps = ()
        for number, step in enumerate(steps, 1):
            at: Path = (*path, "steps", number)
            said = faults.table(step, at)
            if isinstance(step, Mapping) and not (isinstance(said.get("name"), str) and said["name"]):
                faults.say(at, "needs a `name`")
            if isinstance(step, Mapping) and sum(key in said for key in STEP_SUBJECTS) != 1:
                faults.say(at, f"needs one of {', '.join(STEP_SUBJECTS)}")
        found[str(name)] = {**about, "steps": list(steps)}
    return found


def _check(template: AgentTemplate, faults: _Faults, *, strict: bool) -> None:
    if not template.name:
        if not any(path == ("name",) for path, _ in faults):
            faults.say(("name",), "is missing")
    elif not NAME.match(template.name):
        faults.say(("name",), f"{template.name!r} is not snake_case of at most 64 characters")
    for number, alias in enumerate(template.aliases, 1):
        if not NAME.match(alias):
            faults.say(("aliases", number), f"{alias!r} is not snake_case of at most 64 characters")
    whole = template.system_prompt or template.extends
    if strict and not whole and not any(path == ("system_prompt",) for path, _ in faults):
        faults.say(("system_prompt",), "is missing, and there is no template that it `extends`")
    if template.extends and template.extends in (template.name, *template.aliases):
        faults.say(("extends",), "names the template itself")


def _error(what: str, faults: Sequence[Fault]) -> AgentConfigError:
    first = faults[0].line
    advice = ["see docs/how-to/make-templates.md"]
    listed = "; ".join(f"{f'line {one.line}: ' if one.line else ''}{one.path} {one.message}" for one in faults)
    return AgentConfigError(
        f"{what} is wrong: {listed}",
        where=f"{what}:{first}" if first else None,
        suggestions=["`llmspell template validate FILE` lists every fault", *advice] if first else advice,
        context={"faults": [one.table() for one in faults]},
    )


def _syntax(error: tomllib.TOMLDecodeError, text: str) -> Fault:
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", str(error))
    line = int(found[1]) if found and found[1] else max(1, len(text.splitlines()))
    what = str(error).replace(found[0], "") if found else str(error)
    return Fault("TOML", f"cannot be read: {what[:1].lower()}{what[1:]}", line)


def _shown(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _line(path: Path, lines: Mapping[tuple[str, ...], int], text: str, tree: Mapping[str, Any]) -> int:
    """Give the line of a fault: of the key, of the item of a list where that can be told, else of what holds it."""
    keys = tuple(part for part in path if isinstance(part, str))
    named = {OTHER_NAMES.get(key[0], key[0]): key[0] for key in lines if key}
    spelled = (named.get(keys[0], keys[0]), *keys[1:])
    if keys[:2] == ("base_config", "memory") and (MEMORY,) in lines:
        spelled = (MEMORY, *keys[2:])
    while spelled and spelled not in lines:
        spelled = spelled[:-1]
    start = lines.get(spelled, 1)
    item = path[-1]
    values = tree.get(spelled[0]) if len(spelled) == 1 else None
    if isinstance(item, int) and isinstance(values, list) and isinstance(values[item - 1], (str, int, float)):
        wanted = str(values[item - 1])
        rest = text.splitlines()[start - 1 :]
        return start + next((offset for offset, line in enumerate(rest) if wanted in line), 0)
    return start


def _kind(value: object) -> str:
    names = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list", dict: "a table"}
    return "nothing" if value is None else names.get(type(value), "something else")
