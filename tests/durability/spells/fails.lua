-- A spell that ends in an error of its own.
Tools.get("mark"):execute({ name = "before" })
pcall(function() error({ message = "caught" }) end)
Tools.get("look"):execute({ name = "last" })
error("it cannot be done")
