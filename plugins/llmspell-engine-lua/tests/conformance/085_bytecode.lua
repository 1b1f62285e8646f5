local loaded, message = load("\27Lua\84\0\25\147\r\n\26\n")
return {string.dump == nil, loaded == nil, message}
