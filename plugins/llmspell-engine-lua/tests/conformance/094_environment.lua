return {ENGINE, type(VERSION) == "string" and VERSION:match("^%d+%.%d+") ~= nil, SANDBOX_ENABLED}
