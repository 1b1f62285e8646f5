from __future__ import annotations

import asyncio
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import PermissionDeniedError
from llmspell.services.permission_holding import Answer, Holding, Question, Questions
from llmspell.services.permission_labels import SECRET_PLACES, PrivatePlaces
from llmspell.services.permissions import Grants

CWD = "/work"


class Person:
    """Answer what is asked, and remember it; `gate` holds the answers back."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Question] = []
        self.at_once = 0
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        self.at_once += 1
        self.begun.set()
        assert self.at_once == 1, "two questions at a time"
        try:
            await self.gate.wait()
            return self.answers.pop(0)
        finally:
            self.at_once -= 1


def run_of(person: Person, *rules: str) -> tuple[Grants, Holding]:
    holding = Holding(Questions(person))
    return Grants.parse(rules, cwd=CWD).held_by(holding), holding


async def test_what_is_granted_for_the_run_is_not_asked_again() -> None:
    person = Person("run")
    grants, holding = run_of(person)
    for _ in range(2):
        await grants.held_by(holding.inner()).required("process.exec", "git", who="tool x")
    assert person.asked == [("process.exec", "git", "tool x")]
    assert grants.may("process.exec")


async def test_what_is_granted_once_ends_with_the_call() -> None:
    person = Person("once", "no")
    grants, holding = run_of(person)
    call = grants.held_by(holding.inner())
    await call.required("fs.read", "/work/a")
    await call.required("fs.read", "/work/a/b")
    nested = call.held_by(call.holding.inner())  # type: ignore[union-attr]
    await nested.required("fs.read", "/work/a")
    with pytest.raises(PermissionDeniedError):
        await grants.held_by(holding.inner()).required("fs.read", "/work/a")
    assert len(person.asked) == 2


async def test_what_was_denied_stays_denied() -> None:
    person = Person("no")
    grants, holding = run_of(person)
    for _ in range(3):
        with pytest.raises(PermissionDeniedError) as caught:
            await grants.held_by(holding.inner()).required("net.connect", "a.example.com:443")
        assert caught.value.context["flag"] == "--allow-net=a.example.com:443"
    assert len(person.asked) == 1


async def test_requests_side_by_side_ask_one_after_the_other_and_once_for_the_same() -> None:
    person = Person("once", "run")
    grants, holding = run_of(person)
    person.gate.clear()
    calls = [grants.held_by(holding.inner()) for _ in range(4)]
    same = [asyncio.create_task(one.required("process.exec", "git")) for one in calls[:3]]
    other = asyncio.create_task(calls[3].required("process.exec", "make"))
    await person.begun.wait()
    person.gate.set()
    await asyncio.gather(*same, other)
    assert [one.target for one in person.asked] == ["git", "make"]


async def test_a_question_that_nobody_waits_for_any_more_is_taken_back() -> None:
    person = Person("run", "run")
    grants, _ = run_of(person)
    person.gate.clear()
    task = asyncio.create_task(grants.required("process.exec", "git"))
    await person.begun.wait()
    task.cancel()
    await asyncio.wait({task})
    person.gate.set()
    await grants.required("process.exec", "git")
    assert len(person.asked) == 2


async def test_one_who_waits_for_the_same_question_may_go_and_the_other_hears_the_answer() -> None:
    person = Person("run")
    grants, _ = run_of(person)
    person.gate.clear()
    first, second = (asyncio.create_task(grants.required("process.exec", "git")) for _ in range(2))
    await person.begun.wait()
    first.cancel()
    await asyncio.wait({first})
    person.gate.set()
    await second
    assert len(person.asked) == 1


@pytest.mark.parametrize(
    "narrowed",
    [
        lambda held: held.narrow(["process.exec=make"]),
        lambda held: held.only(["fs.read"]),
        lambda held: held.intersect(Grants.parse(["process.exec=make"], why="the header")),
    ],
)
async def test_nobody_is_asked_for_what_no_answer_could_grant(narrowed: object) -> None:
    person = Person()
    grants, _ = run_of(person)
    with pytest.raises(PermissionDeniedError):
        await narrowed(grants).required("process.exec", "git")  # type: ignore[operator]
    denied, _ = run_of(person, "!process.exec=git")
    with pytest.raises(PermissionDeniedError):
        await denied.required("process.exec", "git")
    assert not person.asked


async def test_what_a_header_asked_for_in_vain_is_not_asked_again() -> None:
    person = Person()
    grants, holding = run_of(person)
    assert holding.questions is not None
    holding.questions.refuse(["fs.read=/work/data"])
    with pytest.raises(PermissionDeniedError):
        await grants.required("fs.read", "/work/data/x")
    assert not person.asked


@given(st.text(alphabet="ab*?[]/.", min_size=1, max_size=6), st.text(alphabet="ab*?[]/.", min_size=1, max_size=6))
def test_an_answer_is_about_what_was_asked_and_no_pattern(asked: str, other: str) -> None:
    holding = Holding()
    for right, one, two in (
        ("fs.read", f"/w/{asked}", f"/w/{other}"),
        ("process.exec", asked, other),
        ("net.connect", asked, other),
    ):
        holding.hold(right, one)
        below = right == "fs.read" and two.startswith(one if one.endswith("/") else f"{one}/")
        known = holding.holds(right, two)
        if one != two and not below and right != "net.connect":
            assert not known
        assert not holding.holds(right, "*")


def test_an_answer_about_a_host_is_about_its_port_too() -> None:
    holding = Holding()
    holding.hold("net.connect", "api.example.com:443")
    assert holding.holds("net.connect", "API.example.com.:443")
    assert not holding.holds("net.connect", "api.example.com:80")
    assert not holding.holds("net.connect", "x.api.example.com:443")


def test_what_is_read_of_a_private_place_labels_the_call_and_the_run() -> None:
    holding = Holding(notices=PrivatePlaces(["fs.read=secret", "net.connect=10.0.0.0/8"], CWD))
    grants = Grants.parse(["fs.read=.", "net.connect"], cwd=CWD).held_by(holding)
    call, other = holding.inner(), holding.inner()
    grants.held_by(call).require("fs.read", "/work/open/a")
    assert not holding.labels
    grants.held_by(call).require("fs.read", "/work/secret/a")
    grants.held_by(call).require("net.connect", "10.1.2.3:80")
    assert call.labels == holding.labels == {"private": ("fs.read /work/secret/a", "net.connect 10.1.2.3:80")}
    assert not other.labels


@pytest.mark.parametrize(
    ("path", "private"),
    [
        ("/work/.env", True),
        ("/elsewhere/a/.env.local", True),
        ("/a/key.pem", True),
        ("/a/secrets.d/x", True),
        (os.path.expanduser("~/.ssh/id"), True),
        (os.path.expanduser("~/.sshd"), False),
        ("/work/env.py", False),
        ("/work/key.pem.py", False),
        ("/work/.envelope", False),
    ],
)
def test_where_keys_are_kept_is_private_by_default(path: str, private: bool) -> None:
    holding = Holding(notices=PrivatePlaces(SECRET_PLACES, CWD))
    Grants.parse(["fs.read=/"]).held_by(holding).require("fs.read", path)
    assert bool(holding.labels) is private


@given(
    st.sampled_from(["/**/.env*", "/w/**/x?", "/w/a", "/**/a", "/**/a/b", "a/*", "/"]), st.text("/abx.env", max_size=12)
)
def test_a_place_is_what_the_same_rule_would_grant(rule: str, path: str) -> None:
    path = os.path.normpath(f"/{path}")
    path = path[1:] if path.startswith("//") else path
    holding = Holding(notices=PrivatePlaces([f"fs.read={rule}"], "/w"))
    Grants.everything().held_by(holding).require("fs.read", path)
    assert bool(holding.labels) is Grants.parse([f"fs.read={rule}"], cwd="/w").allows("fs.read", path)
