"""The bands: coarse layers of hooks around an operation, outermost first.

A band is added with its first user. The full order reserved for them is
`trace, audit, [journal look-up], user, cache, budget, rate, breaker, retry, timeout, policy, [permission], core`.
"""

from __future__ import annotations

LAYERS: tuple[tuple[str, ...], ...] = (
    ("trace", "audit"),
    ("user", "cache", "budget", "rate", "breaker", "retry", "timeout"),
    ("policy",),
)
"""Bands by layer. Each layer runs before -> around -> after / error around the next; the journal sits inside the
first layer, so that trace and audit also see replayed calls; policy is a layer of its own, so that it sees the call
as every other hook has left it."""

BANDS: tuple[str, ...] = tuple(band for layer in LAYERS for band in layer)
BAND_INDEX = {band: index for index, band in enumerate(BANDS)}
LAYER_OF = {band: index for index, layer in enumerate(LAYERS) for band in layer}

USER = "user"
BAND_SCOPES = ("process", "run")
"""Scopes whose hooks may name a band; hooks of sessions, agents and scripts are always `user`, so none gets outside
a policy."""

JOURNAL_DEPTH = 1
"""The journal look-up happens after this many layers."""
