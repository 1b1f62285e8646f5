"""Texts as bytes: encodings, line endings, ranges of lines, counts."""
