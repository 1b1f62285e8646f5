"""The wire between the kernel (host) and a script engine (guest), version 1. Standard library only.

Messages are JSON objects with a type `t`; a frame is a four-byte big-endian length and a JSON list of messages. The
guest runs until everything in it waits after each frame of the host; over a pipe it ends each answer with
`{"t":"idle"}`, which the host's channel keeps to itself. Frames of posts may come before that, while the guest runs;
what is no post comes with the answer, so the posts of one turn are before its calls.

host -> guest
    hello    v, api, env, params, seed (base64 of 32 random bytes), limits, name, source, interactive (inputs follow),
             exports (true: the spell is loaded by another; its main chunk returns what it exports, and what it began
             goes on after that), durable (true: see below)
    invoke   id, fn, args                  fn 0 is the spell's main chunk, others are functions the guest sent
    eval     id, source, name              one input of a read-eval loop, in the spell's own scope; answered by `return`
    settle   id, ok, value | error         answers a call; one nobody waits for any more is dropped
    item     s, value | done | error       the next item, the end or the failure of a stream
    cancel   id                            cancels an invoke
    release  fn                            gives functions back: one sent three times is freed by three entries
guest -> host
    hello    v, ok, engine, version | error; `walls` names what encloses a child
    call     id, op, args, in, at          the host will settle it, unless the guest cancels it; `in` is the invoke
                                           whose function made the call, absent in the main chunk; `at`, of durable
                                           guests, is "file:line" of the innermost frame of the script that made it,
                                           absent where none is known
    post     op, args                      log, print, trace: no answer
    return   id, ok, value | error         answers an invoke
    cancel   id                            the guest gives up on a call
    release  fn, h, s                      the guest dropped these; an entry of `h` is [kind, id, count], `count` being
                                           how often it had received the handle (once when it says nothing)
    credit   s, n                          the guest has room for n more items

A durable guest is a function of its messages: a second one that gets the same, one at a time, says the same, byte for
byte, but for `release`, which may come at any time. Its host says in `now` of every hello, invoke, settle, item and
eval what time it is (seconds since 1970, a float): that is the only clock a script has, its time zone is UTC, and all
that is random grows from `seed`. No address, order of a hash or weak reference can be told from within. A limit on CPU
time or memory ends the run where it ends it: that is no part of the promise.

Value forms inside `args` and `value`, besides JSON:
    {"$h":[kind,id],"$v":{..}}  handle, with fields a script can read; one of the kind `function` is a function of
               another script, which a guest makes callable: calls are `Spell.@call`, with it and a list of arguments
    {"$fn":n}  function of the guest    {"$s":id}  stream    {"$b":base64}  bytes    {"$d":iso8601}  date
    {"$i":"digits"}  integer that the other side could not hold as a JSON number
    {"$kw":{..}}  arguments by name, only as the last of a call's `args`
A map with a key that starts with `$` is sent with one more `$` before every such key.

The value of an input is `{"shown": text}`, as its language writes the value it came to, or `{}` where it came to none;
`{"more": true}` says that the text is the beginning of a longer one, of which nothing ran. What an input declares at
its top stays for those after it, but for locals of Lua; the last value is `_`. `cancel` ends an input like an invoke.
After a limit has ended the engine, inputs are answered with an error of the type `ended`.

Names of the API (`api` of hello), one line each for a namespace, a kind of handle, and the globals:
    N Agent new create ...     functions: `Agent.new(..)` calls the operation `Agent.new`; a name with `!` is a post,
                               one with `=` is done by the engine itself, `*` asks `Agent.@get` for any other name
    H agent chat execute ...   methods: `agent:chat(..)` calls `agent.chat` with the handle as first argument; one with
                               `.` may be called with a dot, too, in languages that tell `a.b()` from `a:b()`
    P print log info ...       globals that post `print` and `Log.<level>`
    G *Tool Tools tool         globals with this ending that begin with a capital have `new`, which calls
                               `Tools.@construct` with the name and the options, and gives a handle of this kind; one
                               line for each ending
    M Async utils ...          what a namespace may be called as a module, besides its own name
    R agent Agent.new ...      operations whose answer is always a handle of this kind
    F execute Tool.new ...     operations that take a function of the script as this option, with `*` as an argument
    C Workflow sequential ...  functions that give a handle of the namespace's kind, and may be written as a class:
                               `new Workflow.Sequential({..})` where a language has that; before the namespaces
    X Scheduler why            a name without a back end, global or member: using it is an error of type
                               `api_unavailable`, "Scheduler is not available: why"; such lines come first
Operations are snake_case; an engine accepts its language's spelling too. Engines call `Async.sleep` (milliseconds) and
`Module.load` (name; answered with `{name, source}`) on their own account.
"""

