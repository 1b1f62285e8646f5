"""The verbs of the kernel's own command line, as data: nothing here imports what a verb does."""

from __future__ import annotations

from llmspell.cli.arguments import CLEANUP, DURABLE, ISOLATION, OUTPUT, PERMISSIONS, SETUP, SIZE, TRANSCRIPT
from llmspell.cli.table_agents import ASK, CHAT, TEMPLATE, TEST_TEMPLATE
from llmspell.cli.table_authors import API, DEPS, GENERATE
from llmspell.cli.table_keys import KEYS
from llmspell.cli.table_runs import RUNS
from llmspell.cli.table_state import SESSION, STATE
from llmspell.cli.table_storage import STORAGE
from llmspell.cli.table_validate import VALIDATE
from llmspell.spec.arguments import Argument, command

_COMMON = (*SETUP, *OUTPUT)

RUN = command(
    "run",
    "llmspell.cli.run:run",
    "Run a spell.",
    arguments=(
        Argument(
            "spell",
            "the script, or - for standard input; one in Python counts as trusted",
            metavar="SPELL",
            completes="file",
        ),
        Argument("param", "a parameter of the spell", ("--param",), "list", metavar="NAME=VALUE"),
        Argument(
            "params_file",
            "read parameters from a JSON file, - for standard input",
            ("--params",),
            metavar="FILE",
            completes="file",
        ),
        Argument(
            "engine",
            "the script engine, when the file name does not tell",
            ("--engine",),
            metavar="NAME",
            completes="engine",
        ),
        ISOLATION,
        Argument("timeout", "stop after this time: seconds, 500ms, 5m", ("--timeout",), metavar="DURATION"),
        Argument("session", "run in this session: `State` is that of its runs", ("--session",), metavar="ID|NAME"),
        *DURABLE,
        Argument("explain", "tell what the spell asks for and may do, and do not run it", ("--explain",), "flag"),
        Argument("watch", "run again when the spell or a module of it changes", ("--watch",), "flag"),
        TRANSCRIPT,
        *PERMISSIONS,
        *_COMMON,
    ),
    examples=(
        "llmspell run hello.lua --param name=Ada",
        "llmspell run report.lua --allow-read=docs --allow-write=build",
        "llmspell run long.lua --durable",
    ),
)

REPL = command(
    "repl",
    "llmspell.cli.repl:run",
    "Type spells line by line, or run a stream of inputs.",
    arguments=(
        Argument("engine", "the script engine", ("--engine",), default="lua", metavar="NAME", completes="engine"),
        ISOLATION,
        TRANSCRIPT,
        *PERMISSIONS,
        *_COMMON,
    ),
    examples=("llmspell repl --engine js", "echo 'return Tools.list()' | llmspell repl"),
)

TEST = command(
    "test",
    "llmspell.cli.testing:spells",
    "Run tests that are written as spells, and try templates.",
    verbs=(
        command(
            "spell",
            "llmspell.cli.testing:spells",
            "Run files of tests, each in a run and a process of its own; a file without tests fails.",
            arguments=(
                Argument(
                    "paths",
                    "files, folders (their test_*, *_test and *.test files) and patterns; `tests` without one",
                    (),
                    "rest",
                    metavar="PATH",
                    completes="file",
                ),
                Argument("pattern", "only tests with this text in their names", ("-k",), default="", metavar="TEXT"),
                Argument("fail_fast", "stop at the first failure", ("-x", "--fail-fast"), "flag"),
                Argument("jobs", "files side by side (one for each processor)", ("-j", "--jobs"), "int", metavar="N"),
                Argument("junit", "also write JUnit XML", ("--junit",), metavar="FILE", completes="file"),
                Argument("param", "a parameter of the spells", ("--param",), "list", metavar="NAME=VALUE"),
                ISOLATION,
                Argument(
                    "timeout", "stop a file after this time: seconds, 500ms, 5m", ("--timeout",), metavar="DURATION"
                ),
                *PERMISSIONS,
                *_COMMON,
            ),
            examples=("llmspell test spell tests/*.lua", "llmspell test spell -k greeting --junit report.xml"),
        ),
        TEST_TEMPLATE,
    ),
)

TOOLS = command(
    "tools",
    "llmspell.cli.tools:list_tools",
    "List, show and run tools.",
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
            arguments=(Argument("name", "the tool", metavar="TOOL", completes="tool"), *_COMMON),
        ),
        command(
            "run",
            "llmspell.cli.tools:run_tool",
            "Run a tool.",
            arguments=(
                Argument("name", "the tool", metavar="TOOL", completes="tool"),
                Argument("arguments", "NAME=VALUE, NAME:=JSON, or one JSON object", (), "rest", metavar="ARGUMENT"),
                *PERMISSIONS,
                *_COMMON,
            ),
            examples=("llmspell tools run calculator expression='sqrt(2)*10' precision=30",),
        ),
    ),
)

_PROVIDER = Argument("provider", "the provider that is asked", ("--provider",), metavar="NAME")

