x = 1

raise ValueError("the module is broken")
