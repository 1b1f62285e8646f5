"""The tool `file_converter`: encodings, line endings and white space of texts."""
