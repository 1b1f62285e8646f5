-- What fails is tried again after a pause.
local tries = 0
local value = Async.retry(function()
  tries = tries + 1
  Tools.get("mark"):execute({ name = "try " .. tries })
  if tries < 3 then error("not yet") end
  return "done"
end, { attempts = 4, delay = 5 })
return { value = value, tries = tries }
