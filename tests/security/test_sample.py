"""A part of every area, the same one each time; and that the page says what was found."""

from __future__ import annotations

import pytest

from tests.security.page import PAGE, markdown
from tests.security.probe import areas
from tests.security.runner import kept, run_area

AREAS = areas()


@pytest.mark.parametrize("name", AREAS)
async def test_a_sample_of_the_area_holds(name):
    area = AREAS[name]
    outcome = await run_area(area, area.sample)
    if outcome.unmeasured is not None:
        pytest.skip(outcome.unmeasured)
    assert outcome.failures == {}
    assert outcome.tried > 0


@pytest.mark.parametrize("name", AREAS)
def test_the_cases_of_the_area_have_names_of_their_own_and_stay_in_order(name):
    names = [case.name for case in AREAS[name].load()]
    assert len(set(names)) == len(names)
    assert [case.name for case in AREAS[name].load()] == names


def test_the_page_says_what_was_found():
    assert set(kept()) <= set(AREAS), "a record of an area that is gone"
    assert PAGE.read_text(encoding="utf-8") == markdown(AREAS, kept()), "run `python -m tests.security --page`"
