"""The script API as editors want it: TypeScript declarations, LuaLS annotations, Python stubs, a table by language."""
