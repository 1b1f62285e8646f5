"""Sessions of durable runs: what crosses between a script and the kernel is recorded, and given again on resume."""
