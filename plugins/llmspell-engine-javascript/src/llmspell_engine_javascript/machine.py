"""The JavaScript engine: one V8 isolate per run, driven by messages. See `llmspell.spec.engines.EngineMachine`.

Only texts cross between Python and V8: what the kernel says goes in as JSON inside a text that is evaluated, what the
script says comes back as one JSON text, read when every microtask has run. What it prints
while it runs, when somebody listens, it writes into memory that is read meanwhile. No object or function of Python's is
in the script's reach.
"""

from __future__ import annotations

import json
import re

from llmspell_engine_javascript.compiler import Compiler, Prepared
from llmspell_engine_javascript.isolate import EvaluationError, Isolate, Stopped, prepare
from llmspell_engine_javascript.prelude import prelude
from llmspell_engine_javascript.text import dumps, literal

TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from llmspell.spec.wire import Message

_MIB = 1024 * 1024
_DOOR_SEED = 20  # characters of base64: 120 bits
_DEFAULT_MEMORY = 512 * _MIB
_OWN_HEAP = 4 * _MIB  # what the prelude and an API take, twice over: the limit is the script's
_SOURCE_CAP = 4 * _MIB
_WORDS = re.compile(r"\b[A-Za-z]\w*\b")
_V8_PLACE = re.compile(r"^[^\n]*?:(\d+): (?:\w*Error: )?([^\n]*)")
# The head stands before the first line of the script, on that line; the tail below its last.
_HEADS = (
    "(function $llmMain($llm,require,module,exports,__filename,__dirname){",
    "(async function $llmMain($llm,require,module,exports,__filename,__dirname){",
)
_TAIL = "\n})"


