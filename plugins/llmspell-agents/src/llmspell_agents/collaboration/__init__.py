"""Agents that work on one task together: collaborations of five kinds, and swarms."""
