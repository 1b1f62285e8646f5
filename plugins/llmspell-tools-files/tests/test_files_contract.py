from __future__ import annotations

from llmspell.testing import PluginContract, ToolContract

PLUGINS = ("llmspell_tools_files.plugin",)


class TestPlugin(PluginContract):
    plugin = PLUGINS[0]


class TestFileReader(ToolContract):
    tool = "file_reader"


class TestFileWriter(ToolContract):
    tool = "file_writer"


class TestDirectoryLister(ToolContract):
    tool = "directory_lister"


class TestFileSearch(ToolContract):
    tool = "file_search"


class TestFileMetadata(ToolContract):
    tool = "file_metadata"


class TestFileSystem(ToolContract):
    tool = "file_system"


class TestFileConverter(ToolContract):
    tool = "file_converter"
