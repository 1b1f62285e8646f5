"""Write docs/reference and docs/man from the code: `python docs/generate.py` writes, `--check` only compares."""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from llmspell.bridge.caps import Caps
from llmspell.bridge.handles import MAX_HANDLES
from llmspell.bridge.sources import MAX_SOURCE
from llmspell.bridge.streams import MAX_STREAMS
from llmspell.cli import manual
from llmspell.cli.api import rendered
from llmspell.cli.parser import meaning
from llmspell.cli.surroundings import STATUSES, VARIABLES
from llmspell.cli.table import COMMANDS
from llmspell.errors import (
    ConversionError,
    ExitCode,
    ResourceExhaustedError,
    ScriptError,
    ScriptMemoryError,
    ScriptResourceError,
    ScriptTimeoutError,
    error_types,
)
from llmspell.kernel.catalog import Catalog
from llmspell.kernel.discovery import scan
from llmspell.kernel.loader import Loader
from llmspell.kernel.points import POINTS
from llmspell.runtime.app import App
from llmspell.runtime.builtins import builtins
from llmspell.runtime.context import MAX_PATH
from llmspell.runtime.host import Limits
from llmspell.services.config_template import render_template
from llmspell.services.events_catalog import KERNEL_EVENTS
from llmspell.services.permission_rights import FLAGS, RIGHTS
from llmspell.spec import lifecycle, points
from llmspell.spec.engine_child import GRACE
from llmspell.spec.wire import MAX_DEPTH, MAX_FRAME, MAX_NODES
from llmspell.testing.conformance import page, record
from llmspell.testing.conformance.item import CHILD_ONLY, INLINE
from llmspell.testing.conformance.limits import ITEMS as LIMIT_ITEMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.spec import Component
    from llmspell.spec.arguments import Argument

REFERENCE = Path(__file__).parent / "reference"
MANUAL = Path(__file__).parent / "man"
NOTICE = "<!-- written by docs/generate.py: change the code and run `make docs` -->\n"


def hooks() -> str:
    """Describe every hook point by its specification's own docstring."""
    lines = ["# Hook points", "", inspect.cleandoc(points.__doc__ or ""), ""]
    for name, point in POINTS.items():
        function = getattr(lifecycle if point.shape == "lifecycle" else points, f"llmspell_{name}")
        lines += [f"## `llmspell_{name}({', '.join(point.arguments)})`", "", inspect.getdoc(function) or "", ""]
    return "\n".join(lines)


def events() -> str:
    """List the events that the kernel emits."""
    rows = [f"| `{name}` | {text} |" for name, text in KERNEL_EVENTS.items()]
    return "\n".join(
        ["# Events", "", "Every other name is a custom event.", "", "| event | when |", "| --- | --- |", *rows]
    )


def errors() -> str:
    """List error classes by code, and the exit statuses."""
    rows = sorted(
        (e.code, e.type, e.__name__, e.exit_code, (inspect.getdoc(e) or "").split("\n")[0]) for e in error_types()
    )
    table = [f"| {code} | `{kind}` | `{name}` | {status} | {text} |" for code, kind, name, status, text in rows]
    statuses = [f"| {value} | {name.lower()} |" for name, value in vars(ExitCode).items() if name.isupper()]
    head = [
        "# Errors",
        "",
        "| code | type in scripts | class | exit status | meaning |",
        "| ---: | --- | --- | ---: | --- |",
    ]
    return "\n".join([*head, *table, "", "## Exit statuses", "", "| status | meaning |", "| ---: | --- |", *statuses])


def rights() -> str:
    """List the rights and their flags."""
    rows = []
    for right, text in RIGHTS.items():
        name = FLAGS.get(right)
        flags = f"`--allow-{name}`, `--deny-{name}`" if name else f"`--allow={right}=TARGET`, `--deny={right}=TARGET`"
        rows.append(f"| `{right}` | {text} | {flags} |")
    return "\n".join(["# Rights", "", "| right | to | flags |", "| --- | --- | --- |", *rows])


def cli() -> str:
    """Describe the verbs by their descriptors."""
    lines = ["# Command line", ""]
    for command in COMMANDS:
        lines += _command(command, "llmspell")
    lines += ["## Environment", "", "| variable | meaning |", "| --- | --- |"]
    lines += [f"| `{name}` | {text} |" for name, text in VARIABLES]
    lines += ["", "## Exit statuses", "", "| status | meaning |", "| ---: | --- |"]
    lines += [f"| {status} | {text} |" for status, text in STATUSES]
    return "\n".join(lines)


