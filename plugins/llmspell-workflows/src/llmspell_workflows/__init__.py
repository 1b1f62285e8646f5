"""Kinds of workflows: how their steps follow one another."""
