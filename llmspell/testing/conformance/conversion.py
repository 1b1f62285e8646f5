"""Conversion: items of the list. A value arrives equal, or there is an error that names its place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.testing.conformance.driver import perform_again
from llmspell.testing.conformance.expect import returns, same, told
from llmspell.testing.conformance.item import Item, Only

if TYPE_CHECKING:
    from llmspell.testing.conformance.stage import Outcome, Stage

INTEGERS = (0, -1, 2**31, -(2**31) - 1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63))
BEYOND = 2**70
WHEN = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
DATA = bytes(range(256))
KEYS = {
    "1": "one", "__proto__": "proto", "constructor": "made", "ключ": "unicode", "$h": "form", "": "empty",
}  # fmt: skip
RECORDS = [
    {"number": number, "name": f"record {number}", "half": number / 2, "odd": number % 2} for number in range(1000)
]
DEEP = 2
"""Values that are nested too deep for any message."""


def told_or_refused(outcome: Outcome) -> None:
    """Expect each value to have been told, and not as text, or to be an error of conversion."""
    returned = outcome.value
    assert outcome.error is None, f"the spell failed: {outcome.error!r}"
    assert isinstance(returned, list), f"the spell returned {returned!r}"
    assert returned, "the spell tried nothing"
    assert set(returned) <= {"told", "conversion"}, f"the outcomes are {returned}"
    found = outcome.scene.told
    assert len(found) == returned.count("told"), f"{found} was told, {returned} was said"
    assert not [one for one in found if isinstance(one, list) and isinstance(one[0], str)], f"{found} has become text"


def text_refused_or_bytes(outcome: Outcome) -> None:
    """Expect text that is none to have been refused, or taken for bytes."""
    assert outcome.error is None, f"the spell failed: {outcome.error!r}"
    found = (outcome.value, outcome.scene.told)
    assert found in (("conversion", []), ("told", [b"\xff"])), f"returned and told: {found}"


def integers_exact(outcome: Outcome) -> None:
    """Expect integers of 64 bits to be exact, and a larger one exact or an error."""
    assert outcome.error is None, f"the spell failed: {outcome.error!r}"
    found = outcome.scene.told
    assert found[: len(INTEGERS)] == list(INTEGERS), f"told {found}"
    assert all(type(one) is int for one in found), f"told {found}"
    beyond = (outcome.scene.notes, found[len(INTEGERS) :])
    assert beyond in ((["told"], [BEYOND]), (["conversion"], [])), f"the larger one came to {beyond}"


async def go_beyond(stage: Stage) -> None:
    """Run the spell once more, with an integer that no engine need have."""
    try:
        await perform_again(stage, params={"numbers": [BEYOND]})
        stage.notes.append("told")
    except LlmspellError as error:
        stage.notes.append(error.type)


def kept_apart(outcome: Outcome) -> None:
    """Expect 1 and 1.0 to have stayed what they are."""
    assert [type(one) for one in outcome.scene.told] == [int, float], f"told {outcome.scene.told!r}"


def names_the_place(outcome: Outcome) -> None:
    """Expect each message to begin with the place of the value."""
    messages = outcome.value
    assert isinstance(messages, list), f"the spell returned {messages!r}"
    assert len(messages) == DEEP, f"the spell returned {messages!r}"
    assert all(str(one).startswith(("tool:execute", "tool.execute")) and "value" in str(one) for one in messages), (
        messages
    )


def same_time(outcome: Outcome) -> None:
    """Expect the time that the spell was given, as a time or as its text."""
    assert outcome.error is None, f"the spell failed: {outcome.error!r}"
    (found,) = outcome.scene.told
    when = found if isinstance(found, datetime) else datetime.fromisoformat(str(found))
    assert when == WHEN, f"told {found!r}"


def same_records(outcome: Outcome) -> None:
    """Expect the records unchanged, in both directions."""
    assert outcome.error is None, f"the spell failed: {outcome.error!r}"
    assert same(outcome.value, RECORDS), "they have changed on their way in, or out"
    assert same(outcome.scene.told, [RECORDS]), "they have changed on their way out"


ITEMS: tuple[Item, ...] = (
    Item(53, "text with a zero byte, an emoji, a megabyte",
         asks="Returns a list: `params.text` from `echo`, and the length of what `echo` gives back of 1 MiB of text.",
         params={"text": "a\0b😀é"}, expects=(returns(["a\0b😀é", 1 << 20]),)),
    Item(54, "what is no text is refused, or bytes",
         asks="Gives `tell` text that UTF-8 cannot say (half a surrogate pair; where text is bytes, the byte 255) and "
              'returns "told", or the type of the error.',
         expects=(text_refused_or_bytes,)),
    Item(55, "true, false and nothing",
         asks="Returns a list: true and false from `echo`; whether nothing comes back as nothing, for every word the "
              "language has for it; and whether it does inside a map.",
         expects=(returns([True, False, True, True]),)),
    Item(56, "integers are exact",
         asks="Gives `tell` each of `params.numbers`. Run again with one of 71 bits, it does the same, or fails.",
         params={"numbers": INTEGERS}, after=go_beyond, expects=(integers_exact,)),
    Item(57, "1 and 1.0 stay apart", asks='Gives `tell` 1, then 1.0. Returns the list "integer", "float": what `echo` '
         "gives back of both, by the language's own judgement.",
         only=Only(languages=("lua", "python"), because="the language has one kind of number"),
         expects=(returns(["integer", "float"]), kept_apart)),
    Item(58, "NaN and the infinities are errors",
         asks="Gives `tell` a list with NaN, one with infinity, one with negative infinity; returns the list of the "
              "types of the errors.",
         expects=(returns(["conversion"] * 3), told())),
    Item(59, "an empty list and an empty map stay what they are",
         asks="Gives `tell` an empty list and an empty map, then what came back of both.",
         expects=(told([], {}, [], {}),)),
    Item(60, "a list keeps its holes",
         asks="Gives `tell` the list 1, nothing, 3, nothing; then what came back; returns the length of that.",
         expects=(returns(4), told([1, None, 3, None], [1, None, 3, None]))),
    Item(61, "what is nested too deep, or contains itself, is an error with its place",
         asks="Gives `tell` a list in a list, a hundred deep, and a map that contains itself in a list; returns the "
              "list of the messages of the errors, which are of the type `conversion`.",
         expects=(names_the_place, told())),
    Item(62, "the same object twice arrives twice",
         asks="Gives `tell` a map whose keys `first` and `second` are the same list of 1; returns both, as they came "
              "back, in a list.",
         expects=(returns([[1], [1]]), told({"first": [1], "second": [1]}))),
    Item(63, "any key",
         asks='Gives `tell` a map of "1" to "one", "__proto__" to "proto", "constructor" to "made", "ключ" to '
              '"unicode", "$h" to "form" and "" to "empty"; returns the list of the values that came back. Gives '
              '`tell` a map of the number 10 to "ten", if maps have such keys, or of the text.',
         expects=(returns(list(KEYS.values())), told(KEYS, {"10": "ten"}))),
    Item(64, "a time", asks="Gives `tell` `params.when`.", params={"when": WHEN}, expects=(same_time,)),
    Item(65, "bytes", asks="Gives `tell` `params.data` and returns how many bytes it has.", params={"data": DATA},
         expects=(returns(len(DATA)), told(DATA))),
    Item(66, "any other value is told as what it is, or refused",
         asks="Gives `tell` lists with one value each of the kinds that are none of the above; returns a list of "
              '"told" and types of errors.',
         expects=(told_or_refused,)),
    Item(67, "what is changed after a call changes nothing in the kernel",
         asks="Gives `tell` a list of 1, then changes that list (before it waits, where it can) and what came back; "
              "gives `tell` another list of 1, and returns what came back of that.",
         expects=(returns([1]), told([1], [1]))),
    Item(68, "options have both spellings",
         asks="Calls the tool `fail` with the option `on_error`, then with `onError`, which are `return`; returns the "
              "list of the `success` of both.",
         expects=(returns([False, False]),)),
    Item(69, "62 KB in a thousand records, each way",
         asks="Gives `tell` `params.records` and returns what came back. What it takes is measured by the benchmarks.",
         params={"records": RECORDS}, expects=(same_records,)),
)  # fmt: skip
