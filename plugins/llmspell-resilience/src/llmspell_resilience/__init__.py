"""Retries, limits, budgets, caches and fallbacks for llmspell."""
