"""Workflows: definitions that are checked, and the one engine that runs them through the pipeline."""
