"""Wall time of the SQLite store under 100 tasks, as ratios to bare `sqlite3` in the same run.

    python -m tests.bench.storage_sqlite [--rounds 7] [--writes 50]

Every task writes 1 KB values of fresh bytes under 1000 keys and waits for each. The floor commits 100 writes per
transaction on one thread that does nothing else; the other bound commits each write by itself. Rounds are interleaved.
The goal of the design is 1.5x the floor for writes and 3 us for a read.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path
from time import perf_counter

from llmspell_storage_sqlite import database, statements
from llmspell_storage_sqlite.store import SqliteStorage, store_file

TASKS = 100
KEYS = [f"key/{number:04}" for number in range(1000)]


def value(number: int) -> bytes:
    """Give 1 KB that differs from what was there: a page whose bytes stay the same is never written."""
    return number.to_bytes(16) * 64


def bare(folder: Path, writes: int, *, group: int) -> float:
    """Write with `sqlite3` alone, some writes per transaction; return seconds per write."""
    connection = database.connect(folder / "bare.sqlite3")
    database.prepare(connection, folder / "bare.sqlite3", "normal")
    start = perf_counter()
    for first in range(0, TASKS * writes, group):
        connection.execute("BEGIN IMMEDIATE")
        for number in range(first, first + group):
            statements.put(connection, KEYS[number % 1000].encode(), value(number))
        connection.execute("COMMIT")
    taken = perf_counter() - start
    connection.close()
    return taken / (TASKS * writes)


async def gathering(folder: Path, writes: int) -> float:
    """Write with `sqlite3` from tasks, each tick of the loop one commit, without a thread; return seconds per write."""
    connection = database.connect(folder / "gathered.sqlite3")
    database.prepare(connection, folder / "gathered.sqlite3", "normal")
    loop = asyncio.get_running_loop()
    waiting: list[tuple[bytes, bytes, asyncio.Future[None]]] = []

    def commit() -> None:
        connection.execute("BEGIN IMMEDIATE")
        for key, data, _ in waiting:
            statements.put(connection, key, data)
        connection.execute("COMMIT")
        for _, _, future in waiting:
            future.set_result(None)
        waiting.clear()

    async def task(first: int) -> None:
        for number in range(first, TASKS * writes, TASKS):
            if not waiting:
                loop.call_soon(commit)
            future = loop.create_future()
            waiting.append((KEYS[number % 1000].encode(), value(number), future))
            await future

    start = perf_counter()
    await asyncio.gather(*(task(number) for number in range(TASKS)))
    taken = perf_counter() - start
    connection.close()
    return taken / (TASKS * writes)


async def stored(folder: Path, writes: int) -> tuple[float, float, float]:
    """Write and read through the store; return seconds per write, writes per commit, seconds per read."""
    store = SqliteStorage()
    await store.open_file(store_file(folder))

    async def task(first: int) -> None:
        for number in range(first, TASKS * writes, TASKS):
            await store.put(KEYS[number % 1000], value(number))

    start = perf_counter()
    await asyncio.gather(*(task(number) for number in range(TASKS)))
    writing = (perf_counter() - start) / (TASKS * writes)
    group = TASKS * writes / store.commits
    start = perf_counter()
    for key in KEYS:
        await store.get(key)
    reading = (perf_counter() - start) / len(KEYS)
    await store.aclose()
    return writing, group, reading


def main() -> None:
    """Print medians and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--writes", type=int, default=50, help="of each task")
    options = parser.parse_args()
    rounds = []
    for _ in range(options.rounds + 1):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
            folder = Path(name)
            bounds = [bare(folder, options.writes, group=TASKS), asyncio.run(gathering(folder, options.writes))]
            bounds.append(bare(folder, options.writes, group=1))
            rounds.append((*bounds, *asyncio.run(stored(folder, options.writes))))
    kept = rounds[1:]
    *bounds, writing, group, reading = (statistics.median(column) for column in zip(*kept, strict=True))
    print(
        f"SQLite store, {TASKS} tasks, 1 KB values, median of {options.rounds} interleaved rounds (lowest .. highest)"
    )
    print(f"  put {writing * 1e6:6.1f} us, {group:.0f} per commit; get {reading * 1e6:6.1f} us (goal 3 us)")
    names = (f"bare, {TASKS} per commit", "bare, tasks and one commit per tick", "bare, one commit each")
    for column, (name, taken) in enumerate(zip(names, bounds, strict=True)):
        ratios = sorted(one[3] / one[column] for one in kept)
        spread = f"({ratios[0]:.2f} .. {ratios[-1]:.2f})"
        print(f"  put over {name:36} {statistics.median(ratios):5.2f}x  {spread}  {taken * 1e6:6.1f} us")


if __name__ == "__main__":
    main()
