"""The journal of durable runs: what was done, so that nothing is done twice."""
