"""The page of a trace: whatever a log holds is text on it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from llmspell.cli.runs_html import trace_page
from llmspell.runtime.journal.reading import read
from llmspell.runtime.journal.trace import Trace
from tests.run_logs import LogFile, answered, report

HOSTILE = (
    "</script><script>document.title = 'PWNED'</script>",
    '<img src=x onerror="document.title=1">',
    "<!--<script>",
    "]]>\u2028\u2029&lt;b&gt;{{ script }}",
    "'\"><svg/onload=alert(1)>",
)


class Page(HTMLParser):
    """Collect the tags of a page with their attributes, and the texts of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append((self.tags[-1][0] if self.tags else "", data))


@pytest.fixture
def page(tmp_path):
    return lambda log, **more: trace_page(Trace(read(log.write(tmp_path))), **more)


def hostile() -> LogFile:
    log = report(name=HOSTILE[0], file=HOSTILE[0], params={one: one for one in HOSTILE})
    for number, one in enumerate(HOSTILE):
        log.add("text", d=f"h{number}", v={one: one, "parts": [{"part": "text", "text": one}], "role": one})
        about: dict[str, Any] = {"o": "tool_execution", "s": one, "e": "pure", "d": ""}
        path = f"c{number + 9}:{one}/1:{one}"
        log.add("out", g="", m=[["call", number + 9, one, "d", one]])
        log.add("hook", p=path, point=one, name=one, verdict=one, changed=[one])
        log.add(
            "done", p=path, **about, i={one: one, "messages": [{"$ref": f"h{number}"}]}, sec=0.1, error={"type": one}
        )
    log.add("in", g="", m={"t": HOSTILE[0], "id": 1, "value": HOSTILE[1]})
    return log.add("finished", status="failed", error={"type": HOSTILE[1], "message": HOSTILE[0]})


def test_nothing_of_a_log_is_markup(page):
    plain, bad = Page(page(answered(report()), messages=True)), Page(page(hostile(), messages=True))
    assert [tag for tag, _ in bad.tags] == [tag for tag, _ in plain.tags]
    assert [set(attributes) for _, attributes in bad.tags] == [set(attributes) for _, attributes in plain.tags]
    assert not any(name.startswith("on") or name == "style" for _, attributes in bad.tags for name in attributes)
    assert not any({"src", "href"} & set(attributes) for _, attributes in bad.tags)


def test_all_of_a_log_is_on_the_page(page):
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page(hostile(), messages=True))
    assert not {"<", ">", "&", "\u2028", "\u2029"} & set(data)
    told = json.loads(data)
    assert {one["subject"] for one in told["operations"]} >= set(HOSTILE)
    assert told["texts"]["h0"][HOSTILE[0]] == HOSTILE[0]
    assert told["run"]["error"]["message"] == HOSTILE[0]
    assert told["messages"][-1]["to"]["t"] == HOSTILE[0]


def test_the_policy_lets_in_the_script_and_the_style_of_the_page_alone(page):
    text = page(answered(report()))
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    style, script = (
        re.findall(r"<style>(.*?)</style>", text, re.DOTALL),
        re.findall(r"<script>(.*?)</script>", text, re.DOTALL),
    )
    for kind, (inside,) in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert re.search(r"https?:|//\w+\.", text) is None
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text)


def test_operations_come_after_those_they_lie_in(page):
    (data,) = re.findall(r'id="data">(.*?)</script>', page(answered(report())))
    told = json.loads(data)
    for index, one in enumerate(told["operations"]):
        above = one["above"]
        assert (above is None) == (one["level"] == 1)
        assert above is None or (above < index and one["path"].startswith(told["operations"][above]["path"] + "/"))
    assert "messages" not in told


def test_what_looks_like_a_mention_is_none(page):
    log = LogFile().add("text", d="t", v="long")
    log.add("done", p="1:x", o="effect", s="x", e="pure", d="", sec=0, v=[{"$ref": "t"}, {"$$$ref": "t"}, {"$$x": 1}])
    (data,) = re.findall(r'id="data">(.*?)</script>', page(log))
    assert json.loads(data)["operations"][0]["output"] == [{"$ref": "t"}, {"$$ref": "t"}, {"$$x": 1}]
