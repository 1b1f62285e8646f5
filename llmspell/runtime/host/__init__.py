"""Where engines run: channels to a machine in this process or in a child, with limits and a watchdog."""

from __future__ import annotations

from llmspell.runtime.host.channel import Channel, open_channel
from llmspell.runtime.host.limits import Limits

__all__ = ["Channel", "Limits", "open_channel"]
