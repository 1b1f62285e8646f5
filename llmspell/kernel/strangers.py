"""The errors of strangers: whatever a plugin raises must be told, even one whose text cannot be made."""

from __future__ import annotations


def told(error: BaseException) -> str:
    """Give the class and text of an error; `str` runs the code of whoever made its class."""
    try:
        text = str(error)
    except Exception as second:  # noqa: BLE001 - see above
        text = f"(its text raises {type(second).__name__})"
    return f"{type(error).__name__}: {text}"
