"""`llmspell chat`: talk with an agent at a terminal, or line by line through a pipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell import __version__
from llmspell.bridge import shapes
from llmspell.cli.chat_approve import Approver
from llmspell.cli.chat_session import Talk
from llmspell.cli.repl_input import Piped, Terminal
from llmspell.errors import ExitCode, LlmspellError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from llmspell.cli.console import Console

PROMPT, MORE = "you> ", "...  "
CONTINUES = "\\"
COMMANDS = {
    "/help": "tell this",
    "/history": "show the conversation",
    "/reset": "forget the conversation",
    "/retry": "take the last answer back and ask again",
    "/tools": "/tools [NAME|-NAME ...] lists the tools, offers more or takes some away",
    "/model": "/model [NAME] tells or changes the model: NAME or PROVIDER/NAME",
    "/system": "/system [TEXT] tells or changes the agent's instructions",
    "/usage": "tell what the conversation took so far",
    "/save": "/save FILE writes the conversation as Markdown",
    "/quit": "leave, like Ctrl-D",
}


class Words:
    """Complete commands, and the names of tools after `/tools`."""

    def __init__(self, tools: Sequence[str]) -> None:
        self._tools = tools

    def offers(self, text: str) -> list[str]:
        """Give the words that `text`, the word before the cursor, may become."""
        return [one for one in (*COMMANDS, *self._tools) if text and one.startswith(text)]


def run(args: argparse.Namespace, console: Console) -> int:
    """Talk until the input ends; 1 when an answer of a pipe failed."""
    with Talk(args, console) as talk:
        loop = Loop(talk, console)
        if not sys.stdin.isatty():
            loop.run(Piped())
            return ExitCode.SPELL if loop.failed else ExitCode.OK
        agent = talk.agent
        tools = f", with {', '.join(agent.tools)}" if agent.tools else ""
        console.note(f"llmspell {__version__}: {agent.name}{tools}; /help tells more, Ctrl-D leaves")
        if agent.history:
            turns = sum(one.role == "user" and not one.automatic for one in agent.history)
            console.note(f"this goes on after {turns} {'turn' if turns == 1 else 'turns'}; /history shows them")
        words = Words([one.name for one in talk.app.catalog.list("tool")])
        loop.run(Terminal(console, talk.data / "chat" / "chat.history", words))
    return ExitCode.OK


class Loop:
    """Read, ask, show. `failed` says that an answer did."""

    def __init__(self, talk: Talk, console: Console) -> None:
        self._talk = talk
        self._console = console
        self._rows: list[dict[str, object]] = []
        said = (one.text for one in reversed(talk.agent.history) if one.role == "user" and not one.automatic)
        self._last = next(said, "")  # of a conversation that goes on
        self._approver: Approver | None = None
        self.failed = False

    def run(self, reader: Terminal | Piped) -> None:
        """Go on until the input ends or asks for it."""
        interactive = isinstance(reader, Terminal)
        self._approver = Approver(self._console) if interactive else None
        with reader:
            while True:
                try:
                    said = self._said(reader)
                    if said is None or not self._took(said):
                        break
                except KeyboardInterrupt:
                    if not interactive:
                        raise
                    self._console.note("\ninterrupted" if self._console.out.isatty() else "interrupted")
        if self._console.as_json:
            self._console.data({"turns": self._rows})

    @staticmethod
    def _said(reader: Terminal | Piped) -> str | None:
        """Read what is said: a line, and those after it as long as one ends with a backslash."""
        lines: list[str] = []
        while True:
            line = reader.line(MORE if lines else PROMPT)
            if line is None:
                return "\n".join(lines) if lines else None
            if not line.endswith(CONTINUES):
                return "\n".join((*lines, line))
            lines.append(line.removesuffix(CONTINUES))

    def _took(self, said: str) -> bool:
        """Do what was said and tell whether to go on."""
        name, _, rest = said.strip().partition(" ")
        if name == "/quit":
            return False
        try:
            if name in COMMANDS:
                getattr(self, f"_{name[1:]}")(rest.strip())
            elif name.startswith("/") and name[1:].isalpha():
                raise UsageError(f"there is no command {name}", suggestions=["/help lists those that there are"])
            elif said.strip():
                self._ask(said)
        except LlmspellError as error:
            self.failed = True
            self._console.fault(error)
            if self._console.as_json:
                self._rows.append({"input": said, "error": error.to_dict()})
        return True

    def _ask(self, said: str) -> None:
        self._last = said
        result = self._talk.ask(said, self._approver, shown=not self._console.as_json)
        if self._console.as_json:
            self._rows.append({"input": said, **shapes.agent_result(result)})
        elif self._console.verbose:
            self._usage("")

    # -- commands ------------------------------------------------------------------------------------------------------

    def _help(self, _: str) -> None:
        for command, text in COMMANDS.items():
            self._console.note(f"{command.ljust(10)}{text}")
        self._console.note("a line that ends with a backslash goes on in the next; Ctrl-C ends an answer")

    def _history(self, _: str) -> None:
        for one in self._talk.agent.history:
            if one.text.strip() and one.role in ("user", "assistant"):
                self._console.note(f"{'you' if one.role == 'user' else self._talk.agent.name}: {one.text.strip()}")
        if not self._talk.agent.history:
            self._console.note("nothing was said yet")

    def _reset(self, _: str) -> None:
        self._talk.done(self._talk.agent.reset())
        self._last = ""

    def _retry(self, _: str) -> None:
        if not self._last:
            raise UsageError("there is nothing to ask again")
        agent = self._talk.agent
        history = agent.history
        asked = [number for number, one in enumerate(history) if one.role == "user" and one.text == self._last]
        if asked:
            agent.history = history[: asked[-1]]
        try:
            self._ask(self._last)
        except BaseException:
            agent.history = history  # the answer that was there stays until there is another
            raise

    def _tools(self, names: str) -> None:
        agent = self._talk.agent
        for name in names.replace(",", " ").split():
            if not name.startswith("-"):
                agent.add_tool(name.removeprefix("+"))
            elif not agent.remove_tool(name[1:]):
                raise UsageError(f"the tool {name[1:]!r} is not offered")
        self._console.note(", ".join(agent.tools) or "no tools")

    def _model(self, name: str) -> None:
        agent = self._talk.agent
        run = agent.run
        if name:
            run.app.models.choose(run, None, name)
            agent.config = agent.config.replace(model=name, provider=None)
        choice = run.app.models.choose(run, agent.config.provider, agent.config.model)
        self._console.note(f"{choice.component.name}/{choice.model}")

    def _system(self, text: str) -> None:
        agent = self._talk.agent
        if text:
            agent.config = agent.config.replace(system_prompt=text)
        self._console.note(agent.config.system_prompt or "no instructions")

    def _usage(self, _: str) -> None:
        usage = self._talk.agent.spending().usage
        cost = self._talk.done(self._talk.agent.estimated_cost())
        price = f", {cost} US dollars" if cost is not None else ""
        self._console.note(
            f"{usage.requests} requests, {usage.input_tokens} tokens in, {usage.output_tokens} tokens out{price}"
        )

    def _save(self, name: str) -> None:
        if not name:
            raise UsageError("/save takes a file", suggestions=["write /save FILE"])
        turns = [
            f"## {'you' if one.role == 'user' else self._talk.agent.name}\n\n{one.text.strip()}\n"
            for one in self._talk.agent.history
            if one.text.strip() and one.role in ("user", "assistant")
        ]
        try:
            with Path(name).open("x", encoding="utf-8") as file:
                file.write(self._console.redact("\n".join(turns)))
        except OSError as error:
            raise UsageError(f"{name} cannot be written: {error.strerror}", context={"path": name}) from error
        self._console.note(f"wrote {name}")
