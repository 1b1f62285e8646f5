"""The toy engine with a fault each. A contract must find every one of them."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.fourth.toy_engine.machine import ToyMachine


class Tampering(ToyMachine):
    """Change what is heard and what is told."""

    def feed(self, message: Any) -> list[Any]:
        return [told for one in super().feed(self.hear(message)) for told in self.tell(one)]

    def hear(self, message: Any) -> Any:
        return message

    def tell(self, message: Any) -> list[Any]:
        return [message]


def same(value: Any) -> Any:
    return value


def altered(message: Any, *, values: Any = same, keys: Any = same) -> list[Any]:
    """Give a message with every value, or every key, of its values changed."""

    def deep(value: Any) -> Any:
        if isinstance(value, list):
            return [deep(one) for one in value]
        if isinstance(value, dict):
            return {keys(key): deep(one) for key, one in value.items()}
        return values(value)

    return [{key: deep(one) if key in ("value", "args") else one for key, one in message.items()}]


class Anonymous(Tampering):
    def tell(self, message: Any) -> list[Any]:
        message.pop("version", None)
        return [message]


class CompilesLate(Tampering):
    def tell(self, message: Any) -> list[Any]:
        return [{"t": "hello", "v": 1, "engine": "toy", "version": "1"} if message["t"] == "hello" else message]


class Floats(Tampering):
    def tell(self, message: Any) -> list[Any]:
        return altered(message, values=lambda value: float(value) if type(value) is int and value > 1000 else value)


class TruncatesIntegers(Tampering):
    def tell(self, message: Any) -> list[Any]:
        return altered(message, values=lambda value: value % 2**32 if type(value) is int else value)


class CutsText(Tampering):
    def tell(self, message: Any) -> list[Any]:
        return altered(message, values=lambda value: value.split("\0")[0] if isinstance(value, str) else value)


class ForgetsToEscape(Tampering):
    def tell(self, message: Any) -> list[Any]:
        return altered(message, keys=lambda key: key.removeprefix("$") if key.startswith("$$") else key)


class Failing(Tampering):
    """Change the errors that are told."""

    def tell(self, message: Any) -> list[Any]:
        return [{**message, "error": self.changed(message["error"])} if "error" in message else message]

    def changed(self, error: Any) -> Any:
        raise NotImplementedError


class LosesTheLine(Failing):
    def changed(self, error: Any) -> Any:
        return {**error, "where": "contract:1"}


class WrapsErrors(Failing):
    def changed(self, error: Any) -> Any:
        return {**{key: error[key] for key in ("message", "where", "code") if key in error}, "type": "runtime"}


class StopsWithoutAReason(Failing):
    def changed(self, error: Any) -> Any:
        return {**error, "code": 4002} if error.get("code") in (4004, 4005, 4009) else error


class HidesTypes(Tampering):
    def hear(self, message: Any) -> Any:
        return {**message, "error": {**message["error"], "type": "runtime"}} if "error" in message else message


class CallsOnce(Tampering):
    def feed(self, message: Any) -> list[Any]:
        out = super().feed(message)
        if message["t"] == "invoke" and message["fn"]:
            out += super().feed({"t": "release", "fn": [message["fn"]]})
        return out


class DropsCallbacks(Tampering):
    def tell(self, message: Any) -> list[Any]:
        return (
            [{**message, "args": [one for one in message["args"] if "$fn" not in str(one)]}]
            if "args" in message
            else [message]
        )


class Serial(Tampering):
    """Send no second call before the first was settled."""

    def feed(self, message: Any) -> list[Any]:
        out = super().feed(message)
        calls = [one for one in out if one["t"] == "call"]
        return [one for one in out if one not in calls[1:]]


class PrintsByCalling(Tampering):
    def tell(self, message: Any) -> list[Any]:
        return [{**message, "t": "call", "id": 99} if message["t"] == "post" else message]


class ForgetsWhoseCallItIs(Tampering):
    def tell(self, message: Any) -> list[Any]:
        message.pop("in", None)
        return [message]


class TakesHandlesForMaps(Tampering):
    def hear(self, message: Any) -> Any:
        value = message.get("value")
        return {**message, "value": {"$$h": value["$h"]}} if isinstance(value, dict) and "$h" in value else message


class SkipsItems(Tampering):
    def feed(self, message: Any) -> list[Any]:
        return [] if message["t"] == "item" and isinstance(message.get("value"), dict) else super().feed(message)


class NeverAsksForMore(Tampering):
    def tell(self, message: Any) -> list[Any]:
        return [] if message["t"] == "credit" else [message]


class KeepsEverything(Tampering):
    def tell(self, message: Any) -> list[Any]:
        return [] if message["t"] == "release" else [message]


class LivesOn(Tampering):
    """Run on after the run was stopped."""

    def tell(self, message: Any) -> list[Any]:
        stopped = message["t"] == "return" and message["id"] != 1 and not message["ok"]
        return [{"t": "return", "id": message["id"], "ok": True, "value": None} if stopped else message]


class Shared(ToyMachine):
    everywhere: ClassVar[dict[int, Any]] = {}

    def __init__(self) -> None:
        super().__init__()
        self._calls = self.everywhere


class TripsAtTheEnd(ToyMachine):
    def close(self) -> None:
        assert not self._calls, "a call is under way"
