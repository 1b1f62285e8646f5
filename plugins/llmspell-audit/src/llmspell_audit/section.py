"""The keys of `[audit]`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from attrs import Factory, field, frozen, validators

from llmspell.model.call import OPERATIONS
from llmspell.spec import Doc
from llmspell.spec.secrets import SecretRef

SMALLEST = 1 << 12
"""Bytes below which a file could not hold a few records."""


@frozen(kw_only=True)
class AuditSection:
    """What is written down of what spells do, where, and what happens when it cannot be written."""

    SECRETS: ClassVar = ("signing_key",)
    MILLISECONDS: ClassVar = ("anchor_every",)
    SIZES: ClassVar = ("max_size",)

    enabled: Annotated[bool, Doc("Whether a log is kept.")] = False
    required: Annotated[bool, Doc("What cannot be written down does not happen.")] = False
    path: Annotated[str | None, Doc("The log; without it `audit/audit.jsonl` in the user's data folder.")] = None
    anchor: Annotated[
        str | None,
        Doc("Where the head of the log is told, best on another disk; without it in the user's configuration folder."),
    ] = None
    anchor_every: Annotated[float, Doc("How long the head may go untold.", minimum=0)] = 60.0
    signing_key: Annotated[
        SecretRef | None,
        Doc(
            'What records are signed with, such as "${AUDIT_KEY}"; without it a file beside the anchor holds a new key.'
        ),
    ] = None
    max_size: Annotated[int, Doc("Size at which another file is begun.", minimum=SMALLEST)] = 64 << 20
    keep: Annotated[int, Doc("Full files that are kept, the newest; 0 keeps all.", minimum=0)] = 0
    sync: Annotated[bool, Doc("Wait for the disk with each record; otherwise with each anchor.")] = False
    arguments: Annotated[bool, Doc("Write the arguments of tools, secrets masked, and not their digests alone.")] = True
    operations: Annotated[tuple[str, ...], Doc("Operations that are written down.")] = field(
        default=Factory(lambda: OPERATIONS),
        validator=validators.deep_iterable(validators.in_(OPERATIONS)),
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what would look like a promise and be none."""
        if self.required and not self.enabled:
            raise ValueError("is `required`, and not `enabled`: set `enabled = true`")
