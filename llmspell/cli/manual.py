"""The verbs as manual pages, from the same descriptors as their `--help`; roff with the macros of man(7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell import __version__
from llmspell.cli.parser import meaning
from llmspell.cli.surroundings import STATUSES, VARIABLES
from llmspell.cli.verbs import below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmspell.spec import Component
    from llmspell.spec.arguments import Argument

FILES = (
    ("~/.config/llmspell/config.toml", "configuration of the user"),
    ("./llmspell.toml", "configuration of the project; `llmspell config init` writes one"),
    ("~/.local/share/llmspell", "what spells store"),
)


def pages(commands: Sequence[Component]) -> dict[str, str]:
    """Give the text of each page by the name of its file: one for the program, one for each verb."""
    made = {"llmspell.1": "\n".join(_overview(commands)) + "\n"}
    for command in commands:
        made[f"llmspell-{command.name}.1"] = "\n".join(_verb(command, commands)) + "\n"
    return made


def escape(text: str) -> str:
    """Write a text so that roff shows it as it is: hyphens that can be copied, no letter taken for a request."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


def _overview(commands: Sequence[Component]) -> Iterator[str]:
    yield from _head("llmspell", "run spells, scripts that drive LLM agents, tools and workflows")
    yield from (".SH SYNOPSIS", ".B llmspell", ".I VERB", "[\\fIARGUMENT\\fR ...]")
    yield ".SH VERBS"
    yield from _terms((f"llmspell {command.name}", command.summary) for command in commands)
    yield escape("Plugins add verbs of their own; `llmspell --help` lists those that are installed.")
    yield from _foot()
    yield from (".SH SEE ALSO", *(f".BR llmspell\\-{command.name} (1)" for command in commands))


def _verb(command: Component, commands: Sequence[Component]) -> Iterator[str]:
    name = f"llmspell {command.name}"
    yield from _head(
        f"llmspell-{command.name}", command.summary.rstrip(".")[:1].lower() + command.summary.rstrip(".")[1:]
    )
    verbs = below(command)
    yield ".SH SYNOPSIS"
    for one, whole in [(verb, f"{name} {verb.name}") for verb in verbs] or [(command, name)]:
        yield from _synopsis(one, whole)
    yield from (".SH DESCRIPTION", escape(command.summary))
    for verb in verbs:
        yield from (f'.SH "{escape(f"{name} {verb.name}").upper()}"', escape(verb.summary))
        yield from _arguments(verb)
        yield from _examples(verb, ".SS Examples")
    if not verbs:
        yield ".SH OPTIONS"
        yield from _arguments(command)
        yield from _examples(command, ".SH EXAMPLES")
    yield from _foot()
    others = [f".BR llmspell\\-{one.name} (1)" for one in commands if one is not command]
    yield from (".SH SEE ALSO", ".BR llmspell (1)", *others)


def _head(title: str, summary: str) -> Iterator[str]:
    yield '.\\" written by docs/generate.py: change the code and run `make docs`'
    yield f'.TH {escape(title.upper())} 1 "" "llmspell {__version__}" "llmspell manual"'
    yield from (".SH NAME", f"{escape(title)} \\- {escape(summary)}")


def _synopsis(command: Component, whole: str) -> Iterator[str]:
    words = [f"\\fB{escape(whole)}\\fR"]
    for argument in _given(command):
        shown = f"\\fI{escape(argument.metavar or argument.name.upper())}\\fR"
        if argument.flags:
            continue
        words.append(f"[{shown} ...]" if argument.kind == "rest" else shown)
    yield from (" ".join([*words, "[\\fIOPTION\\fR ...]"]), ".br")


def _arguments(command: Component) -> Iterator[str]:
    yield from (line for argument in _given(command) for line in _argument(argument))


def _argument(argument: Argument) -> Iterator[str]:
    value = "|".join(argument.choices) or argument.metavar or argument.name.upper()
    value = f"\\fI{escape(value)}\\fR"
    takes = "" if argument.kind == "flag" else f" {value}"
    flags = ", ".join(f"\\fB{escape(flag)}\\fR{takes}" for flag in argument.flags)
    yield from (".TP", flags or value, escape(meaning(argument)))


def _examples(command: Component, heading: str) -> Iterator[str]:
    examples = cast("Sequence[str]", command.extra.get("examples", ()))
    if examples:
        yield from (heading, ".EX", *(escape(line) for line in examples), ".EE")


def _foot() -> Iterator[str]:
    yield ".SH ENVIRONMENT"
    yield from _terms(VARIABLES)
    yield ".SH FILES"
    yield from _terms(FILES)
    yield ".SH EXIT STATUS"
    yield from _terms((str(status), text) for status, text in STATUSES)


def _terms(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in rows:
        yield from (".TP", f"\\fB{escape(name)}\\fR", escape(text))
    yield ".PP"


def _given(command: Component) -> Sequence[Argument]:
    return cast("Sequence[Argument]", command.extra.get("arguments", ()))
