"""GGUF model files on this machine for llmspell."""
