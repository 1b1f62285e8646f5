"""Templates of agents: what they are, how they are read, derived, found, and turned into what an agent is made of."""
