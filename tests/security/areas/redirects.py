"""Redirects between real servers on this machine: where they lead, and what goes along."""

from __future__ import annotations

import re
import ssl
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError
from llmspell.services.http import HttpService
from llmspell.services.permissions import Grants
from llmspell.services.secrets import SecretService
from llmspell.spec.secrets import SecretRef
from llmspell.testing.server import Reply, Server
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.security.probe import Stage

PEM = Path(__file__).parents[2] / "unit/services/http/loopback.pem"
SAFE = "api.loopback.test"
SECRET = SecretRef("PROBE_API_KEY", host="127.0.0.1")


class Places:
    """Three servers, and what a case calls them."""

    def __init__(self, here: Server, there: Server, safe: Server) -> None:
        self.servers = {"here": here, "there": there, "safe": safe}
        self.words = {
            "here": here.url,
            "there": there.url,
            "safe": f"https://{SAFE}:{safe.port}",
            "safe-http": f"http://{SAFE}:{safe.port}",
            "here-port": str(here.port),
            "there-port": str(there.port),
        }
        self.came: list[str] = []

    def written(self, text: str) -> str:
        """Put the addresses in for their names in braces; `{x*3}` is xxx."""
        text = re.sub(r"\{x\*(\d+)\}", lambda found: "x" * int(found[1]), text)
        return re.sub(r"\{([a-z-]+)\}", lambda found: self.words[found[1]], text)

    def prepare(self, hops: Sequence[Mapping[str, Any]]) -> None:
        """Have each server answer as the case says, and note the order in which requests come."""
        for name, server in self.servers.items():
            own = {self._path(one["at"]): one for one in hops if one["at"].startswith(name)}
            server.replies = [lambda request, name=name, own=own: self._answer(name, own, request)] * 20  # type: ignore[misc]

    @staticmethod
    def _path(place: str) -> str:
        return "/" + place.partition("/")[2]

    def _answer(self, name: str, own: dict[str, Mapping[str, Any]], request: Any) -> Reply:
        self.came.append(f"{name}{request.path}")
        path = request.path.partition("?")[0]
        hop = own.get(path)
        if hop is None:
            return Reply.of("end")
        if hop.get("once"):
            del own[path]
        headers = {"location": self.written(hop["location"])} if "location" in hop else {}
        if hop.get("endless"):
            return Reply(302, headers, (b"x" * 4096,), chunked=True, endless=True)
        return Reply(hop.get("status", 302), headers, (b"",))

    def rules(self, case: Case) -> list[str]:
        """Give the grants of a case."""
        named = {"here": f"127.0.0.1:{self.servers['here'].port}", "there": f"127.0.0.1:{self.servers['there'].port}"}
        named["safe"] = SAFE
        wanted = [f"net.connect={named[one]}" for one in case.data.get("grants", named)]
        return [*wanted, "net.connect=127.0.0.1:" + str(self.servers["safe"].port), *case.data.get("also", ())]


def server_tls() -> ssl.SSLContext:
    """Make the context of the server for https."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    return context


async def resolve(host: str, _port: int) -> Sequence[str]:
    """Give metadata its address, and every other name this machine's."""
    return ("169.254.169.254",) if host.startswith("metadata") else ("127.0.0.1",)


async def follow(case: Case, _stage: Stage) -> str | None:
    """Send the request of a case and look where it went."""
    async with AsyncExitStack() as stack:
        here, there = [await stack.enter_async_context(Server()) for _ in range(2)]
        places = Places(here, there, await stack.enter_async_context(Server(tls=server_tls())))
        places.prepare(case.data["hops"])
        service = HttpService(
            secrets=SecretService({"PROBE_API_KEY": "s3cret"}),
            resolver=resolve,
            tls=lambda: ssl.create_default_context(cafile=PEM),
        )
        stack.push_async_callback(service.aclose)
        http = service.port(Grants.parse(places.rules(case)), "probe")
        asks = case.data.get("asks", {})
        headers = {name: SECRET if value == "$SECRET" else value for name, value in asks.get("headers", {}).items()}
        body = asks["body"].encode() if "body" in asks else None
        start = case.data["hops"][0]["at"].partition("/")[0]
        url = places.words[start] + asks.get("path", "/")
        try:
            await http.request(asks.get("method", "GET"), url, headers=headers, body=body, timeout=10)
        except LlmspellError as error:
            return None if type(error).__name__ == case.data["must"] else f"{type(error).__name__}: {error}"
        if case.data["must"] != "end":
            return f"it went to {' '.join(places.came)}"
        return _compare(places, case.data.get("last", {}))


def _compare(places: Places, last: Mapping[str, Any]) -> str | None:
    """Compare the request that came last with what the case says of it."""
    came = places.came[-1]
    if not came.startswith(last.get("at", "")):
        return f"it ended at {came}"
    request = places.servers[came.partition("/")[0]].requests[-1]
    wrong = [name for name in last.get("lacks", ()) if name in request.headers]
    wrong += [name for name in last.get("has", ()) if name not in request.headers]
    if wrong:
        return f"wrong headers: {', '.join(wrong)}"
    if (told := last.get("method", request.method)) != request.method:
        return f"the method was {request.method}, not {told}"
    if (text := last.get("body", request.body.decode())) != request.body.decode():
        return f"the body was {request.body!r}, not {text!r}"
    return None


def load() -> list[Case]:
    """Give the cases."""
    return cases_of("redirects.toml")


AREA = Area(
    "redirects",
    promise="N1",
    title="Redirects",
    how="servers on this machine redirect to one another and elsewhere; what a request carried is "
    "read where it arrived",
    load=load,
    try_=follow,
    sample=24,
)