from __future__ import annotations

import json

__all__ = [
    "HEADER",
    "MAX_DEPTH",
    "MAX_FRAME",
    "MAX_NODES",
    "VERSION",
    "WireError",
    "check_size",
    "decode_frame",
    "encode_frame",
    "frame_size",
]

VERSION = 1
MAX_FRAME = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 100_000
HEADER = 4

# What a message itself adds to its values: levels (the message, its argument list), and values (its fields).
_LEVELS = 3
_FIELDS = 16


TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from typing import Any, NotRequired, TypedDict

    class ErrorObject(TypedDict, total=False):
        """An error in transit; `value` is what the script raised when that was no plain string, `stack` its frames."""

        type: str
        message: str
        code: int | str | None
        recoverable: bool
        suggestions: list[str]
        trace_id: str | None
        where: str | None
        context: dict[str, Any]
        retry_after: float | None
        stack: str | None
        value: Any

    class Message(TypedDict):
        """Any message; which keys exist depends on `t` (see the module's docstring)."""

        t: str
        id: NotRequired[int]
        v: NotRequired[int]
        ok: NotRequired[bool]
        op: NotRequired[str]
        fn: NotRequired[Any]
        args: NotRequired[list[Any]]
        value: NotRequired[Any]
        error: NotRequired[Any]
        s: NotRequired[Any]
        h: NotRequired[list[Any]]
        n: NotRequired[int]
        done: NotRequired[bool]
        api: NotRequired[str]
        env: NotRequired[dict[str, Any]]
        params: NotRequired[dict[str, Any]]
        seed: NotRequired[str]
        limits: NotRequired[dict[str, Any]]
        name: NotRequired[str]
        interactive: NotRequired[bool]
        source: NotRequired[str]
        exports: NotRequired[bool]
        durable: NotRequired[bool]
        now: NotRequired[float]
        at: NotRequired[str]
        engine: NotRequired[str]
        version: NotRequired[str]
        walls: NotRequired[list[str]]


class WireError(ValueError):
    """Say why something is no frame."""


def encode_frame(messages: list[Message], *, cap: int = MAX_FRAME) -> bytes:
    """Give the frame of some messages; raises `WireError` when it would pass `cap` bytes or a message `MAX_NODES`."""
    body = json.dumps(messages, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")
    if len(body) > cap:
        raise WireError(f"a message of {len(body)} bytes passes the limit of {cap} bytes")
    if len(body) > 2 * MAX_NODES:
        _check_messages(messages)  # the other side would refuse the frame, and nobody would hear why
    return len(body).to_bytes(HEADER, "big") + body


def frame_size(header: bytes, *, cap: int = MAX_FRAME) -> int:
    """Read the length in front of a frame; raises `WireError` when it passes `cap`."""
    size = int.from_bytes(header, "big")
    if size > cap:
        raise WireError(f"a frame of {size} bytes passes the limit of {cap} bytes")
    return size


def decode_frame(body: bytes) -> list[Message]:
    """Read the messages of a frame; raises `WireError` for what is no list of messages, too deep or too big."""
    try:
        messages = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WireError(f"a frame is not valid JSON ({type(error).__name__})") from None
    # A frame cannot have more nodes than half its bytes, nor be deeper than it has brackets: most frames need no walk.
    big = len(body) > 2 * MAX_NODES or body.count(b"[") + body.count(b"{") > MAX_DEPTH
    if not isinstance(messages, list) or not all(
        isinstance(one, dict) and isinstance(one.get("t"), str) for one in messages
    ):
        raise WireError("a frame is not a list of messages")
    if big:
        _check_messages(messages)
    return messages


def _check_messages(messages: list[Message]) -> None:
    if len(messages) > MAX_NODES:
        raise WireError(f"a frame has more than {MAX_NODES} messages")
    for message in messages:
        check_size(message, depth=MAX_DEPTH + _LEVELS, nodes=MAX_NODES + _FIELDS)


def check_size(value: object, *, depth: int = MAX_DEPTH, nodes: int = MAX_NODES) -> None:
    """Raise `WireError` when decoded JSON is deeper than `depth` or has more than `nodes` values."""
    level: list[Any] = [value]
    count = 0
    for _ in range(depth + 1):
        count += len(level)
        if count > nodes:
            raise WireError(f"a message has more than {nodes} values")
        level = [
            item
            for one in level
            if isinstance(one, (dict, list))
            for item in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise WireError(f"a message is nested deeper than {depth} levels")
