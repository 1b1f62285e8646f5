import json

seen = ["left_behind" in globals(), hasattr(json, "left_behind"), "left_behind" in __builtins__]
left_behind = True
json.left_behind = True
__builtins__["left_behind"] = True
seen
