console.log("before");
await Tools.get("nobody_has_this_tool");
