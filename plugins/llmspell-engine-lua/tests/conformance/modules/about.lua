return require("modules.round")
