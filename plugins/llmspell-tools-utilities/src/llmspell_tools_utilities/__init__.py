"""Utility tools for llmspell: numbers, text, dates, identifiers, hashes, encodings, templates, differences."""
