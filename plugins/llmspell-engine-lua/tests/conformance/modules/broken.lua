local x = 1

error("the module is broken")
