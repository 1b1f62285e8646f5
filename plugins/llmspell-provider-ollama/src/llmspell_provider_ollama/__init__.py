"""Models of an Ollama server for llmspell."""
