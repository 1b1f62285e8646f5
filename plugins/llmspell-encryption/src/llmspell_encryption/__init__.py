"""Encryption of what is kept in a store."""
