"""The bridge: one definition of the script API, and the session that carries it to an engine and back."""