class JavaScriptMachine:
    """Run one spell in one V8 isolate.

    `feed` is synchronous: it takes a message, lets V8 run until everything waits, and gives what the script sent. After
    a limit (CPU, memory, output) every open invoke is answered with it and the machine refuses further work.
    """

    def __init__(self) -> None:
        prepare()
        self._isolate: Isolate | None = None
        self._compiler = Compiler()
        self._door = ""  # the name, unknown to scripts, under which evaluated text finds the prelude's door
        self._limits: dict[str, Any] = {}
        self._invokes: set[int] = set()
        self._loads: set[int] = set()  # calls for a module
        self._files = 0
        self._durable = False
        self._dead = ""
        self._inputs: set[int] = set()  # evals that have no answer
        self.speak: Callable[[Message], None] | None = None
        """Set by a host that wants what a script prints at once, while it runs."""
        self.stopping: Callable[[], bool] | None = None
        """Set by a host that wants to be asked, while a script runs, whether it should stop."""

    def rehearse(self) -> None:
        """Begin a spell of nothing and drop it: the first one of a process takes twice as long."""
        first = JavaScriptMachine()
        hello: Message = {"t": "hello", "v": 1, "api": "", "name": "rehearsal.js", "source": ""}
        first.feed(hello)
        first.close()

    def feed(self, message: Message) -> list[Message]:
        """Take one message of the wire contract and give the answers; raises `ValueError` on an unknown type."""
        return self.feed_all([message])

    def feed_all(self, messages: Sequence[Message]) -> list[Message]:
        """Take several messages that came together; the script sees all before it runs on."""
        if messages[0]["t"] == "hello":
            return [self._hello(messages[0]), *(self.feed_all(messages[1:]) if len(messages) > 1 else ())]
        if self._dead:
            return [self._refusal(one) for one in messages if one["t"] in ("invoke", "eval")]
        if self._isolate is not None and any(one["t"] == "eval" for one in messages):
            return [answer for one in messages for answer in self._one(self._isolate, one)]
        if self._isolate is None:
            message = f"the JavaScript engine got {messages[0]['t']!r} before hello"
            raise ValueError(message)
        return self._run(self._isolate, messages)

    def close(self) -> None:
        """Give up the isolate and all it holds."""
        self._dead = self._dead or "closed"
        self._compiler.close()
        if self._isolate is not None:
            self._isolate.close()
            self._isolate = None

    def interrupt(self) -> None:
        """End the input that runs; safe to call while `feed` runs."""
        if self._isolate is not None:
            self._isolate.interrupted = True

    # -- messages ------------------------------------------------------------------------------------------------------

    def _run(self, isolate: Isolate, messages: Sequence[Message]) -> list[Message]:
        return self._evaluated(isolate, self._texts(isolate, messages))

    def _one(self, isolate: Isolate, message: Message) -> list[Message]:
        return self._input(isolate, message) if message["t"] == "eval" else self._run(isolate, [message])

    def _input(self, isolate: Isolate, message: Message) -> list[Message]:
        """Run one input of a read-eval loop."""
        number, name = message["id"], message["name"]
        isolate.interrupted = False
        isolate.interruptible = False
        made = self._compiler.prepare_input(message["source"])
        if made is None:
            return [{"t": "return", "id": number, "ok": True, "value": {"more": True}}]
        about, function = self._wrapped(isolate, name, message["source"], _HEADS[1], made)
        if function is None:
            return [{"t": "return", "id": number, "ok": False, "error": _syntax_fault(name, about["fault"])}]
        self._invokes.add(number)
        self._inputs.add(number)
        text = f"{self._door}.input({number},{literal(dumps(about))},{function}"
        return self._evaluated(isolate, [*self._feeding(self._time(message)), text])

    def _evaluated(self, isolate: Isolate, texts: Sequence[str], *, interruptible: bool = True) -> list[Message]:
        drain = f"{self._door}.drain()"
        isolate.interruptible = interruptible and bool(self._inputs)
        try:
            text = isolate.evaluate(*texts, drain)
        except Stopped as stop:
            isolate.listen()
            if stop.reason == "interrupt" and isolate.terminate():
                cancels = self._feeding([dumps(["cancel", one]) for one in self._inputs])
                sent = self._evaluated(isolate, cancels, interruptible=False)
                return [*sent, *self._given_up()]
            return self._stop(isolate, stop.reason)
        except EvaluationError as error:
            isolate.listen()
            self.close()
            raise RuntimeError(f"the JavaScript engine failed: {error}") from None
        isolate.listen(resting=True)
        sent = self._sent(text)
        if sent and sent[-1]["t"] == "collect":
            isolate.collect()
            sent[-1:] = self._evaluated(isolate, [f"{self._door}.sweep()"], interruptible=False)
        return sent

    def _given_up(self) -> list[Message]:
        """Answer the inputs whose own answer an interrupt has met on its way out."""
        error: dict[str, object] = {
            "type": "cancelled",
            "code": None,
            "message": "interrupted",
            "recoverable": False,
            "suggestions": [],
        }
        left, self._inputs = sorted(self._inputs), set()
        self._invokes.difference_update(left)
        return [{"t": "return", "id": number, "ok": False, "error": error} for number in left]

    def _sent(self, text: str | None) -> list[Message]:
        sent: list[Message] = json.loads(f"[{text}]") if text else []
        for one in sent:
            kind = one["t"]
            if kind == "return":
                self._invokes.discard(one["id"])
                self._inputs.discard(one["id"])
            elif kind == "call" and one["op"] == "Module.load":
                self._loads.add(one["id"])
        return sent

    def _texts(self, isolate: Isolate, messages: Sequence[Message]) -> list[str]:
        """Give the texts to evaluate: neighbours that are plain data share one."""
        texts: list[str] = []
        plain: list[str] = []
        for message in messages:
            plain += self._time(message)
            if message["t"] == "settle" and message["id"] in self._loads:
                self._loads.discard(message["id"])
                if message["ok"]:
                    texts += [*self._feeding(plain), self._module(isolate, message["id"], message["value"])]
                    plain = []
                    continue
            plain += self._inward(message)
        return texts + self._feeding(plain)

    def _time(self, message: Message) -> list[str]:
        """Give what sets the clock of a durable spell."""
        return [dumps(["now", message["now"]])] if self._durable and "now" in message else []

    def _feeding(self, plain: list[str]) -> list[str]:
        return [f"{self._door}.feed({literal('[' + ','.join(plain) + ']')})"] if plain else []

    def _inward(self, message: Message) -> list[str]:
        """Give the JSON of the lists that `feed` of main.js takes for a message."""
        writer = self._WRITERS.get(message["t"])
        if writer is None:
            name = message["t"]
            raise ValueError(f"the JavaScript engine knows no message {name!r}")
        return writer.__get__(self)(message)  # type: ignore[no-any-return]

    def _settle(self, message: Message) -> list[str]:
        if not message["ok"]:
            return [dumps(["settle", message["id"], False, message["error"]])]
        try:
            return [dumps(["settle", message["id"], True, message.get("value")])]
        except (ValueError, TypeError, RecursionError) as error:
            fault = {"type": "conversion", "code": 4101, "message": f"the result cannot cross: {error}"}
            return [dumps(["settle", message["id"], False, fault])]

    def _invoke(self, message: Message) -> list[str]:
        self._invokes.add(message["id"])
        if message["fn"] == 0:
            return [dumps(["main", message["id"]])]
        return [dumps(["invoke", message["id"], message["fn"], message.get("args") or []])]

    def _item(self, message: Message) -> list[str]:
        kind = "error" if message.get("error") else "done" if message.get("done") else "value"
        return [dumps(["item", message["s"], kind, message.get("error" if kind == "error" else "value")])]

    def _cancel(self, message: Message) -> list[str]:
        return [dumps(["cancel", message["id"]])]

    def _release(self, message: Message) -> list[str]:
        return [dumps(["release", number]) for number in message.get("fn") or ()]

    _WRITERS: dict[str, Callable[..., list[str]]] = {  # noqa: RUF012 - bound once, never written
        "settle": _settle,
        "invoke": _invoke,
        "item": _item,
        "cancel": _cancel,
        "release": _release,
    }

    # -- the beginning -------------------------------------------------------------------------------------------------

    def _hello(self, message: Message) -> Message:
        given = message.get("limits") or {}
        self._limits = {
            "memory": int(given.get("memory") or _DEFAULT_MEMORY),
            "cpu": given.get("cpu"),
            "output": int(given.get("output") or 10 * _MIB),
            "calls": int(given.get("calls") or 4096),
        }
        self._durable = bool(message.get("durable"))
        self._compiler.warm(message["source"], message["name"])  # beside what follows: each isolate has its thread
        self._isolate = isolate = Isolate(self._limits["memory"] + _OWN_HEAP)
        isolate.stopping = self.stopping
        try:
            self._open(isolate, message)
            fault = self._load_main(isolate, message)
        except Stopped as stop:
            fault = self._limit_error(stop.reason)
        except EvaluationError as error:
            fault = {"type": "internal", "code": 6009, "message": str(error).partition("\n")[0].partition("Error: ")[2]}
        if fault is not None:
            self._dead = "the spell did not start"
            self.close()
            return {"t": "hello", "ok": False, "v": 1, "error": fault}
        return {"t": "hello", "ok": True, "v": 1, "engine": "javascript", "version": isolate.version}

    def _open(self, isolate: Isolate, message: Message) -> None:
        # A global constant is no property of the global object: a script that does not know its name cannot find it.
        # V8's own random numbers are a last resort: whoever draws the next ones can work out those before.
        seed = message.get("seed")
        chance = seed[:_DOOR_SEED].encode().hex() if seed else isolate.evaluate("String(Math.random()).slice(2)")
        self._door = f"$llm{chance}"
        isolate.evaluate(f"const {self._door} = {prelude()}")
        isolate.give_stop(f"(signal) => {self._door}.signal(signal)")
        if self.speak is not None:
            speak = self.speak
            isolate.hear(
                f"{self._door}.share()",
                f"(signal) => {self._door}.listenTo(signal)",
                lambda text: speak(json.loads(text)),
            )
        if self._limits["cpu"] is not None:
            isolate.limit_cpu(self._limits["cpu"])
        about = {
            "api": message["api"],
            "env": message.get("env") or {},
            "params": message.get("params") or {},
            "limits": self._limits,
            "seed": seed[_DOOR_SEED:] or seed if seed else None,
            "exports": bool(message.get("exports")),
            "durable": self._durable,
            "now": float(message.get("now") or 0.0),
        }
        isolate.evaluate(f"{self._door}.hello({literal(dumps(about))})")

    def _load_main(self, isolate: Isolate, message: Message) -> dict[str, Any] | None:
        name, source = message["name"], message["source"]
        if len(source) > _SOURCE_CAP:
            text = f"the script is longer than {_SOURCE_CAP} bytes"
            return {"type": "resource_exhausted", "code": 4009, "message": text}
        about, function = self._prepared(isolate, name, source, main=True)
        if function is None:
            return _syntax_fault(name, about["fault"])
        isolate.evaluate(f"{self._door}.main({literal(dumps(about))},{function}")
        return None

    # -- files ---------------------------------------------------------------------------------------------------------

    def _module(self, isolate: Isolate, call: int, value: Any) -> str:
        """Give the text that answers a call for a module."""
        about, function = self._prepared(isolate, value["name"], value["source"], main=False)
        return f"{self._door}.module({call},{literal(dumps(about))},{function or 'null)'}"

    def _prepared(self, isolate: Isolate, name: str, source: str, *, main: bool) -> tuple[dict[str, Any], str | None]:
        """Make a function of a file: what the script's side is told, and the end of the text that evaluates it."""
        head = _HEADS[main or name.endswith((".mjs", ".mts"))]
        made = _json_module(source) if name.endswith(".json") and not main else self._compiler.prepare(source, name)
        if made.untouched or made.plain_fault:
            made = self._as_it_is(isolate, source, name, head)
        return self._wrapped(isolate, name, source, head, made)

    def _wrapped(
        self, isolate: Isolate, name: str, source: str, head: str, made: Prepared
    ) -> tuple[dict[str, Any], str | None]:
        about = {"name": name, "module": made.module, "waits": made.waits, "requires": made.requires}
        number, self._files = self._files, self._files + 1
        isolate.evaluate(f"{self._door}.file({literal(name)})")
        if made.module or made.waits:
            head = _HEADS[1]
        function = f"{head}{made.header}{made.code}{_TAIL}"
        label = f"\n//# sourceURL=llmspell-file-{number}"
        fault = made.fault or self._refused(isolate, function + label)
        if fault is not None:
            return {**about, "fault": fault}, None
        isolate.evaluate(f"{self._door}.constructors({literal(dumps(sorted(set(_WORDS.findall(source)))))})")
        return about, f"{function}){label}"

    def _as_it_is(self, isolate: Isolate, source: str, name: str, head: str) -> Prepared:
        """Take a text that nobody has parsed when V8 does, which knows the newest syntax first; else say why not."""
        # It must be a body by itself: a brace too many would end the function around it.
        whole = isolate.evaluate(f"{self._door}.isBody({literal(source)})") == "yes"
        refused = self._refused(isolate, f"{head}{source}{_TAIL}") if whole else None
        if whole and refused is None:
            return Prepared({"code": source})
        made = self._compiler.prepare(source, name, parse=True)
        made.fault = made.fault or refused or {"message": "Unexpected token '}'", "line": 1}
        return made

    def _refused(self, isolate: Isolate, function: str) -> dict[str, Any] | None:
        """Let V8 read a function before anything of it runs; give `{message, line}` when it is none."""
        try:
            isolate.evaluate(function)
        except EvaluationError as error:
            found = _V8_PLACE.match(str(error))
            return {"message": found[2], "line": int(found[1])} if found else {"message": str(error), "line": 1}
        return None

    # -- the end -------------------------------------------------------------------------------------------------------

    def _stop(self, isolate: Isolate, reason: str) -> list[Message]:
        """End the run: what was sent before the limit is given, then every open invoke is answered with it."""
        sent = self._sent(isolate.salvage(f"{self._door}.flush()"))
        error = self._limit_error(reason)
        answers: list[Message] = [
            {"t": "return", "id": number, "ok": False, "error": error} for number in sorted(self._invokes)
        ]
        self._invokes.clear()
        self._dead = error["message"]
        self.close()
        return [*sent, *answers]

    def _limit_error(self, reason: str) -> dict[str, Any]:
        limits = self._limits
        kind, code, text = {
            "cpu": ("timeout", 4004, f"the spell used more than {limits['cpu']} s of CPU time"),
            "memory": ("memory_limit", 4005, f"the spell used more than {limits['memory']} bytes of memory"),
            "host": ("cancelled", None, "the spell was stopped"),
            "interrupt": ("cancelled", None, "the spell was stopped: it did not end when it was interrupted"),
            "signal": ("resource_exhausted", 4009, f"the spell wrote more than {limits['output']} bytes"),
        }[reason]
        return {"type": kind, "code": code, "message": text, "recoverable": False, "suggestions": []}

    def _refusal(self, message: Message) -> Message:
        kind = "ended" if message["t"] == "eval" else "runtime"
        error = {"type": kind, "code": 4002, "message": self._dead, "recoverable": False, "suggestions": []}
        return {"t": "return", "id": message["id"], "ok": False, "error": error}


def _syntax_fault(name: str, fault: dict[str, Any]) -> dict[str, Any]:
    return {"type": "syntax", "code": 4001, "message": fault["message"], "where": f"{name}:{fault['line']}"}


def _json_module(source: str) -> Prepared:
    """Make a module of a JSON text, which is its only export."""
    try:
        json.loads(source.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        return Prepared({"error": {"message": f"no JSON: {error}", "line": getattr(error, "lineno", 1)}})
    return Prepared({"code": f"module.exports = $llm.json({literal(source.removeprefix(chr(0xFEFF)))})"})