def _command(command: Component, prog: str) -> list[str]:
    name = f"{prog} {command.name}"
    lines = [f"## `{name}`", "", command.summary, ""]
    for verb in cast("Sequence[Component]", command.extra["verbs"]):
        lines += _command(verb, name)
    arguments = cast("Sequence[Argument]", command.extra["arguments"])
    if arguments:
        lines += ["| argument | meaning |", "| --- | --- |"]
        for argument in arguments:
            value = "\\|".join(argument.choices) or argument.metavar or ("" if argument.kind == "flag" else "VALUE")
            shown = f"{', '.join(argument.flags)} {value}".strip()
            lines.append(f"| `{shown}` | {meaning(argument)} |")
        lines.append("")
    return lines


def config() -> str:
    """Show the file that `llmspell config init` writes."""
    head = "# Configuration\n\nEvery key with its default, as `llmspell config init` writes it:\n"
    catalog = Catalog(Loader(scan(), builtins=builtins()))
    declared = {str(c.extra["path"]): cast("type", catalog.resolve(c)) for c in catalog.list("config_section")}
    return f"{head}\n```toml\n{render_template(declared).rstrip()}\n```"


async def tools() -> str:
    """Describe the first-party tools."""
    lines = ["# Tools", ""]
    async with App.open() as app:
        found = sorted(app.catalog.list("tool"), key=lambda c: (c.category, c.name))
        for component in found:
            lines += _tool(await app.tools.describe(component))
    return "\n".join(lines)


def _tool(about: Mapping[str, object]) -> list[str]:
    schema = cast("Mapping[str, object]", about["input_schema"])
    properties = cast("Mapping[str, Mapping[str, object]]", schema.get("properties", {}))
    required = cast("Sequence[str]", schema.get("required", ()))
    needs = ", ".join(f"`{right}`" for right in cast("Sequence[str]", about["needs"])) or "nothing"
    lines = [
        f"## `{about['name']}`",
        "",
        f"{about['summary']} From `{about['dist']}`; needs {needs}; effect {about['effect']}.",
        "",
    ]
    lines += ["| argument | meaning | default |", "| --- | --- | --- |"]
    for name, one in properties.items():
        default = "required" if name in required else f"`{json.dumps(one.get('default'), ensure_ascii=False)}`"
        text = str(one.get("description", "")).replace("|", "\\|").replace("\n", " ")
        lines.append(f"| `{name}` | {text} | {default} |")
    lines.append("")
    for example in cast("Sequence[Mapping[str, object]]", about["examples"]):
        lines.append(f"- {example['name']}: `{json.dumps(example['args'], ensure_ascii=False)}`")
    return [*lines, ""]


def typings() -> dict[str, str]:
    """Write what editors read, with the first-party tools; `llmspell api --typescript` names those it finds."""
    catalog = Catalog(Loader(scan(), builtins=builtins()))
    files = {"typescript": "llmspell.d.ts", "lua": "llmspell.lua", "python": "llmspell.pyi"}
    return {name: rendered(form, catalog)[1] for form, name in files.items()}


def conformance() -> str:
    """Show what the first-party engines were found to do."""
    return page.render(_records())


def _records() -> dict[str, record.Cells]:
    """Read what the engines were found to do, by language; the records lie beside their spells."""
    plugins = Path(__file__).parents[1] / "plugins"
    names = {"lua": "Lua", "javascript": "JavaScript", "python": "Python"}
    return {
        title: record.read(plugins / f"llmspell-engine-{name}/tests/conformance" / record.FILE)
        for name, title in names.items()
    }


LIMITS_HEAD = """\
# Limits

What bounds a spell, what happens at the bound, and which wall keeps it. A spell runs in a child process unless it is
told otherwise (`--isolation inline`). There a limit is kept from outside, by the kernel or the operating system,
whatever the script or its engine does; inline, the engine's own counting is all there is. The reasons are in
[Security](../explanation/security.md#the-scripts-process).

## What ends a run

The run fails with the code; the kernel and other runs go on. No script can catch it. The exit status is 6, or 1 where
the child died of something else.
"""
LIMITS_ENGINES = """\
Inline, the engines keep these limits as follows.

| limit | Lua | JavaScript | Python |
| --- | --- | --- | --- |
| CPU time | a hook, in every coroutine; patterns that explode are refused | V8 is told to stop | an exception |
| memory | Lua's allocator | V8's heap; it does not count buffers | none |
| output | counted | counted | counted |

## What fails a call

The call raises the error where it was made, and the script may catch it and go on.
"""
LIMITS_SAMPLE = """\
A script sees these errors like any other:

```lua
local jobs = {}
for i = 1, 2000 do
    jobs[i] = function() Async.sleep(60000) end
end
local _, problem = pcall(Async.all, jobs)
assert(problem.code == 4009 and problem.type == "resource_exhausted")
```

```javascript
let deep = [];
for (let i = 0; i < 100; i++) deep = [deep];
const echo = new Tool({ name: "echo", parameters: { value: {} }, execute: ({ value }) => value });
const problem = await echo.execute({ value: deep }).catch((one) => one);
if (problem.code !== 4101) throw problem;
```

<!-- test: file=many.py -->
```python
echo = await Tool.new(name="echo", parameters={"value": {}}, execute=lambda given: given["value"])
try:
    await echo.execute(value=[0] * 200_000)
    code = None
except LlmspellError as problem:
    code = problem.code
assert code == 4009
```

    llmspell run many.py
"""


