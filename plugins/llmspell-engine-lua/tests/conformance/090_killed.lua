Tools.open_gate:execute({gate = "begun"})
Tools.wait_for:execute({gate = "never"})
