"""A part of every area, the same one each time; and that the page says what was found."""

from __future__ import annotations

import pytest

from tests.durability.page import PAGE, markdown
from tests.durability.probe import areas
from tests.durability.runner import kept, run_area

AREAS = areas()
FAST = [pytest.param(area, one, id=f"{name}-{one.name}") for name, area in AREAS.items() for one in area.fast]
PAIRS = [pytest.param(area, one, id=f"{name}-{one.name}") for name, area in AREAS.items() for one in area.variants]


@pytest.mark.parametrize(("area", "variant"), FAST)
async def test_a_sample_of_the_area_holds(area, variant):
    outcome = await run_area(area, variant, area.sample)
    if outcome.unmeasured is not None:
        pytest.skip(outcome.unmeasured)
    assert outcome.failures == {}
    assert outcome.tried > 0


@pytest.mark.parametrize(("area", "variant"), PAIRS)
def test_the_cases_of_the_area_have_names_of_their_own_and_stay_in_order(area, variant):
    names = [case.name for case in area.load(variant)]
    assert len(set(names)) == len(names)
    assert [case.name for case in area.load(variant)] == names


def test_the_page_says_what_was_found():
    assert set(kept()) <= set(AREAS), "a record of an area that is gone"
    assert PAGE.read_text(encoding="utf-8") == markdown(AREAS, kept()), "run `python -m tests.durability --page`"
