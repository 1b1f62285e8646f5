"""Nested budgets, an activity log and a monitor of counted rules."""
