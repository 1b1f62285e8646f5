class Mine(Exception):
    def __init__(self, message, order, items):
        super().__init__(message)
        self.order, self.items = order, items


@tool
def bad():
    raise Mine("no", 7, [1, 2])


try:
    await bad.execute()
except LlmspellError as error:
    e = error
[e.message.removeprefix("Mine: "), e.value.order, e.value["items"]]
