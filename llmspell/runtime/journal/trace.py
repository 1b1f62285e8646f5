"""What a run did, as a tree: read from its log, for people and programs.

Operations are nested by their paths: `c2:agent.chat/1:writer/1:llm:m` happened within `c2:agent.chat/1:writer`. A call
of the script that led to operations is a node of its own, of the operation `call`; it knows the script's line.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from attrs import define, evolve, field

from llmspell.errors import JournalCorruptError
from llmspell.runtime.journal.trace_values import readable, whole
from llmspell.runtime.journal.waits import KINDS, WaitRecords

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

Record = dict[str, Any]

CALL: Final = "call"
"""The operation of a node that stands for a call of the script."""

TIMER: Final = "timer"
"""The operation under which bounds of time are kept: nothing that the run did."""

METERED: Final = ("llm_call", "provider_call")
"""The operations that use tokens; what is made of them says only their sum."""

APPROVAL: Final = "approval"
"""The operation of a node that stands for calls which wait, or waited, for a person."""

OPEN: Final = ("running", "unfinished", "uncertain", "waiting")
"""How an operation stands that has no outcome: it is under way; it will be done again; nobody knows what it did; a
person has to decide."""

TAIL: Final = 5
"""How many of the last records are kept as they are."""

_CALL = re.compile(r"c(\d+):(.+)")
_AT = 4
_HOOK = ("point", "name", "verdict", "changed")


@define(kw_only=True, eq=False)
class Operation:
    """One operation of a run, with those within it in the order in which they began.

    path        its place in the run
    operation   `llm_call`, `tool_execution`, ..., `call`: a call of the script, or `approval`: a person was waited for
    subject     the model, tool, agent, step, or key; of a `call` the function
    effect      pure, idempotent or once; empty for what is made of other operations
    n           the number of its first record
    status      done, failed, cancelled, or one of `OPEN`
    started     seconds since 1970
    seconds     how long it took; None while there is no outcome
    attempts    how often it was begun: more than once after a crash
    assumed     whether people said that it was done
    replayed    whether a resumed run took its outcome from the log
    """

    path: str
    operation: str
    subject: str = ""
    effect: str = ""
    n: int = 0
    status: str = "unfinished"
    started: float = 0.0
    seconds: float | None = None
    attempts: int = 0
    replayed: bool = False
    assumed: bool = False
    at: str = ""
    due: float | None = None
    input: Any = None
    output: Any = None
    error: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    hooks: list[dict[str, Any]] = field(factory=list)
    children: list[Operation] = field(factory=list)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Operation]]:
        """Yield this operation and all within it, each with how deep it lies; those within come after it."""
        waiting = [(depth, self)]
        while waiting:
            level, one = waiting.pop()
            yield level, one
            waiting.extend((level + 1, child) for child in reversed(one.children))


class Trace:
    """A run as its log tells it.

    header       the first record: file, engine, digests, parameters, rights, ...
    operations   those that lie in no other
    texts        long values by digest, which others mention (`trace_values.Ref`); `whole` puts them in
    modules      digests of the files that the spell loaded
    messages     what went to the script (`to`) and came from it (`from`), in order
    resumed      the records of each time it went on
    waits        places that wait for a person, and what was decided
    finished     the record of its end, None where there is none
    tail         the records that were written last
    count        how many records there are
    """

    def __init__(self, records: Iterable[Record], mask: Callable[[str], str] = str, *, running: bool = False) -> None:
        self.header: Record = {}
        self.texts: dict[str, Any] = {}
        self.modules: dict[str, str] = {}
        self.messages: list[Record] = []
        self.resumed: list[Record] = []
        self.finished: Record | None = None
        self.cancelled: Record | None = None
        self.waits = WaitRecords()
        self.tail: deque[Record] = deque(maxlen=TAIL)
        self.count = 0
        self.operations: list[Operation] = []
        self._mask = mask
        self._running = running
        self._known: dict[str, Any] = {}
        self._nodes: dict[str, Operation] = {}
        self._ended: dict[str, int] = {}
        self._hooks: list[Record] = []
        self._said: dict[tuple[str, int], tuple[Record, list[Any]]] = {}
        self._settled: dict[tuple[str, int], Record] = {}
        self._guests: set[str] = set()
        for record in records:
            self._take(record)
        if not self.header:
            raise JournalCorruptError("the log of the run is empty", suggestions=["`llmspell runs prune` removes it"])
        self._arrange()

    @property
    def status(self) -> str:
        """Give how the run ended, or `running` or `interrupted`."""
        if self.finished is not None:
            return str(self.finished["status"])
        return "running" if self._running else "interrupted"

    @property
    def started(self) -> float:
        """Give when it began, in seconds since 1970."""
        return float(self.header["t"])

    @property
    def seconds(self) -> float:
        """Give how long it took: what its end says, else the time from its first record to its last."""
        told = (self.finished or {}).get("sec")
        return float(told) if told is not None else max(0.0, float(self.tail[-1]["t"]) - self.started)

    def whole(self, value: object) -> Any:
        """Give a value with the texts that it mentions."""
        return whole(value, self.texts, self._known)

    def walk(self) -> Iterator[tuple[int, Operation]]:
        """Yield all operations, each with how deep it lies; those within one come after it."""
        for one in self.operations:
            yield from one.walk()

    def line_of(self, path: str) -> str:
        """Give the script's line that led to an operation, empty where it is not known."""
        while path:
            node = self._nodes.get(path)
            if node is not None and node.at:
                return node.at
            path = path.rpartition("/")[0]
        return ""

    # -- reading
    # ----------------------------------------------------------------------------------------------------

    def _take(self, record: Record) -> None:
        self.count += 1
        self.tail.append(record)
        match record["k"]:
            case "run":
                self.header = readable(record, self._mask)
            case "text":
                self.texts[record["d"]] = readable(record["v"], self._mask)
            case "in" | "out":
                self._hear(record)
            case "intent" | "begin" | "done" | "end" if record.get("o") != TIMER:
                self._operation(record)
            case "hook":
                self._hooks.append(record)
            case "module":
                self.modules[record["name"]] = record["d"]
            case _:
                self._take_seldom(record)

    def _take_seldom(self, record: Record) -> None:
        match record["k"]:
            case "resumed":
                self.resumed.append(record)
                self.finished = self.cancelled = None
            case "cancel":
                self.cancelled = record
            case "finished":
                self.finished = readable(record, self._mask)
            case kind if kind in KINDS:
                self.waits.take(readable(record, self._mask))

    def _operation(self, record: Record) -> None:
        path, kind = record["p"], record["k"]
        node = self._nodes.get(path)
        if node is None:
            node = self._nodes[path] = Operation(path=path, operation="", n=record["n"], started=record["t"])
            if kind in ("done", "end"):
                node.started -= record.get("sec") or 0.0
        node.operation = record.get("o") or node.operation
        node.subject = self._mask(str(record.get("s") or node.subject))
        if kind in ("intent", "done"):
            node.effect = record.get("e") or node.effect
        node.at = record.get("at") or node.at
        node.due = record.get("due", node.due)
        if "i" in record:
            node.input = readable(record["i"], self._mask)
        if kind in ("intent", "begin"):
            node.attempts += 1
            node.status, node.seconds = "", None
            self._ended.pop(path, None)
        elif kind == "done" or path not in self._ended:  # what is made of others ends anew each time the run goes on
            self._end(node, record)

    def _end(self, node: Operation, record: Record) -> None:
        node.seconds = record.get("sec")
        node.assumed = bool(record.get("assumed"))
        node.attempts = node.attempts or 1
        self._ended[node.path] = record["n"]
        if record.get("cancelled"):
            node.status = "cancelled"
        elif record.get("error") is not None:
            node.status, node.error = "failed", readable(record["error"], self._mask)
        else:
            node.status, node.output = "done", readable(record.get("v"), self._mask)
        usage = readable(record.get("usage"), self._mask)
        if usage is None and node.operation in METERED and isinstance(said := self.whole(node.output), dict):
            usage = said.get("usage")
        if isinstance(usage, dict):
            node.usage = {**usage, **({"cost": record["cost"]} if record.get("cost") is not None else {})}

    def _hear(self, record: Record) -> None:
        guest = record.get("g", "")
        self._guests.add(guest)
        if record["k"] == "in":
            message = record["m"]
            if message.get("t") == "settle":
                self._settled[guest, message["id"]] = record
            told = {"n": record["n"], "t": record["t"], "guest": guest, "to": readable(message, self._mask)}
        else:
            for said in record["m"]:
                if said[0] == CALL:
                    self._said[guest, said[1]] = record, said
            told = {"n": record["n"], "t": record["t"], "guest": guest, "from": readable(record["m"], self._mask)}
        self.messages.append(told)

    # -- arranging
    # --------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._nodes.update((one.path, one) for one in self._approvals())
        for path in list(self._nodes):
            self._add_calls(path)
        last = self.resumed[-1]["n"] if self.resumed else 0
        for node in self._nodes.values():
            node.replayed = self._ended.get(node.path, last) < last
            if not node.status:
                node.status = self._standing(node)
            above = self._above(node.path)
            (self.operations if above is None else above.children).append(node)
        for siblings in (self.operations, *(node.children for node in self._nodes.values())):
            siblings.sort(key=lambda one: (one.started, one.n))
        for hook in self._hooks:
            owner = self._nodes.get(hook["p"]) or self._above(hook["p"])
            if owner is not None:
                owner.hooks.append(readable({key: hook[key] for key in _HOOK if key in hook}, self._mask))

    def _approvals(self) -> Iterator[Operation]:
        """Give the places that wait for a person as operations: what waited, and what was decided."""
        open_ones = {one["p"] for one in self.waits.open()}
        for path, rounds in self.waits.asked.items():
            first, over = rounds[min(rounds)], self.waits.over.get(path, {})
            node = Operation(path=path, operation=APPROVAL, subject=first["agent"], n=first["n"], started=first["t"])
            node.attempts, node.input = 1, [one for number in sorted(rounds) for one in rounds[number]["calls"]]
            answers = self.waits.decided.get(path, ())
            node.output = {id_: one for said in answers for id_, one in said["calls"].items()} or None
            node.status = "waiting" if path in open_ones else "cancelled" if over.get("cancelled") else "done"
            node.seconds = over["t"] - first["t"] if over else None
            yield node

    def _add_calls(self, path: str) -> None:
        """Make the calls of scripts, within which an operation lies, operations of their own."""
        parts = path.split("/")
        for end in range(1, len(parts)):
            place = "/".join(parts[:end])
            found = _CALL.fullmatch(parts[end - 1])
            if found and place not in self._nodes:
                self._nodes[place] = self._call(place, int(found[1]), found[2], self._nodes[path])

    def _call(self, path: str, number: int, function: str, inner: Operation) -> Operation:
        guest = max((one for one in self._guests if path.startswith(f"{one}/")), key=len, default="")
        record, said = self._said.get((guest, number), ({}, []))
        node = Operation(path=path, operation=CALL, subject=function, attempts=1)
        # What a script says is written before its next message: later than what came of it.
        node.n, node.started = (
            min(record.get("n", inner.n), inner.n),
            min(record.get("t", inner.started), inner.started),
        )
        node.at = str(said[_AT] or "") if len(said) > _AT else ""
        settled = self._settled.get((guest, number))
        if settled is None:
            node.status = "running" if self._running else "unfinished"
            return node
        self._ended[path] = settled["n"]
        node.seconds = max(0.0, settled["t"] - node.started)
        node.status = "done" if settled["m"].get("ok") else "failed"
        if node.status == "failed":
            node.error = readable(settled["m"].get("error"), self._mask)
        return node

    def _standing(self, node: Operation) -> str:
        """Tell how an operation stands that was begun and has no outcome."""
        if self._running:
            return "running"
        return "uncertain" if node.effect == "once" and self.finished is None else "unfinished"

    def _above(self, path: str) -> Operation | None:
        while path:
            path = path.rpartition("/")[0]
            if path in self._nodes:
                return self._nodes[path]
        return None


def uncertain(trace: Trace) -> list[Operation]:
    """Give the effects that may not be repeated, of which nobody knows whether they happened."""
    return [one for _, one in trace.walk() if one.status == "uncertain"]


def narrowed(operations: Iterable[Operation], only: Collection[str]) -> list[Operation]:
    """Give the operations of some kinds alone, each within the nearest of these that it lay in."""
    found: list[Operation] = []
    waiting = [(one, found) for one in reversed(list(operations))]
    while waiting:
        one, into = waiting.pop()
        if one.operation in only:
            copy = evolve(one, children=[])
            into.append(copy)
            into = copy.children
        waiting.extend((child, into) for child in reversed(one.children))
    return found
