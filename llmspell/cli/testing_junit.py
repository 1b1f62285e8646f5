"""Outcomes of tests as JUnit XML, which continuous integration reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from llmspell.bridge.suite_report import failure_lines
from llmspell.errors import ResourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from llmspell.cli.testing import FileReport

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot have."""
_TAGS = {"failed": "failure", "error": "error"}


def write_junit(path: Path, reports: Sequence[FileReport], redact: Callable[[str], str]) -> None:
    """Write the file; raises `ResourceUnavailableError` when it cannot be written."""

    def clean(text: str) -> str:
        return _FORBIDDEN.sub("\ufffd", redact(text))

    root = ET.Element("testsuites")
    for report in reports:
        counts = report.counts()
        suite = ET.SubElement(root, "testsuite", name=clean(str(report.path)), time=f"{report.seconds:.6f}")
        suite.set("tests", str(counts["total"]))
        suite.set("failures", str(counts["failed"]))
        suite.set("errors", str(counts["error"]))
        suite.set("skipped", str(counts["skipped"]))
        for outcome in report.outcomes:
            case = ET.SubElement(suite, "testcase", name=clean(outcome.name), time=f"{outcome.seconds:.6f}")
            case.set("classname", clean(str(report.path)))
            if outcome.status == "skipped":
                ET.SubElement(case, "skipped", message=clean(outcome.reason))
            elif outcome.error is not None:
                fault = ET.SubElement(case, _TAGS[outcome.status], type=clean(outcome.error.type))
                fault.set("message", clean(outcome.error.message))
                fault.text = clean("\n".join(failure_lines(outcome.error)))
        if report.output:
            ET.SubElement(suite, "system-out").text = clean("\n".join(report.output))
    ET.indent(root)
    try:
        path.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise ResourceUnavailableError(message) from error
