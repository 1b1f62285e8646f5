import importlib

import llmspell
import llmspell.agent
import llmspell.tools
import rs_llmspell
from llmspell import Agent as Imported
from llmspell.events import subscribe
from llmspell.json import encode

all([
    Imported is Agent,
    rs_llmspell.Agent is Agent,
    llmspell.agent.new is not None,
    encode([1]) == "[1]",
    callable(subscribe),
])
