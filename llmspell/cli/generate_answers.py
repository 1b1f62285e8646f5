"""The answers of one project: from flags or a file, from the person at the terminal, else by default."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from llmspell import __version__
from llmspell.cli.generate_rules import RULES, choice
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from llmspell.cli.console import Console
    from llmspell.cli.generate_kinds import Question, Template

    Render: TypeAlias = Callable[[str, Mapping[str, object]], str]
    Check: TypeAlias = Callable[[str, Mapping[str, object]], None]

Answer: TypeAlias = "str | list[str]"

FILE = ".llmspell-scaffold.json"
FORMAT = 1
NAME = "name"


def context(template: Template, answers: Mapping[str, object]) -> dict[str, object]:
    """Give what files and defaults of a template may use: the answers so far, and the names that follow from them."""
    major, minor = (int(part) for part in _release().split("."))
    kernel = f">={major}.{minor},<{major}.{minor + 1}"
    known: dict[str, object] = {**answers, "_choices": template.choices, "_kernel": kernel, "_about": template.about}
    known["_names"] = answers.get(template.components, [])
    if NAME in answers:
        dist = f"{template.prefix}{answers[NAME]}"
        known |= {"dist": dist, "package": dist.replace("-", "_"), "plugin": str(answers[NAME]).replace("-", "_")}
    return known


class Interview:
    """Answer the questions of a template.

    `render` fills in a default, `check` judges an answer that obeys its rule, with the context that it leads to. With a
    `console` a person is asked for what was not given, line by line through `read`: what is typed wrong is told and
    asked for again, the end of the input stops everything as Ctrl-C does.
    """

    def __init__(
        self,
        template: Template,
        *,
        render: Render,
        check: Check,
        console: Console | None = None,
        read: Callable[[], str] = input,
    ) -> None:
        self.template = template
        self.answers: dict[str, Answer] = {}
        self._render = render
        self._check = check
        self._console = console
        self._read = read

    def complete(self, given: Mapping[str, object]) -> dict[str, Answer]:
        """Give an answer to every question, in their order.

        Raises `UsageError` for what was given and breaks a rule (all faults at once) and for what nobody answers.
        """
        kept = self._obeying(given)
        for question in self.template.questions:
            if question.key in kept:
                self._keep(question, kept[question.key])
            elif self._console is None or question.silent:
                self._settle(question)
            else:
                self._ask(question, self._console)
        return self.answers

    def _obeying(self, given: Mapping[str, object]) -> dict[str, Answer]:
        asked = {question.key: question for question in self.template.questions}
        unknown = sorted(set(given) - set(asked))
        if unknown:
            message = f"the template {self.template.kind!r} does not ask for {', '.join(unknown)}"
            raise UsageError(message, suggestions=[f"it asks for {', '.join(asked)}"])
        kept: dict[str, Answer] = {}
        faults: list[UsageError] = []
        for key, value in given.items():
            try:
                kept[key] = self._obey(asked[key], value)
            except UsageError as error:
                faults.append(error)
        if faults:
            raise _together(faults)
        return kept

    def _obey(self, question: Question, value: object) -> Answer:
        if question.choices:
            return choice(question.key, value, question.choices)
        return RULES[question.rule](question.key, value, self.template.prefix)

    def _keep(self, question: Question, value: Answer) -> None:
        self._check(question.key, context(self.template, {**self.answers, question.key: value}))
        self.answers[question.key] = value

    def _default(self, question: Question) -> str:
        return self._render(question.default, context(self.template, self.answers))

    def _settle(self, question: Question) -> None:
        """Take the default; where there is none, or it breaks a rule, the command line must say more."""
        if question.key == NAME:
            raise UsageError("the name of the plugin is missing", suggestions=["write `llmspell generate plugin NAME`"])
        try:
            value = self._obey(question, self._default(question))
        except UsageError as error:
            flag = "--tool NAME" if question.key == "tools" else f"--set {question.key}=ANSWER"
            suggestions = [f"say it with {flag}", *error.suggestions]
            raise UsageError(error.message, suggestions=suggestions, context=error.context) from error
        self._keep(question, value)

    def _ask(self, question: Question, console: Console) -> None:
        default = self._default(question)
        among = f" ({', '.join(question.choices)})" if question.choices else ""
        while question.key not in self.answers:
            console.err.write(f"{question.prompt}{among}{f' [{default}]' if default else ''}: ")
            console.err.flush()
            line = self._read()
            if not line:
                console.err.write("\n")
                raise KeyboardInterrupt
            try:
                self._keep(question, self._obey(question, line.strip() or default))
            except UsageError as error:
                console.warn("; ".join([error.message, *error.suggestions]))


def _together(faults: list[UsageError]) -> UsageError:
    if len(faults) == 1:
        return faults[0]
    return UsageError(
        "; ".join(fault.message for fault in faults),
        suggestions=[suggestion for fault in faults for suggestion in fault.suggestions],
        context={"faults": [{**fault.context, "message": fault.message} for fault in faults]},
    )


def to_text(template: Template, answers: Mapping[str, Answer]) -> str:
    """Write answers as the file that lies in every project."""
    about = {"format": FORMAT, "llmspell": _release(), "kind": template.kind, "answers": answers}
    return json.dumps(about, ensure_ascii=False, indent=2) + "\n"


def from_file(path: Path) -> tuple[str, dict[str, object]]:
    """Read the kind and the answers of such a file, or of a project; raises `UsageError` for what is none."""
    path = path / FILE if path.is_dir() else path
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        message = f"cannot read answers from {path}: {reason}"
        raise UsageError(message, suggestions=[f"name a {FILE} that `llmspell generate` wrote"]) from error
    fault = _fault(about)
    if fault:
        message = f"{path} holds no answers of `llmspell generate`: {fault}"
        raise UsageError(message, suggestions=[f"name a {FILE} that `llmspell generate` wrote"])
    return about["kind"], about["answers"]


def _fault(about: object) -> str:
    if not isinstance(about, dict):
        return "it is no JSON object"
    if about.get("format") != FORMAT:
        return f"its format is {about.get('format')!r}, this llmspell reads {FORMAT}"
    if not isinstance(about.get("kind"), str) or not isinstance(about.get("answers"), dict):
        return "`kind` and `answers` are not a text and an object"
    return ""


def _release() -> str:
    """Give the minor release of this llmspell: `0.1`."""
    return ".".join(__version__.split(".")[:2])
