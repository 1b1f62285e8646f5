"""Models of Anthropic for llmspell."""
