try:
    await Probe.fail()
except LlmspellError as error:
    kind = error.type
kind
