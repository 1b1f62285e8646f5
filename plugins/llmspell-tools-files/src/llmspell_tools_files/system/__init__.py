"""The tool `file_system`: everyday actions, confined to a folder on request."""
