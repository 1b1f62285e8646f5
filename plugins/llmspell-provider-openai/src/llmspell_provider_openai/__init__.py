"""OpenAI-compatible chat models for llmspell."""
