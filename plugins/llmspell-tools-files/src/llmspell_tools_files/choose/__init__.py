"""Which files of a tree are meant: patterns, ignore files, hidden names."""
