"""The budgets: what is measured, against what, and how much is allowed. Benches measure; this table judges."""

from __future__ import annotations

from tests.bench.budget import BEST_PEER, PYTHON, Budget
from tests.bench.durable_budgets import DURABLE
from tests.bench.script_budgets import SCRIPTS

FRAMEWORKS = ("agno", "pydantic-ai", "langgraph", "openai-agents")

BUDGETS = (
    Budget(what="--version", bench="cold_start", unit="ms CPU", goal=3, over=PYTHON, floor=PYTHON, peers=("llm",)),
    Budget(what="--help", bench="cold_start", unit="ms CPU", goal=4.5, over=PYTHON, floor=PYTHON, peers=("llm",)),
    Budget(
        what="one-line Lua spell, inline",
        bench="cold_start",
        unit="ms CPU",
        goal=8,
        over=PYTHON,
        floor="import asyncio, lupa",
        cause="asyncio with what it imports (ssl, logging, inspect) and Lua are the floor beside it, two thirds of the "
        "goal; the rest is a hundred small modules, argparse and the parsing of the Lua prelude",
    ),
    Budget(
        what="one-line Lua spell in a child, above inline",
        bench="cold_start",
        unit="ms CPU",
        goal=21,
        floor="python -I -S, import lupa",
        cause="the goal was set where Python starts in 8 ms; an interpreter with Lua is the floor beside it, json and "
        "ctypes (for the walls, Landlock and seccomp among them) are most of the rest",
    ),
    Budget(what="a run with 100 plugins it does not use", bench="plugins", unit="ms CPU", goal=1.2, over="without"),
    Budget(what="--help with 100 plugins", bench="plugins", unit="ms CPU", over="without"),
    Budget(what="tools list with 100 plugins", bench="plugins", unit="ms CPU", over="without"),
    Budget(
        what="agent creation", bench="agents", unit="us", goal=1.5, over="agno", floor="plain class", peers=FRAMEWORKS
    ),
    Budget(what="an idle agent", bench="agents", unit="KiB", goal=4, floor="plain class", peers=FRAMEWORKS),
    Budget(
        what="one call", bench="calls", unit="us CPU", goal=1.2, over="raw httpx", floor="raw aiohttp", peers=FRAMEWORKS
    ),
    Budget(
        what="tool loop",
        bench="calls",
        unit="us CPU",
        goal=1.5,
        over="raw httpx",
        floor="raw aiohttp",
        peers=FRAMEWORKS,
    ),
    Budget(
        what="tool loop, all on",
        bench="calls",
        unit="us CPU",
        goal=1.8,
        over="raw httpx",
        floor="raw aiohttp",
        peers=FRAMEWORKS,
    ),
    Budget(
        what="stream chunk",
        bench="calls",
        unit="us CPU",
        goal=2,
        over="raw httpx",
        floor="raw aiohttp",
        peers=FRAMEWORKS,
    ),
    Budget(
        what="one call, resilience on",
        bench="calls",
        unit="us CPU",
        goal=1.4,
        over="raw httpx",
        cause="eleven parts at once are a dozen hooks, and every wait for the network is resumed through their frames; "
        "httpx beside it lost half of its own cost with the search for a module on each request",
    ),
    Budget(
        what="stream chunk, resilience on",
        bench="calls",
        unit="us CPU",
        goal=1.4,
        over="raw httpx",
        cause="a five-hundredth of what the hooks of a call cost falls on each chunk of its stream, as much as the "
        "counting of the chunk itself",
    ),
    *(
        Budget(what=f"{what}, {name}", bench="providers", unit="us CPU", goal=goal, over="raw httpx")
        for name in ("anthropic", "google", "ollama", "openai responses")
        for what, goal in (("one call", 1.2), ("stream chunk", 2))
    ),
    Budget(
        what="1 000 loops at 50 ms",
        bench="concurrency",
        unit="s",
        goal=0.7,
        over="raw httpx",
        floor="raw aiohttp",
        peers=("agno",),
    ),
    Budget(
        what="1 000 loops at 50 ms, over the best peer",
        bench="concurrency",
        group="1 000 loops at 50 ms",
        unit="s",
        goal=0.25,
        over=BEST_PEER,
        floor="raw aiohttp",
        peers=("agno",),
        cause="the goal is for a thinner transport than httpx, whose own cost is most of it",
    ),
    Budget(
        what="a running agent of 1 000",
        bench="concurrency",
        unit="KiB",
        goal=40,
        floor="raw httpx",
        peers=("agno",),
    ),
    Budget(what="hook, nobody listens", bench="hooks", unit="us", goal=0.1, floor="function list", peers=("pluggy",)),
    Budget(what="hook, 1", bench="hooks", unit="us", goal=1, over="pluggy", floor="function list", peers=("pluggy",)),
    Budget(what="hook, 5", bench="hooks", unit="us", goal=1, over="pluggy", floor="function list", peers=("pluggy",)),
    Budget(
        what="hook, 5 async, one deadline",
        bench="hooks",
        unit="us",
        goal=4,
        floor="awaited in turn",
        cause="a timer for the chain and a guarded await for each hook, of which the floor has neither",
    ),
    Budget(what="operation, nobody listens", bench="hooks", unit="us", over="bare await", floor="bare await"),
    *(
        Budget(
            what=f"event to {count}",
            bench="events",
            unit="us",
            goal=0.5,
            over="pyee",
            floor="function list",
            peers=("pyee",),
            cause="an event has a number, a time and a source, and is kept for replay; pyee hands on bare arguments",
        )
        for count in (1, 10, 100)
    ),
    *SCRIPTS,
    Budget(
        what="storage get",
        bench="storage",
        unit="us",
        goal=3,
        floor="sqlite3",
        peers=("aiosqlite",),
    ),
    Budget(
        what="storage put by 100 tasks",
        bench="storage",
        unit="us",
        goal=1.5,
        over="group commit",
        floor="group commit",
        peers=("aiosqlite",),
        cause="each value has a checksum, and each group is handed to the writer's thread and back",
    ),
    *(
        Budget(what=f"encrypted {verb}, {store}", bench="kept", unit="us", over="plain", floor="plain")
        for store in ("memory", "SQLite")
        for verb in ("put", "get")
    ),
    Budget(what="operation, audit log", bench="kept", unit="us", floor="no log"),
    Budget(
        what="storage batch of 100",
        bench="storage",
        unit="us a key",
        goal=1.2,
        over="sqlite3",
        floor="sqlite3",
        peers=("aiosqlite",),
        cause="each value has a checksum, and the floor itself takes 1.2x when another thread runs it",
    ),
    *(
        Budget(
            what=f"{library} {what}",
            bench="libraries",
            unit=unit,
            goal=1.3,
            over=library,
            floor=library,
            cause=f"{cause}, and each group is handed to the writer's thread and back",
        )
        for library, cause in (
            ("lmdb", "each value has a checksum, for LMDB has none: a fifth of the floor"),
            ("rocksdb", "each write is asked for by a task and told to it"),
        )
        for what, unit in (("get", "us"), ("put by 100 tasks", "us"), ("batch of 100", "us a key"))
    ),
    *(
        Budget(
            what=f"{server} {what}",
            bench="storage_servers",
            unit=unit,
            goal=1.3,
            over=client,
            floor=client,
            cause="a write is a script, which keeps the order of keys and the sum of bytes, too; to be given its "
            "values alone takes the server six times as long as the floor's command",
        )
        for server, client in (("redis", "redis-py"), ("postgres", "asyncpg"))
        for what, unit in (("get", "us"), ("put by 100 tasks", "us"), ("batch of 100", "us a key"))
    ),
    *(
        Budget(
            what=f"state get, {kind}",
            bench="state",
            unit="us",
            goal=3,
            cause="each reader of a list or a map gets a copy of its own, decoded from JSON: that is nearly all of it",
        )
        for kind in ("text", "document")
    ),
    *(
        Budget(
            what=f"state set by 100 tasks{versions}",
            bench="state",
            unit="us",
            goal=1.5,
            over="group commit",
            floor="group commit",
            peers=("aiosqlite",),
            cause="the store alone takes the goal; a value becomes JSON and a version, which is compared in its key's "
            "turn; with 10 versions it writes two records instead of one",
        )
        for versions in ("", ", 10 versions")
    ),
    *(
        Budget(
            what=f"session save of 100 turns{versions}",
            bench="state",
            unit="us",
            goal=1.5,
            over="msgspec + sqlite3",
            floor="msgspec + sqlite3",
            cause="the store alone takes more than three times the floor: 39 KB go to another thread, which commits "
            "them with a cold cache, and one waits for it; the value is looked through for what JSON cannot say, which "
            "takes as long as msgspec; with 10 versions it writes two records",
        )
        for versions in ("", ", 10 versions")
    ),
    Budget(what="guarded file read, 64 KiB", bench="guards", unit="us", goal=1.5, over="plain read"),
    Budget(what="guarded HTTP request", bench="guards", unit="us CPU", goal=1.1, over="raw httpx"),
    *(Budget(what=f"permission check, {kind}", bench="guards", unit="us", goal=3) for kind in ("path", "host")),
    Budget(
        what="workflow node",
        bench="workflows",
        unit="us",
        goal=0.1,
        over="langgraph nodes",
        floor="await",
        peers=("langgraph nodes",),
    ),
    Budget(
        what="1 000 parallel steps",
        bench="workflows",
        unit="ms",
        goal=1.2,
        over="asyncio.gather",
        floor="asyncio.gather",
    ),
    *DURABLE,
    Budget(
        what="schema of a new function", bench="schema", unit="us", goal=0.5, over="pydantic-ai", peers=("pydantic-ai",)
    ),
)
