"""Ordinary addresses: the verdict on each must be that it may be dialled. Nothing is dialled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.services.http_dial import reachable
from llmspell.services.http_target import parse_target
from llmspell.services.permissions import Grants
from tests.security.areas.addresses import EVERY_HOST
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.security.probe import Stage

PUBLIC = ("93.184.216.34",)


async def judge(case: Case, _stage: Stage) -> str | None:
    """Ask for the verdict."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        found: Sequence[str] = case.data.get("resolves", PUBLIC)
        return found

    grants = Grants.parse(case.data.get("grants", EVERY_HOST))
    try:
        found = await reachable(parse_target(case.data["url"]), grants, "probe", resolve)
    except LlmspellError as error:
        return f"{type(error).__name__}: {error}"
    return None if found else "no address may be dialled"


def load() -> list[Case]:
    """Give the cases."""
    return cases_of("ordinary_addresses.toml")


AREA = Area(
    "ordinary_addresses",
    promise="N4",
    title="Ordinary addresses",
    how="the guard is asked for its verdict with every host granted by a wildcard; nothing is dialled",
    load=load,
    try_=judge,
    sample=40,
    also=True,
)
