"""The budgets of the script engines: calls, values, hooks, readiness, and the kernel's own latency beside them."""

from __future__ import annotations

from itertools import product

from tests.bench.budget import Budget

LANGUAGES = {"Lua": "lupa", "JavaScript": "V8", "Python": "exec"}
"""Each language and what its engine is called without us."""

PLACES = ("inline", "child")
FROM_FLOOR = ("Python",)
"""Languages for which the design names no goals."""

CALL_CAUSE = "arguments and result cross by value and are checked against the definition's types on the way"
CROSSING_CAUSE = (
    "a way into the engine and out of it is the floor beside it; in a child two turns of a pipe come on top"
)
VALUE_CAUSE = (
    "the value is checked and copied on the way, for each side has its own; what a script sends is written as JSON"
)

CALLS = {"Lua": (5, 150), "JavaScript": (None, None), "Python": (None, None)}
AWAITED = {"Lua": (3, 150), "JavaScript": (None, None), "Python": (50, 200)}
ANSWERS = {"Lua": (None, None), "JavaScript": (200, 400), "Python": (50, 300)}
ANSWERS_TOGETHER = {"Lua": (None, None), "JavaScript": (15, 40), "Python": (40, 80)}
READY = {"Lua": (2, 30, 15), "JavaScript": (10, 180, 15), "Python": (2, 150, 15)}
SMALL = {"Lua": 1.5, "JavaScript": None, "Python": None}
LARGE = 10
HOOKS = {"Lua": 10, "JavaScript": 400, "Python": 60}
LATENCY = 20


def _calls() -> list[Budget]:
    return [
        Budget(
            what=f"{language} {what}, {place}",
            bench="script",
            unit="us",
            goal=goals[language][index],
            floor="lupa" if language == "Lua" else None,
            cause=CALL_CAUSE,
            chosen=language in FROM_FLOOR,
        )
        for what, goals in (("call", CALLS), ("awaited call above its work", AWAITED))
        for language, (index, place) in product(LANGUAGES, enumerate(PLACES))
    ]


def _answers() -> list[Budget]:
    return [
        Budget(
            what=f"{language} {what}, {place}",
            bench="engines",
            unit="us",
            goal=goals[language][index],
            floor=floor,
            cause=CROSSING_CAUSE,
            chosen=language in FROM_FLOOR,
        )
        for what, goals in (("call and answer", ANSWERS), ("call and answer of 1 000", ANSWERS_TOGETHER))
        for (language, floor), (index, place) in product(LANGUAGES.items(), enumerate(PLACES))
    ]


def _values() -> list[Budget]:
    small = [
        Budget(
            what=f"{language} 1.2 KB {way}, {place}",
            bench="engines",
            unit="us",
            goal=SMALL[language] if place == "inline" else None,
            over=floor,
            floor=floor,
            cause=VALUE_CAUSE,
        )
        for (language, floor), way, place in product(LANGUAGES.items(), ("in", "out"), PLACES)
    ]
    large = [
        Budget(
            what=f"{language} 62 KB {way}, {place}",
            bench="engines",
            unit="ms",
            goal=LARGE,
            floor=floor,
            cause=VALUE_CAUSE,
            chosen=language in FROM_FLOOR,
        )
        for (language, floor), way, place in product(LANGUAGES.items(), ("in", "out"), PLACES)
    ]
    return small + large


def _ready() -> list[Budget]:
    rows = []
    for language, floor in LANGUAGES.items():
        inline, child, spare = READY[language]
        chosen = language in FROM_FLOOR
        rows += [
            Budget(
                what=f"{language} spell ready above {floor}, inline",
                bench="engines",
                unit="ms",
                goal=inline,
                floor=floor,
                cause="the prelude is read and the names of the API are installed",
                chosen=chosen,
            ),
            Budget(
                what=f"{language} spell ready, child",
                bench="engines",
                unit="ms",
                goal=child,
                floor=f"a process with {floor}",
                cause="a process of Python that has the engine is the floor beside it",
                chosen=chosen,
            ),
            Budget(
                what=f"{language} spell ready from a spare",
                bench="engines",
                unit="ms",
                goal=spare,
                floor=floor,
                cause="the walls go up and the prelude is read when the run takes the process",
                chosen=language != "JavaScript",
            ),
        ]
    return rows


def _kernel() -> list[Budget]:
    hooks = [
        Budget(
            what=f"{language} hook",
            bench="script",
            unit="us",
            goal=goal,
            cause="what the hook is shown is made, checked and copied into the script, where a coroutine begins",
            chosen=language != "Lua",
        )
        for language, goal in HOOKS.items()
    ]
    computing = [
        Budget(
            what=f"latency of the kernel, {language} computes",
            bench="script",
            unit="ms",
            goal=LATENCY,
            floor="a process of Python",
            cause="the worst timer of half a second counts, and a process is started meanwhile",
        )
        for language in LANGUAGES
    ]
    calling = [
        Budget(
            what=f"latency of the kernel, {language} calls in a row, inline",
            bench="script",
            unit="ms",
            goal=LATENCY,
            floor="idle",
            cause="the worst timer counts",
            chosen=True,
        )
        for language in LANGUAGES
    ]
    return hooks + computing + calling


SCRIPTS = (*_calls(), *_ready(), *_answers(), *_values(), *_kernel())
