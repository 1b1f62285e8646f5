"""The tools of this distribution, described without importing them."""

from __future__ import annotations

from llmspell.spec import Component, hookimpl, tool

# name, class, summary, capabilities, effect, rights that only some calls use
_TOOLS = (
    ("calculator", "Calculator", "Evaluate a mathematical expression.", "math statistics", "pure", ""),
    ("text_manipulator", "TextManipulator", "Run text through operations in order.", "text regex encoding", "pure", ""),
    (
        "date_time_handler",
        "DateTimeHandler",
        "Parse, format, convert, compare and shift dates and times.",
        "dates timezones",
        "idempotent",
        "",
    ),
    ("uuid_generator", "UuidGenerator", "Make unique identifiers.", "identifiers", "idempotent", ""),
    (
        "hash_calculator",
        "HashCalculator",
        "Calculate or verify the digest of a text, bytes or a file.",
        "hashing integrity",
        "idempotent",
        "fs.read",
    ),
    ("base64_encoder", "Base64Encoder", "Encode and decode base64 and its relatives.", "encoding", "pure", ""),
    ("template_processor", "TemplateProcessor", "Render a template.", "templates text", "idempotent", "fs.read"),
    (
        "diff_calculator",
        "DiffCalculator",
        "Compare two texts, files or JSON values, and apply JSON patches.",
        "diff json_patch",
        "idempotent",
        "fs.read",
    ),
)


@hookimpl
def llmspell_tools() -> list[Component]:
    """Describe the eight utility tools."""
    return [
        tool(
            name,
            f"llmspell_tools_utilities.{name}:{target}",
            summary,
            category="utilities",
            capabilities=capabilities.split(),
            effect=effect,
            optional_needs=optional.split(),
            duration="instant",
        )
        for name, target, summary, capabilities, effect, optional in _TOOLS
    ]
