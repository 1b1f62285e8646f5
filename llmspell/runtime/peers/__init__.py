"""Agents that work together: as tools of one another, by handing over, delegating and negotiating."""
