"""The memory of agents: what of a conversation a model is told, where it is kept, and facts beside it."""
