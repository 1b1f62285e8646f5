"""Gemini models of Google for llmspell."""