MODELS = command(
    "models",
    "llmspell.cli.models:list_models",
    "List and fetch models, and turn texts into vectors.",
    verbs=(
        command(
            "list",
            "llmspell.cli.models:list_models",
            "List the models of every configured provider that tells them, or of one.",
            arguments=(_PROVIDER, *_COMMON),
            examples=("llmspell models list --provider ollama",),
        ),
        command(
            "pull",
            "llmspell.cli.models:pull_model",
            "Fetch a model to where it runs.",
            arguments=(Argument("name", "the model, or provider/model", metavar="MODEL"), _PROVIDER, *_COMMON),
            examples=("llmspell models pull ollama/qwen3:8b",),
        ),
        command(
            "embed",
            "llmspell.cli.models:embed_texts",
            "Print the vectors of texts as JSON.",
            arguments=(
                Argument("texts", "a text", (), "rest", metavar="TEXT"),
                Argument("model", "the model, or provider/model", ("--model",), required=True, metavar="MODEL"),
                _PROVIDER,
                Argument("dimensions", "how long the vectors are", ("--dimensions",), "int", metavar="NUMBER"),
                *_COMMON,
            ),
            examples=("llmspell models embed --model ollama/nomic-embed-text 'a stitch in time'",),
        ),
    ),
)

PLUGINS = command(
    "plugins",
    "llmspell.cli.plugins:list_plugins",
    "List and examine plugins.",
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
            arguments=(Argument("name", "the plugin", metavar="PLUGIN", completes="plugin"), *_COMMON),
        ),
        command(
            "doctor",
            "llmspell.cli.plugins:doctor",
            "Load every plugin and tell which are broken.",
            arguments=_COMMON,
        ),
        command(
            "audit",
            "llmspell.cli.plugin_audit:run",
            "Compare what is installed with what was installed, without importing it.",
            arguments=(
                Argument("names", "distributions; without any, all that have plugins", (), "rest", metavar="DIST"),
                Argument("all", "look at every distribution of this Python", ("--all",), "flag"),
                Argument("pins", "print a `[plugins] allow` that lets in what is here now", ("--pins",), "flag"),
                Argument("strict", "let warnings end in status 1, too", ("--strict",), "flag"),
                *_COMMON,
            ),
        ),
    ),
)

CONFIG = command(
    "config",
    "llmspell.cli.config:show",
    "Write, show, explain and check the configuration.",
    verbs=(
        command(
            "init",
            "llmspell.cli.config:init",
            "Write a commented llmspell.toml.",
            arguments=(
                Argument("path", "the file", ("--path",), default="llmspell.toml", metavar="FILE", completes="file"),
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
        command(
            "explain",
            "llmspell.cli.config_explain:explain",
            "Tell what a key means, what it is, and which file, variable or default says so.",
            arguments=(
                Argument(
                    "keys",
                    "a key (`events.buffer_size`), a section (`events`); all of them without one",
                    (),
                    "rest",
                    metavar="KEY",
                    completes="config_key",
                ),
                *_COMMON,
            ),
            examples=("llmspell config explain events.buffer_size", "llmspell config explain scripting"),
        ),
        command("validate", "llmspell.cli.config:validate", "Report every fault at once.", arguments=_COMMON),
    ),
)

TRANSCRIPTS = command(
    "transcript",
    "llmspell.cli.transcript:show",
    "Read what `run --transcript` has written.",
    verbs=(
        command(
            "show",
            "llmspell.cli.transcript:show",
            "Tell each attempt in a few lines: what was asked, what went over the wire, what came of it.",
            arguments=(
                Argument("file", "the transcript, - for standard input", metavar="FILE", completes="file"),
                Argument("wire", "with headers and bodies, sent and received", ("--wire",), "flag"),
                Argument("last", "only the last N attempts", ("--last",), "int", metavar="N"),
                *OUTPUT,
            ),
            examples=("llmspell transcript show calls.jsonl --last 1 --wire",),
        ),
        command(
            "prune",
            "llmspell.cli.transcript:prune",
            "Take runs out that are too old, too long over, too many or too large.",
            arguments=(Argument("file", "the transcript", metavar="FILE", completes="file"), *CLEANUP, SIZE, *OUTPUT),
            examples=("llmspell transcript prune calls.jsonl --age 30d --size 100MB",),
        ),
    ),
)

DOCTOR = command(
    "doctor",
    "llmspell.cli.doctor:run",
    "Tell what is installed, configured and working here.",
    arguments=_COMMON,
)

COMPLETION = command(
    "completion",
    "llmspell.cli.completion:run",
    "Print what makes a shell complete verbs, flags and names.",
    arguments=(
        Argument("shell", "the shell that is to complete", choices=("bash", "zsh", "fish", "powershell")),
        *OUTPUT,
    ),
    examples=(
        'eval "$(llmspell completion bash)"',
        "llmspell completion fish > ~/.config/fish/completions/llmspell.fish",
    ),
)

HELP = command(
    "help",
    "llmspell.cli.help:run",
    "Tell what there is, or what a verb does.",
    arguments=(
        Argument("words", "the verb, and the verb of that verb", (), "rest", metavar="VERB", completes="verb"),
        *SETUP,
        *OUTPUT,
    ),
    examples=("llmspell help tools run",),
)

COMMANDS = (
    RUN,
    ASK,
    CHAT,
    REPL,
    RUNS,
    TEST,
    TOOLS,
    TEMPLATE,
    MODELS,
    STORAGE,
    STATE,
    SESSION,
    KEYS,
    PLUGINS,
    CONFIG,
    VALIDATE,
    GENERATE,
    API,
    DEPS,
    TRANSCRIPTS,
    DOCTOR,
    COMPLETION,
    HELP,
)
