"""The tool `file_archiver`: archives made, listed, verified and extracted."""
