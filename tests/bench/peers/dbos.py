"""DBOS on SQLite: a workflow of ten steps one after the other, kept in the folder named by the first argument."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from dbos import DBOS  # type: ignore[import-not-found,unused-ignore]  # lives in an environment of its own

from tests.bench.peers.turns import serve
from tests.bench.samples import repeated

NODES = 10
RUNS = 5


async def main() -> None:
    """Serve the one measure."""
    file = Path(sys.argv[1]) / "dbos.db"
    DBOS(
        config={
            "name": "bench",
            "system_database_url": f"sqlite:///{file}",
            "run_admin_server": False,
            "log_level": "ERROR",
        }
    )

    @DBOS.step()  # type: ignore[untyped-decorator,unused-ignore]  # it is not here
    async def step(number: int) -> int:
        return number + 1

    @DBOS.workflow()  # type: ignore[untyped-decorator,unused-ignore]  # likewise
    async def flow() -> None:
        number = 0
        for _ in range(NODES):
            number = await step(number)
        if number != NODES:
            raise RuntimeError("a step is missing")

    DBOS.launch()
    await serve({"node": repeated(flow, RUNS, per=NODES)}, ["dbos"])
    DBOS.destroy()


if __name__ == "__main__":
    asyncio.run(main())
