"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Argument, Component, command, config_section, hook_set, hookimpl

_SHOW = (
    Argument("run", "records of this run alone", ("--run",), metavar="ID"),
    Argument("since", "records of the last `2h`, or since 2026-11-21T08:00Z", ("--since",), metavar="TIME"),
    Argument("kind", "records of this kind, such as tool_execution or `right*`", ("--kind",), "list", metavar="KIND"),
    Argument("denied", "only what was refused", ("--denied",), "flag"),
    Argument("follow", "go on as records come, until interrupted", ("--follow", "-f"), "flag"),
)


@hookimpl
def llmspell_hook_sets() -> list[Component]:
    """Offer the hooks that write the log."""
    return [
        hook_set(
            "audit",
            "llmspell_audit.driver:Audit",
            "Who did what with which right, in a log that cannot be changed unseen.",
            path="audit",
            section="audit",
            witness=True,
            native=("files", "keys"),
            native_for="the files of the log, its anchor and the key that records are signed with",
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[audit]`."""
    return [config_section("audit", "llmspell_audit.section:AuditSection", "A log of all that happens.", path="audit")]


@hookimpl
def llmspell_commands() -> list[Component]:
    """Bring `llmspell audit`."""
    verbs = "llmspell_audit.verbs"
    return [
        command(
            "audit",
            f"{verbs}:show",
            "Read the audit log, and make sure that nobody changed it.",
            app=True,
            verbs=(
                command("show", f"{verbs}:show", "Print records of the log.", arguments=_SHOW, app=True),
                command("verify", f"{verbs}:verify", "Find what was changed, removed or cut.", app=True),
            ),
            examples=("llmspell audit show --denied --since 1d", "llmspell audit verify"),
        )
    ]
