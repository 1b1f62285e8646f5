"""Every case of every area. It writes nothing: `python -m tests.durability --write` does."""

from __future__ import annotations

import pytest

from tests.durability.probe import areas
from tests.durability.runner import run_area

PAIRS = [pytest.param(area, one, id=f"{name}-{one.name}") for name, area in areas().items() for one in area.variants]


@pytest.mark.proof
@pytest.mark.parametrize(("area", "variant"), PAIRS)
async def test_the_area_holds(area, variant):
    outcome = await run_area(area, variant)
    if outcome.unmeasured is not None:
        pytest.skip(outcome.unmeasured)
    assert outcome.failures == {}
    assert outcome.tried > 0
