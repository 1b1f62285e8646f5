"""Services: what components share, handed to them through the context."""
