"""The verbs of the kernel's own command line, as data: nothing here imports what a verb does."""

from __future__ import annotations

from llmspell.cli.arguments import OUTPUT, PERMISSIONS, SETUP
from llmspell.spec.arguments import Argument, command

_COMMON = (*SETUP, *OUTPUT)

RUN = command(
    "run",
    "llmspell.cli.run:run",
    "Run a spell.",
    arguments=(
        Argument("spell", "the script, or - for standard input", metavar="SPELL"),
        Argument("param", "a parameter of the spell", ("--param",), "list", metavar="NAME=VALUE"),
        Argument(
            "params_file", "read parameters from a JSON file, - for standard input", ("--params",), metavar="FILE"
        ),
        Argument("engine", "the script engine, when the file name does not tell", ("--engine",), metavar="NAME"),
        Argument(
            "isolation", "where the script runs", ("--isolation",), choices=("process", "inline"), default="process"
        ),
        Argument("timeout", "stop after this time: seconds, 500ms, 5m", ("--timeout",), metavar="DURATION"),
        *PERMISSIONS,
        *_COMMON,
    ),
    examples=(
        "llmspell run hello.lua --param name=Ada",
        "llmspell run report.lua --allow-read=docs --allow-write=build",
    ),
)

TOOLS = command(
    "tools",
    "llmspell.cli.tools:list_tools",
    "List, show and run tools.",
    aliases=("tool",),
    verbs=(
        command(
            "list",
            "llmspell.cli.tools:list_tools",
            "List the tools that are installed.",
            arguments=(
                Argument("category", "only this category", ("--category",), metavar="NAME"),
                Argument("search", "only tools whose name or summary has this text", ("--search",), metavar="TEXT"),
                *_COMMON,
            ),
        ),
        command(
            "show",
            "llmspell.cli.tools:show_tool",
            "Show a tool's arguments, rights and examples.",
            arguments=(Argument("name", "the tool", metavar="TOOL"), *_COMMON),
        ),
        command(
            "run",
            "llmspell.cli.tools:run_tool",
            "Run a tool.",
            arguments=(
                Argument("name", "the tool", metavar="TOOL"),
                Argument("arguments", "NAME=VALUE, NAME:=JSON, or one JSON object", (), "rest", metavar="ARGUMENT"),
                *PERMISSIONS,
                *_COMMON,
            ),
            examples=("llmspell tools run calculator expression='sqrt(2)*10' precision=30",),
        ),
    ),
)

PLUGINS = command(
    "plugins",
    "llmspell.cli.plugins:list_plugins",
    "List and examine plugins.",
    aliases=("plugin",),
    verbs=(
        command(
            "list",
            "llmspell.cli.plugins:list_plugins",
            "List what is installed, without importing it.",
            arguments=(Argument("names", "names only", ("--names",), "flag"), *_COMMON),
        ),
        command(
            "info",
            "llmspell.cli.plugins:show_plugin",
            "Show one plugin's distribution and components.",
            arguments=(Argument("name", "the plugin", metavar="PLUGIN"), *_COMMON),
        ),
        command(
            "doctor",
            "llmspell.cli.plugins:doctor",
            "Load every plugin and tell which are broken.",
            arguments=_COMMON,
        ),
    ),
)

CONFIG = command(
    "config",
    "llmspell.cli.config:show",
    "Write, show and check the configuration.",
    verbs=(
        command(
            "init",
            "llmspell.cli.config:init",
            "Write a commented llmspell.toml.",
            arguments=(
                Argument("path", "the file", ("--path",), default="llmspell.toml", metavar="FILE"),
                Argument("force", "replace a file that is there", ("--force",), "flag"),
                *_COMMON,
            ),
        ),
        command(
            "show",
            "llmspell.cli.config:show",
            "Show the effective configuration, secrets masked.",
            arguments=(
                Argument("origin", "say where each value comes from", ("--origin",), "flag"),
                *_COMMON,
            ),
        ),
        command("validate", "llmspell.cli.config:validate", "Report every fault at once.", arguments=_COMMON),
    ),
)

API = command(
    "api",
    "llmspell.cli.api:run",
    "Print the reference of the script API.",
    arguments=(*OUTPUT,),
)

DOCTOR = command(
    "doctor",
    "llmspell.cli.doctor:run",
    "Tell what is installed, configured and working here.",
    arguments=_COMMON,
)

COMMANDS = (RUN, TOOLS, PLUGINS, CONFIG, API, DOCTOR)
