"""The contract of an engine finds each of these faults with the tests made for it, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import Phase, settings

from llmspell.testing import EngineMachineContract
from tests.fourth import lying_engines as lying
from tests.fourth.toy_engine.sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROUND_TRIP = {"test_values_round_trip", "test_values_round_trip_through_a_call"}
LIMITS = {
    "test_a_script_without_end_is_stopped",
    "test_a_script_that_hoards_is_stopped",
    "test_a_flood_of_output_is_stopped",
}


@pytest.fixture(autouse=True)
def _any_failure_will_do() -> Iterator[None]:
    """Look for no smaller value once one has failed: that takes ten times as long as finding it."""
    settings.register_profile("no shrinking", phases=[Phase.generate])
    settings.load_profile("no shrinking")
    yield
    settings.load_profile("default")


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (lying.Anonymous, {"test_hello_names_the_engine"}),
        (lying.CompilesLate, {"test_syntax_error_is_told_at_hello"}),
        (lying.Floats, ROUND_TRIP),
        (lying.TruncatesIntegers, ROUND_TRIP),
        (lying.ForgetsToEscape, {"test_keys_that_look_like_forms_survive"}),
        (lying.LosesTheLine, {"test_error_of_a_script_says_where"}),
        (lying.WrapsErrors, {"test_error_of_the_kernel_passes_unchanged", "test_syntax_error_is_told_at_hello"}),
        (lying.HidesTypes, {"test_error_of_the_kernel_can_be_caught", "test_error_of_the_kernel_passes_unchanged"}),
        (lying.StopsWithoutAReason, LIMITS),
        (lying.LivesOn, LIMITS),
        (lying.CallsOnce, {"test_callback_is_called"}),
        (
            lying.DropsCallbacks,
            {
                "test_callback_is_called",
                "test_callback_may_call_back",
                "test_calls_of_a_function_say_whose_they_are",
            },
        ),
        (lying.ForgetsWhoseCallItIs, {"test_calls_of_a_function_say_whose_they_are"}),
        (lying.Serial, {"test_calls_run_side_by_side"}),
        (lying.PrintsByCalling, {"test_print_is_posted"}),
        (lying.TakesHandlesForMaps, {"test_methods_of_handles_are_calls"}),
        (lying.SkipsItems, {"test_streams_are_read_to_their_end"}),
        (lying.NeverAsksForMore, {"test_streams_are_read_to_their_end"}),
        (lying.KeepsEverything, {"test_leaving_a_stream_releases_it"}),
        (lying.Shared, {"test_machines_share_nothing"}),
        (lying.TripsAtTheEnd, {"test_close_drops_everything"}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_fault_is_found(failing: Any, broken: type, expected: set[str]) -> None:
    class Broken(EngineMachineContract):
        sources: ClassVar[Mapping[str, str]] = SOURCES
        examples: ClassVar = 25

        def machine(self) -> Any:
            return broken()

    assert failing(Broken) == expected
