"""Default plugins. They obey a stranger's rules: they import the contract and nothing else of llmspell."""
