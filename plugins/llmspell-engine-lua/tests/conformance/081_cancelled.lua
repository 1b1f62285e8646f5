Tools.open_gate:execute({gate = "begun"})
if params.busy then
  while true do end
end
Tools.wait_for:execute({gate = "never"})
