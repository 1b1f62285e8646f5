"""The verbs for those who write spells and plugins, as data, as in `table.py`."""

from __future__ import annotations

from llmspell.cli.arguments import OUTPUT, SETUP
from llmspell.cli.generate_kinds import Kinds
from llmspell.spec.arguments import Argument, command

_COMMON = (*SETUP, *OUTPUT)

GENERATE = command(
    "generate",
    "llmspell.cli.generate:plugin",
    "Write the project of a plugin of your own.",
    verbs=(
        command(
            "plugin",
            "llmspell.cli.generate:plugin",
            "Write a project that installs, passes its tests and can be published; asks on a terminal.",
            aliases=("tool",),
            arguments=(
                Argument("name", "weather makes llmspell-tools-weather", (), "rest", metavar="NAME"),
                Argument("kind", "what it provides (default: tool)", ("--kind",), choices=Kinds()),
                Argument(
                    "tools",
                    "a tool in it (default: one with the name of the plugin)",
                    ("--tool",),
                    "list",
                    metavar="NAME",
                ),
                Argument("description", "what it is, in a sentence", ("--description",), metavar="TEXT"),
                Argument("category", "the category of its components", ("--category",), metavar="NAME"),
                Argument("author", "who writes it", ("--author",), metavar="NAME"),
                Argument("email", "where to reach them", ("--email",), metavar="ADDRESS"),
                Argument("license", "Apache-2.0, BSD-3-Clause or MIT", ("--license",), metavar="LICENCE"),
                Argument("python", "the oldest Python it runs with", ("--python",), metavar="VERSION"),
                Argument("set", "answer any question of the template", ("--set",), "list", metavar="QUESTION=ANSWER"),
                Argument(
                    "answers",
                    "take the answers that lie in a project",
                    ("--answers",),
                    metavar="FILE",
                    completes="file",
                ),
                Argument(
                    "output_dir",
                    "where its folder goes",
                    ("--output-dir",),
                    default=".",
                    metavar="FOLDER",
                    completes="folder",
                ),
                Argument("no_input", "do not ask, even on a terminal", ("--no-input",), "flag"),
                Argument("force", "write into a folder that is empty or was generated", ("--force",), "flag"),
                Argument("dry_run", "tell what would be written", ("--dry-run",), "flag"),
                *_COMMON,
            ),
            examples=(
                "llmspell generate plugin weather --author 'Ada Lovelace' --license MIT",
                "llmspell generate plugin --answers llmspell-tools-weather/.llmspell-scaffold.json --force",
            ),
        ),
        command(
            "list",
            "llmspell.cli.generate:list_kinds",
            "List the kinds that there are templates for, and what each asks.",
            arguments=(*OUTPUT,),
        ),
    ),
)

API = command(
    "api",
    "llmspell.cli.api:run",
    "Print the script API: its reference, or what makes an editor complete it.",
    arguments=(
        Argument("reference", "the reference, as Markdown (without any of these flags, too)", ("--reference",), "flag"),
        Argument("typescript", "declarations for JavaScript and TypeScript spells", ("--typescript",), "flag"),
        Argument("lua", "annotations for the Lua language server", ("--lua",), "flag"),
        Argument("python", "a stub module for Python spells", ("--python",), "flag"),
        Argument("parity", "every function by language", ("--parity",), "flag"),
        Argument("output", "write to a file instead", ("--output",), metavar="FILE", completes="file"),
        *_COMMON,
    ),
    examples=(
        "llmspell api --typescript --output llmspell.d.ts",
        "llmspell api --lua --output .llmspell/llmspell.lua",
        "llmspell api --python --output typings/llmspell/__init__.pyi",
    ),
)

_DIR = Argument("dir", "the folder of the spell", ("--dir",), default=".", metavar="FOLDER", completes="file")
_MODULES = "a module of npm: name, name@version, name/part"

DEPS = command(
    "deps",
    "llmspell.cli.deps:list_deps",
    "Bundle npm modules for JavaScript spells, for use without a network.",
    verbs=(
        command(
            "add",
            "llmspell.cli.deps:add",
            "Bundle modules and allow them; needs node and npm.",
            arguments=(Argument("names", _MODULES, (), "rest", metavar="MODULE"), _DIR, *_COMMON),
            examples=("llmspell deps add lodash dayjs@1.11 dayjs/plugin/utc@1.11",),
        ),
        command(
            "list",
            "llmspell.cli.deps:list_deps",
            "List the modules that a spell may load.",
            arguments=(_DIR, *_COMMON),
        ),
        command(
            "remove",
            "llmspell.cli.deps:remove",
            "Take modules away.",
            arguments=(Argument("names", "a module of the lock", (), "rest", metavar="MODULE"), _DIR, *_COMMON),
        ),
        command(
            "verify",
            "llmspell.cli.deps:verify",
            "Compare the modules with the lock.",
            arguments=(_DIR, *_COMMON),
        ),
    ),
)
