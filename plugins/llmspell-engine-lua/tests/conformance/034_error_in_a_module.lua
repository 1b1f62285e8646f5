require("modules.broken")
