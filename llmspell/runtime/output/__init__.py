"""Structured output: how a model is asked for it, how its answer is read, and what is told of it on the way."""
