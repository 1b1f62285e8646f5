"""Every case of every area. It writes nothing: `python -m tests.security --write` does."""

from __future__ import annotations

import pytest

from tests.security.probe import areas
from tests.security.runner import run_area

AREAS = areas()


@pytest.mark.proof
@pytest.mark.parametrize("name", AREAS)
async def test_the_area_holds(name):
    outcome = await run_area(AREAS[name])
    if outcome.unmeasured is not None:
        pytest.skip(outcome.unmeasured)
    assert outcome.failures == {}
    assert outcome.tried > 0
