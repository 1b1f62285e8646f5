"""The tool `file_search`: files by what they hold and by what they are called, with a content index."""
