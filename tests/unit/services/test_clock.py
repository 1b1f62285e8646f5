from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from llmspell.services.clock import IdMaker, SystemClock, SystemRandom, new_id


async def test_the_system_clock_runs_forward() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(-1)
    await clock.sleep(0)
    assert clock.monotonic() >= before
    assert clock.now() > 1_700_000_000


def test_a_seed_repeats_and_none_does_not() -> None:
    assert [SystemRandom(7).random() for _ in range(2)] == [SystemRandom(7).random() for _ in range(2)]
    assert SystemRandom().bytes(16) != SystemRandom().bytes(16)
    assert {SystemRandom().integer(1, 2) for _ in range(100)} == {1, 2}


def test_an_id_is_a_uuid_of_version_7_with_its_time() -> None:
    value = uuid.UUID(IdMaker(lambda: 1_700_000_000.123)())
    assert value.version == 7
    assert value.variant == uuid.RFC_4122
    assert value.int >> 80 == 1_700_000_000_123
    assert str(uuid.UUID(new_id())) != new_id()


@given(st.lists(st.floats(min_value=0, max_value=2**37), min_size=2, max_size=200))
def test_ids_sort_in_the_order_they_were_made_whatever_the_clock_does(times: list[float]) -> None:
    clock = iter(times)
    make = IdMaker(lambda: next(clock))
    ids = [make() for _ in times]
    assert ids == sorted(set(ids))


def test_a_full_counter_borrows_from_the_next_millisecond() -> None:
    make = IdMaker(lambda: 1.0)
    first = make()
    make._counter = (1 << 42) - 1
    second = make()
    assert second > first
    assert uuid.UUID(second).int >> 80 == 1001
