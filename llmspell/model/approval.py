"""Tool calls that wait for a person, and what a person decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

Verdict = Literal["approve", "reject"]


@frozen(kw_only=True)
class Pending:
    """A tool call that waits for a decision; `id` is the call's, `why` a sentence for who decides.

    `agent` names who made it, where that is an agent within the run: the `id` begins with that of the call which runs
    that agent. `digest` is there when a person must approve these very bytes: the hash of the call as it is shown.
    """

    id: str
    tool: str
    arguments: Mapping[str, object] = field(factory=dict)
    why: str = ""
    agent: str = ""
    digest: str = ""


@frozen(kw_only=True)
class Decision:
    """What was decided about a call.

    `arguments` are those to run an approved call with instead; `reason` is told to the model with a rejection. `always`
    settles later calls of the same tool alike, in this `run` or for this `agent` object; other arguments do not.
    `digest` is that of the bytes which were approved, where nothing else may run.
    """

    verdict: Verdict
    arguments: Mapping[str, object] | None = None
    reason: str = ""
    always: Literal["run", "agent"] | None = None
    digest: str = ""
