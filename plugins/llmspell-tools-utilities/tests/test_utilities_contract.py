from __future__ import annotations

from llmspell.testing.tool_contract import ToolContract


class TestCalculatorContract(ToolContract):
    tool = "calculator"


class TestTextManipulatorContract(ToolContract):
    tool = "text_manipulator"


class TestDateTimeHandlerContract(ToolContract):
    tool = "date_time_handler"


class TestUuidGeneratorContract(ToolContract):
    tool = "uuid_generator"


class TestHashCalculatorContract(ToolContract):
    tool = "hash_calculator"


class TestBase64EncoderContract(ToolContract):
    tool = "base64_encoder"


class TestTemplateProcessorContract(ToolContract):
    tool = "template_processor"


class TestDiffCalculatorContract(ToolContract):
    tool = "diff_calculator"
