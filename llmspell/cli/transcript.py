"""`llmspell transcript show|prune`: entries of a transcript for people, and runs taken out of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.cli.cleanup import tell, wanted
from llmspell.cli.escaped import visible
from llmspell.cli.values import standard_input
from llmspell.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from llmspell.cli.console import Console

VERSION = 1
"""The form of the entries that are understood: `llmspell.runtime.transcript_entry.VERSION`."""

SHOWN = 200
"""Letters of a text that are shown without `--wire`."""


def show(args: argparse.Namespace, console: Console) -> int:
    """Show the entries of a file; raises `UsageError` for what is no transcript."""
    entries = list(_entries(args.file))
    if args.last is not None:
        if args.last < 1:
            message = f"--last is {args.last}: it counts attempts, from 1 on"
            raise UsageError(message)
        entries = entries[-args.last :]
    if console.as_json:
        console.data([entry for _, entry in entries])
        return 0
    for number, entry in entries:
        for line in _lines(number, entry, wire=args.wire):
            console.print(line)
    if not entries:
        console.note("the transcript is empty: no model was called")
    return 0


def prune(args: argparse.Namespace, console: Console) -> int:
    """Take runs out of a file of which a policy has enough."""
    from llmspell.services.clock import SystemClock  # noqa: PLC0415 - paid by who cleans up
    from llmspell.services.transcript_prune import prune as cut  # noqa: PLC0415 - likewise

    gone = cut(Path(args.file), wanted(args), SystemClock().now(), dry=args.dry_run)
    return tell(args, console, gone, "runs")


def _entries(name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield entries with their numbers, from 1."""
    try:
        text = standard_input() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"the transcript {name!r} cannot be read: {reason}"
        raise UsageError(message, suggestions=["write one with `llmspell run SPELL --transcript FILE`"]) from error
    for number, line in enumerate(text.split("\n"), start=1):  # not at U+2028 and its like, which JSON leaves as it is
        if line:
            yield number, _entry(name, number, line)


def _entry(name: str, number: int, line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        message = f"{name}:{number} is not JSON: the file is no transcript, or its last entry was cut off"
        raise UsageError(message) from error
    if not isinstance(entry, dict) or entry.get("transcript") != VERSION:
        message = f"{name}:{number} is no entry of a transcript of version {VERSION}"
        raise UsageError(message, suggestions=["write one with `llmspell run SPELL --transcript FILE`"])
    return entry


def _lines(number: int, entry: Mapping[str, Any], *, wire: bool) -> Iterator[str]:
    if entry["operation"] == "agent_execution":
        yield from _end(number, entry)
        return
    who = f"{entry['provider']}/{entry['model']}" if entry["operation"] == "llm_call" else entry["path"]
    attempt = f"attempt {entry['attempt']}" if entry["attempt"] else "nobody was asked"
    yield f"#{number}  {entry['time']}  {who}  {attempt}  {entry['seconds']:.3f} s"
    for message in (_get(entry, "asked", "messages") or [])[-1:]:
        yield _row("asked", f"{message['role']}: {_parts(message)}")
    for exchange in entry["exchanges"]:
        yield from _exchange(exchange, wire=wire)
    answer = entry["answer"]
    if isinstance(_get(answer, "message"), Mapping):
        usage = answer["usage"]
        yield _row(
            "answer",
            f"{_parts(answer['message'])}  ({answer['finish_reason']}, "
            f"{usage['input_tokens']} + {usage['output_tokens']} tokens)",
        )
    elif answer is not None:
        yield _row("answer", json.dumps(answer, ensure_ascii=False))
    if entry["error"] is not None:
        yield _row("error", f"{entry['error']['type']}: {entry['error']['message']}")


def _end(number: int, entry: Mapping[str, Any]) -> Iterator[str]:
    """Tell how a run ended that has no answer."""
    yield f"#{number}  {entry['time']}  agent {visible(entry['agent'])}  no answer  {entry['seconds']:.3f} s"
    yield _row("asked", _parts(entry["asked"]))
    for call in entry["calls"]:
        why = (call.get("error") or {}).get("message", "")
        yield _row("call", f"{_called(call)}: {call['outcome'] or 'no outcome'}{'; ' if why else ''}{why}")
    for one in entry["waiting"]:
        yield _row("waits", f"{_called({**one, 'name': one['tool']})}: {one['why']}")
    if entry["error"] is not None:
        yield _row("error", f"{entry['error']['type']}: {entry['error']['message']}")


def _exchange(exchange: Mapping[str, Any], *, wire: bool) -> Iterator[str]:
    sent, received = exchange["sent"], exchange["received"]
    yield _row("sent", f"{sent['method']} {sent['url']}")
    if wire:
        yield from _wire(sent["headers"], [sent["body"]])
    if received is None:
        yield _row("received", "nothing")
    else:
        chunks = received.get("chunks", [])
        whole = "complete" if received["complete"] else "cut, or left early"
        yield _row("received", f"{received['status']}, {len(chunks)} chunks, {whole}, {exchange['seconds']:.3f} s")
        if wire:
            others = [received[key] for key in ("rest", "base64", "withheld") if key in received]
            yield from _wire(received["headers"], [*(text for _, text in chunks), *others])
    if exchange["error"] is not None:
        yield _row("failed", exchange["error"]["message"])


def _wire(headers: Mapping[str, str], pieces: list[Any]) -> Iterator[str]:
    yield from (f"      {name}: {visible(value)}" for name, value in headers.items())
    for piece in pieces:
        if piece is not None:
            text = piece if isinstance(piece, str) else json.dumps(piece)
            yield from (f"    | {visible(line)}" for line in text.split("\n"))


def _parts(message: Mapping[str, Any]) -> str:
    """Tell a message in one line: its texts, and its other parts in brackets."""
    told = []
    for part in message["parts"]:
        if part["part"] == "tool_call":
            told.append(f"[{_called(part)}]")
        elif part["part"] == "tool_result":
            told.append(f"[{part['name']}: {part['content']}]")
        else:
            told.append(str(part["text"]) if part["part"] == "text" else f"[{part['part']}]")
    return " ".join(told)


def _called(call: Mapping[str, Any]) -> str:
    return f"{call['name']}({json.dumps(call['arguments'], ensure_ascii=False)})"


def _row(name: str, text: str) -> str:
    line = visible(" ".join(text.split()))
    return f"    {name:9}{line if len(line) <= SHOWN else line[:SHOWN] + '…'}"


def _get(value: object, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
