"""Logs of runs as they lie on a disk, with times that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.runtime.journal.formats import encode

if TYPE_CHECKING:
    from pathlib import Path

RUN = "0193c0de-0000-7000-8000-000000000001"
BEGAN = 1_763_800_000.0


class LogFile:
    """Write a log record by record; each is a tenth of a second after the one before, unless it says `t`."""

    def __init__(self, id: str = RUN, began: float = BEGAN, **header: Any) -> None:  # noqa: A002 - the record's field
        self.lines: list[bytes] = []
        self.began = began
        self.id = id
        about = {
            "format": 1,
            "id": id,
            "name": "report",
            "file": "report.lua",
            "folder": "/spells",
            "engine": "lua",
            "isolation": "process",
        }
        about |= {"version": "0.1.0", "versions": {"llmspell-lua": "0.1.0"}, "digest": "d1", "source": "-- report"}
        about |= {"params": {"city": "Oslo"}, "grants": [], "sync": "sync"}
        self.add("run", **{**about, **header})

    def add(self, k: str, t: float | None = None, **fields: Any) -> LogFile:
        """Add a record."""
        n = len(self.lines)
        self.lines.append(encode(n, self.began + n / 10 if t is None else t, {"k": k, **fields}))
        return self

    def said(self, number: int, op: str, at: str = "", guest: str = "") -> LogFile:
        """Add that the script called a function."""
        return self.add("out", g=guest, m=[["call", number, op, "d", at]])

    def settled(self, number: int, value: Any = None, guest: str = "") -> LogFile:
        """Add that a call of the script was answered."""
        return self.add("in", g=guest, m={"t": "settle", "id": number, "ok": True, "value": value})

    def write(self, folder: Path) -> Path:
        """Write the file into a folder of runs."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.id}.jsonl"
        path.write_bytes(b"".join(self.lines))
        path.chmod(0o600)
        return path


def report(**header: Any) -> LogFile:
    """Give the log of a run whose agent asks a model, a tool, and the model again; it is not finished."""
    log = LogFile(**header)
    log.add("text", d="q1", v={"role": "user", "parts": [{"part": "text", "text": "What is 6 * 7?"}]})
    log.add("in", g="", m={"t": "invoke", "id": 1, "fn": 0, "args": []}, key="")
    log.said(1, "Agent.new", "report.lua:1").settled(1, {"$h": ["agent", 1]})
    log.said(2, "agent.chat", "report.lua:2")
    log.add("begin", p="c2:agent.chat/1:writer", o="agent_execution", s="writer", i={"message": {"$ref": "q1"}})
    first, tool = "c2:agent.chat/1:writer/1:llm:m", "c2:agent.chat/1:writer/2:calculator"
    request = {"$m": "LlmRequest", "v": {"model": "openai/m", "messages": [{"$ref": "q1"}]}}
    log.add("intent", p=first, o="llm_call", s="openai/m", e="once", d="x", i=request)
    call = {"part": "tool_call", "id": "t1", "name": "calculator", "arguments": {"expression": "6 * 7"}}
    usage = {"requests": 1, "input_tokens": 100, "output_tokens": 20, "cost": 0.002}
    said = {"$m": "Completion", "v": {"message": {"role": "assistant", "parts": [call]}, "finish_reason": "tool_calls"}}
    log.add("done", p=first, o="llm_call", s="openai/m", e="once", d="x", sec=1.25, v=said, usage=usage)
    log.add("hook", p=tool, point="before_tool_execution", name="bounds", verdict="proceed", changed=["precision"])
    asked = {"expression": "6 * 7", "precision": 10}
    log.add("done", p=tool, o="tool_execution", s="calculator", e="pure", d="y", i=asked, sec=0.004, v="42")
    return log


def answered(log: LogFile) -> LogFile:
    """Let the model of `report` give its answer, and end the run."""
    path = "c2:agent.chat/1:writer/3:llm:m"
    said = {"$m": "Completion", "v": {"message": {"role": "assistant", "parts": [{"part": "text", "text": "42"}]}}}
    request = {"$m": "LlmRequest", "v": {"model": "openai/m", "messages": [{"$ref": "q1"}]}}
    usage = {"requests": 1, "input_tokens": 130, "output_tokens": 2, "cost": 0.001}
    log.add("intent", p=path, o="llm_call", s="openai/m", e="once", d="z", i=request)
    log.add("done", p=path, o="llm_call", s="openai/m", e="once", d="z", sec=0.5, v=said, usage=usage)
    log.add("end", p="c2:agent.chat/1:writer", sec=1.9)
    log.settled(2, "42")
    log.add("out", g="", m=[["return", 1, "", "d", ""]])
    return log.add("finished", status="done", v="42", usage=usage, sec=2.0)


def uncertain(log: LogFile) -> LogFile:
    """Let the machine stop while the tool of `report` sends a message."""
    path = "c2:agent.chat/1:writer/3:mail"
    return log.add("intent", p=path, o="tool_execution", s="mail", e="once", d="z", i={"to": "a@example.com"})
