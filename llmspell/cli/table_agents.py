"""The verbs about agents: `chat`, `ask`, `template` and `test template`, as data."""

from __future__ import annotations

from llmspell.cli.arguments import OUTPUT, PERMISSIONS, SETUP, TRANSCRIPT
from llmspell.spec.arguments import Argument, command

_COMMON = (*SETUP, *OUTPUT)
_FORCE = Argument("force", "replace one of this name", ("--force",), "flag")

TEMPLATE = command(
    "template",
    "llmspell.cli.templates:list_templates",
    "List, show, check and install templates of agents.",
    verbs=(
        command(
            "list",
            "llmspell.cli.templates:list_templates",
            "List the templates that are installed.",
            arguments=(
                Argument(
                    "capability", "only those whose agents can do this", ("--capability",), "list", metavar="NAME"
                ),
                Argument("search", "only those with this text in name or description", ("--search",), metavar="TEXT"),
                *_COMMON,
            ),
            examples=("llmspell template list --capability planning",),
        ),
        command(
            "show",
            "llmspell.cli.templates:show_template",
            "Show a template: its prompt, settings, tools, and which of those are not there.",
            arguments=(Argument("name", "the template", metavar="TEMPLATE", completes="template"), *_COMMON),
            examples=("llmspell template show research_agent",),
        ),
        command(
            "validate",
            "llmspell.cli.templates:validate",
            "Check files of templates and tell every fault with its line.",
            arguments=(
                Argument("paths", "a file, - for standard input", (), "rest", metavar="FILE", completes="file"),
                *_COMMON,
            ),
            examples=("llmspell template validate poet.toml",),
        ),
        command(
            "install",
            "llmspell.cli.templates_install:install",
            "Keep a template for all spells of this user.",
            arguments=(
                Argument("source", "a file, or its https address", metavar="FILE|URL", completes="file"),
                _FORCE,
                Argument("dry_run", "look and tell, change nothing", ("--dry-run",), "flag"),
                *_COMMON,
            ),
            examples=("llmspell template install poet.toml",),
        ),
        command(
            "remove",
            "llmspell.cli.templates_install:remove",
            "Remove a template that was installed here.",
            arguments=(Argument("name", "the template", metavar="TEMPLATE", completes="template"), *_COMMON),
        ),
    ),
)

TEST_TEMPLATE = command(
    "template",
    "llmspell.cli.templates:test",
    "Try templates: what they say, their tools, and an agent of each with a scripted model.",
    arguments=(
        Argument(
            "names",
            "a template or a file of one; all of them without one",
            (),
            "rest",
            metavar="TEMPLATE|FILE",
            completes="template",
        ),
        Argument("strict", "tools that are missing are a failure", ("--strict",), "flag"),
        *_COMMON,
    ),
    examples=("llmspell test template planner", "llmspell test template ./poet.toml --strict"),
)

_AGENT = (
    Argument(
        "agent",
        "a template, or a file of one; a plain agent without it",
        ("--agent",),
        metavar="TEMPLATE|FILE",
        completes="template",
    ),
    Argument(
        "tools", "tools that are offered besides: NAME[,NAME]", ("--tools",), "list", metavar="NAME", completes="tool"
    ),
    Argument(
        "approve",
        "tools whose calls wait for your approval: NAME[,PATTERN], or all",
        ("--approve",),
        "list",
        metavar="NAME",
        completes="tool",
    ),
    Argument("provider", "the provider of the model", ("--provider",), metavar="NAME"),
    Argument("model", "the model, or provider/model", ("--model",), metavar="MODEL"),
    Argument("system", "instructions, after those of the template", ("--system",), metavar="TEXT"),
    Argument(
        "set",
        "an option of the agent or a setting of the template: NAME=VALUE, NAME:=JSON",
        ("--set",),
        "list",
        metavar="NAME=VALUE",
    ),
    Argument(
        "conversation",
        "go on with the conversation of this name, and keep it under it",
        ("--continue",),
        metavar="NAME",
    ),
    Argument("session", "run in this session, and go on with its conversation", ("--session",), metavar="ID|NAME"),
    TRANSCRIPT,
    *PERMISSIONS,
    *_COMMON,
)

CHAT = command(
    "chat",
    "llmspell.cli.chat:run",
    "Talk with an agent.",
    arguments=_AGENT,
    examples=(
        "llmspell chat",
        "llmspell chat --agent research_agent --tools file_reader --allow-read=docs",
        "llmspell chat --agent chat_agent --set personality.response_length=short",
        "llmspell chat --continue holidays",
    ),
)

ASK = command(
    "ask",
    "llmspell.cli.ask:run",
    "Ask once: standard input is part of the question, the answer is printed.",
    arguments=(
        Argument("words", "the question", (), "rest", metavar="WORD"),
        Argument(
            "output",
            "what the answer must be, as JSON Schema or its short form: then it is printed as JSON",
            ("--output",),
            metavar="FILE",
            completes="file",
        ),
        *_AGENT,
    ),
    examples=(
        "llmspell ask 'Why is the sky blue?'",
        "llmspell ask --output person.json 'Who wrote the first program?'",
        "git diff | llmspell ask --agent reviewer 'What is wrong with this change?'",
    ),
)
