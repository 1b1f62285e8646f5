local parts = { b = 1, a = 2, d = 3, c = 4 }
function parts.names() local out = {} for k in pairs(parts) do out[#out + 1] = k end return out end
function parts.ask()
  local answer = Probe.echo("from a module")
  return answer
end
return parts
