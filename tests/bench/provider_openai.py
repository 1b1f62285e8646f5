"""CPU of the OpenAI provider and of the HTTP port under it, as ratios to raw httpx in the same run.

    python tests/bench/provider_openai.py [--rounds 7] [--calls 150] [--chunks 500] [--loops 1000]

A loopback server in a process of its own answers at once (calls, streams) or after 50 ms (loops). Rounds are
interleaved; a line shows the median and the spread in microseconds, and the median of the ratios to raw httpx.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

import httpx

from llmspell.model.fold import Fold
from llmspell.model.llm import LlmRequest, message
from llmspell.services.http import HttpPort, HttpService
from llmspell.services.permissions import Grants
from llmspell.services.secrets import SecretService
from llmspell.testing import open_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

LATENCY = 0.05
BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}
REQUEST = LlmRequest(model="gpt-4o-mini", messages=(message("user", "hi"),))
HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini"}


class Answering(asyncio.Protocol):
    """A server much cheaper than its clients: answers are rendered once, requests searched as bytes."""

    whole = b""
    stream = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if not found or len(rest) < length:
            return
        self.buffer = b""
        answer = self.stream if b'"stream":' in rest else self.whole
        if b"/slow/" in head:
            asyncio.get_running_loop().call_later(LATENCY, self.transport.write, answer)
        else:
            self.transport.write(answer)


async def serve(chunks: int) -> None:
    """Print the port and answer until stdin closes."""
    usage = {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}
    choice = {"index": 0, "message": {"role": "assistant", "content": "The sum is 5."}, "finish_reason": "stop"}
    body = json.dumps({**HEAD, "choices": [choice], "usage": usage}).encode()
    Answering.whole = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )
    deltas = [
        {"index": 0, "delta": {"content": f"tok{n} "}, "logprobs": None, "finish_reason": None} for n in range(chunks)
    ]
    events = [json.dumps({**HEAD, "choices": [delta]}) for delta in deltas]
    events += [json.dumps({**HEAD, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})]
    events += [json.dumps({**HEAD, "choices": [], "usage": usage}), "[DONE]"]
    pieces = [f"data: {event}\n\n".encode() for event in events]
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    Answering.stream = head + b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextmanager
def server(chunks: int) -> Iterator[int]:
    """Run the server beside us and give its port."""
    command = [sys.executable, __file__, "--serve", "--chunks", str(chunks)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        assert process.stdin is not None
        process.stdin.close()


def cpu() -> float:
    """Give the CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def compare(
    title: str, contestants: dict[str, Any], *, rounds: int, repeat: int, per: int = 1, wall: bool = False
) -> None:
    """Time contestants in turn and print a line for each; the first is the measure of the others."""
    clock = perf_counter if wall else cpu
    got: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        await run()
    for _ in range(rounds):
        for name, run in contestants.items():
            start = clock()
            for _ in range(repeat):
                await run()
            got[name].append((clock() - start) / repeat / per * 1e6)
    base = next(iter(got.values()))
    print(f"\n{title}")
    for name, times in got.items():
        ratio = statistics.median(a / b for a, b in zip(times, base, strict=True))
        print(f"  {name:34} {statistics.median(times):9.1f} us [{min(times):.1f}-{max(times):.1f}]   {ratio:.2f}x")


async def httpx_stream(client: httpx.AsyncClient, url: str) -> int:
    """Read a stream as plainly as httpx allows."""
    seen = 0
    async with client.stream("POST", url, json={**BODY, "stream": True}) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: ") and line != "data: [DONE]":
                choices = json.loads(line[6:])["choices"]
                if choices and choices[0]["delta"].get("content"):
                    seen += 1
    return seen


async def look(_part: object) -> None:
    """Be somebody who looks at the parts."""


async def compare_calls(options: argparse.Namespace, port: int, client: httpx.AsyncClient, http: HttpPort) -> None:
    """Compare one call and one chunk."""
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    config = {"providers": {"openai": {"base_url": f"http://127.0.0.1:{port}/v1", "api_key": "sk-bench"}}}
    async with open_context(config=config, component="provider:openai") as ctx:
        assert ctx.component is not None
        provider: Any = await ctx.app.components.instance(ctx.component)

        async def ask(sink: Any) -> str:
            ctx.sink = sink
            fold = Fold()
            async for part in provider.stream(REQUEST, ctx):
                fold.add(part)
            return fold.completion().message.text

        async def raw_call() -> object:
            return (await client.post(url, json=BODY)).json()["choices"][0]["message"]["content"]

        async def port_call() -> object:
            return json.loads((await http.request("POST", url, json=BODY)).body)["choices"]

        calls = {"raw httpx": raw_call, "HTTP port": port_call, "provider, folded": lambda: ask(None)}
        await compare("one call, CPU", calls, rounds=options.rounds, repeat=options.calls)
        streams = {"raw httpx": lambda: httpx_stream(client, url), "provider, folded": lambda: ask(look)}
        title = f"one chunk of {options.chunks}, CPU"
        await compare(title, streams, rounds=options.rounds, repeat=4, per=options.chunks)


async def compare_loops(options: argparse.Namespace, port: int, client: httpx.AsyncClient, http: HttpPort) -> None:
    """Compare many loops of two calls at once."""
    slow = f"http://127.0.0.1:{port}/slow/v1/chat/completions"

    def loops(call: Callable[[], Awaitable[object]]) -> Any:
        async def one() -> None:
            await call()
            await call()

        async def run() -> None:
            await asyncio.gather(*(one() for _ in range(options.loops)))

        return run

    busy = {
        "raw httpx, one client": loops(lambda: client.post(slow, json=BODY)),
        "HTTP port": loops(lambda: http.request("POST", slow, json=BODY)),
    }
    title = f"{options.loops} loops of two calls at {LATENCY * 1000:.0f} ms at once, wall"
    await compare(title, busy, rounds=min(3, options.rounds), repeat=1, wall=True)


async def measure(options: argparse.Namespace, port: int) -> None:
    """Run all comparisons."""
    service = HttpService(secrets=SecretService({}))
    http = service.port(Grants.parse([f"net.connect=127.0.0.1:{port}"]), "bench")
    async with httpx.AsyncClient(headers={"authorization": "Bearer sk-bench"}, timeout=None) as client:
        await compare_calls(options, port, client, http)
        await compare_loops(options, port, client, http)
    await service.aclose()


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=150)
    parser.add_argument("--chunks", type=int, default=500)
    parser.add_argument("--loops", type=int, default=1000)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.chunks))
        return
    with server(options.chunks) as port:
        asyncio.run(measure(options, port))


if __name__ == "__main__":
    main()
