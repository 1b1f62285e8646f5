cyclic = {}
cyclic["me"] = cyclic
odd = ["text", 5, True, {}, {"message": {}}, {"type": 5}, print, cyclic, None]
parsed = [ErrorHandler.parse(one) for one in odd]
[isinstance(one["type"], str) and isinstance(one["message"], str) for one in parsed]
