if params.kind == "text" then
  local text = "x"
  while true do text = text .. text end
elseif params.kind == "buffer" then
  local parts = {}
  while true do parts[#parts + 1] = ("x"):rep(1 << 20) .. #parts end
else
  local all = {}
  while true do all[#all + 1] = {#all} end
end
