"""What is known of models by their names (https://platform.claude.com/docs/en/models and its page of legacy models).

A name that nobody knows is taken for a model newer than this file.
"""

from __future__ import annotations

import re

WHOLE_LIMIT = 21_333
"""An answer of more tokens may take longer than the ten minutes for which a request that is not streamed lives."""

DEFAULT_LIMIT = 16_384
"""Asked for where nobody says how long an answer may be; such an answer still fits a request that is not streamed."""

_SHORT: tuple[tuple[str, int], ...] = (
    (r"claude-(instant|[12]\b|2\.)", 4_096),
    (r"claude-3-(opus|sonnet|haiku)", 4_096),
    (r"claude-3-5-", 8_192),
)
_NO_SCHEMA = re.compile(r"claude-(instant|[12]\b|2\.|3-|(opus|sonnet)-4(-[01])?([-@]20\d{6})?$)")


def default_max_tokens(model: str) -> int:
    """Give the limit on an answer's tokens, which this API wants to be told: the model's own, or `DEFAULT_LIMIT`."""
    return next((limit for pattern, limit in _SHORT if re.match(pattern, model)), DEFAULT_LIMIT)


def takes_schemas(model: str) -> bool:
    """Tell whether a model answers by a schema without the detour of a forced tool call."""
    return _NO_SCHEMA.match(model) is None
