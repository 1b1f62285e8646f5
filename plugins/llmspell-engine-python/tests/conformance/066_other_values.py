import dataclasses
import decimal


@dataclasses.dataclass
class Point:
    one: int = 1


outcomes = []
for value in ({1}, lambda: 1, object(), Point(), 1j, decimal.Decimal(1), {(1, 2): 3}, Tools):
    try:
        await Tools.tell.execute(value=[value])
        outcomes.append("told")
    except LlmspellError as problem:
        outcomes.append(problem.type)
outcomes
