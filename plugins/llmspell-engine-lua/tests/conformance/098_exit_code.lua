print("before")
Tools.get("nobody_has_this_tool")
