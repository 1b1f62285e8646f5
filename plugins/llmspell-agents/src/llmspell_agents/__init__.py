"""Templates of agents, and agents that work together."""