def limits() -> str:
    """Say which wall keeps which limit; numbers and what cannot hold inline come from the code and the records."""
    default, caps = Limits(), Caps()
    ends = [
        ("CPU time", f"{default.cpu:g} s", "`max_cpu_time`", ScriptTimeoutError,
         f"the kernel looks every 50 ms; the system's own limit lies {GRACE} s above"),
        ("wall clock", "none", "`max_execution_time`, `--timeout`", ScriptTimeoutError, "the kernel looks every 50 ms"),
        ("memory", _size(default.memory), "`max_memory_usage`", ScriptMemoryError,
         "the system refuses more private data; the kernel looks at resident memory every 50 ms"),
        ("output", _size(default.output), "`max_output_size`", ScriptResourceError,
         "the engine counts, and the kernel counts again"),
        ("silence: neither answer nor work", f"{default.stall:g} s", "", ScriptTimeoutError,
         "the kernel; inline it stands still with the script"),
        ("a frame of messages", _size(MAX_FRAME), "", ScriptResourceError, "the kernel reads no more"),
        ("the child dies, or is killed", "", "", ScriptError, "the kernel tells signal or status"),
    ]  # fmt: skip
    calls = [
        ("calls under way", f"{caps.calls:,}", ScriptResourceError),
        ("calls into the script under way", f"{caps.invocations:,}", ScriptResourceError),
        ("functions that the kernel holds", f"{caps.callbacks:,}", ScriptResourceError),
        ("objects that a script holds", f"{MAX_HANDLES:,}", ScriptResourceError),
        ("open streams", f"{MAX_STREAMS}", ScriptResourceError),
        ("values in one message", f"{MAX_NODES:,}", ScriptResourceError),
        ("levels of a value", f"{MAX_DEPTH}", ConversionError),
        ("text of a module", _size(MAX_SOURCE), ResourceExhaustedError),
        ("operations nested in each other, as a path of characters", f"{MAX_PATH:,}", ResourceExhaustedError),
    ]
    first = [
        "| limit | default | set in `[scripting]` by | code | kept by, in a child |",
        "| --- | ---: | --- | --- | --- |",
    ]
    first += [
        f"| {what} | {much} | {key} | {error.code} `{error.type}` | {wall} |" for what, much, key, error, wall in ends
    ]
    second = ["| limit | number | code |", "| --- | ---: | --- |"]
    second += [f"| {what} | {much} | {error.code} `{error.type}` |" for what, much, error in calls]
    return "\n".join([LIMITS_HEAD, *first, "", LIMITS_ENGINES, *second, "", LIMITS_SAMPLE, _not_inline()])


def _size(bytes_: int) -> str:
    return f"{bytes_ >> 20} MiB"


def _not_inline() -> str:
    """List what the engines do not keep inline, as their records have it."""
    lines = [
        "## What does not hold inline",
        "",
        "As the tests of the engines found it; all of it holds in a child.",
        "",
    ]
    lines += ["| engine | what | why |", "| --- | --- | --- |"]
    titles = {str(item.number): item.title for item in LIMIT_ITEMS}
    for name, cells in _records().items():
        for number in sorted(titles, key=int):
            cell = cells.get(number, {})
            if cell.get(INLINE) == CHILD_ONLY:
                lines.append(f"| {name} | {titles[number]} | {cell['reason'].removeprefix('inline, ')} |")
    return "\n".join(lines)


def pages() -> dict[Path, str]:
    """Render every page by its file."""
    catalog = Catalog(Loader(scan(), builtins=builtins()))
    made = {
        "hooks.md": hooks(),
        "events.md": events(),
        "errors.md": errors(),
        "limits.md": limits(),
        "rights.md": rights(),
        "cli.md": cli(),
        "config.md": config(),
        "tools.md": asyncio.run(tools()),
        "api.md": rendered("reference", catalog)[1],
        "parity.md": f"{rendered('parity', catalog)[1]}\n{conformance()}",
    }
    written = {REFERENCE / name: NOTICE + text.rstrip() + "\n" for name, text in made.items()}
    written |= {REFERENCE / "typings" / name: text for name, text in typings().items()}
    return written | {MANUAL / name: text for name, text in manual.pages(COMMANDS).items()}


def main() -> int:
    """Write the pages, or name those that are out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    stale = []
    made = pages()
    for path, text in made.items():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.name)
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in sorted(set(MANUAL.glob("*.1")) - set(made)):  # a verb that is no more
        stale.append(path.name)
        if not check:
            path.unlink()
    if stale:
        sys.stderr.write(f"{'out of date' if check else 'written'}: {', '.join(stale)}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
