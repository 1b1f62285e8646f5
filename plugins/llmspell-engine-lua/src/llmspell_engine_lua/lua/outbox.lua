-- The outbox: what is said while the machine runs, and goes out when it rests.
local P = ...

local concat, next = table.concat, next
local quote, release_text = P.quote, P.release_text

local MAX_MESSAGE = 16 * 1024 * 1024 - 65536 -- bytes, as the wire has it, and room for what is around the values
-- A call is its id in `out`; what else it says is in the other tables, under the place it has there. All else is text.
local out, out_n = {}, 0
local out_op, out_args, out_within, out_at = {}, {}, {}, {}

function P.check_size(text)
  if #text > MAX_MESSAGE then
    return P.exhausted("a message of " .. #text .. " bytes passes the limit of " .. MAX_MESSAGE .. " bytes")
  end
end

function P.post(text)
  out_n = out_n + 1
  out[out_n] = text
end

-- Send call `id`, its arguments as JSON text; `within` is the invoke it comes from, if any, `place` where in the script
-- it was made, if that is to be told.
function P.post_call(id, op, args, within, place)
  out_n = out_n + 1
  out[out_n], out_op[out_n], out_args[out_n], out_within[out_n], out_at[out_n] = id, op, args, within, place
end

local function call_message(at)
  local within = out_within[at] and ',"in":' .. out_within[at] or ""
  local place = out_at[at] and ',"at":' .. quote(out_at[at]) or ""
  local rest = ',"op":"' .. out_op[at] .. '","args":' .. out_args[at] .. place .. "}"
  return '{"t":"call","id":' .. out[at] .. within .. rest
end

-- Give what has been sent: nil, JSON text, or, for the one call that most turns end with, the text of its arguments, its
-- operation, its id, the invoke it comes from, and its place.
function P.flush()
  local released = release_text()
  if released then
    P.post(released)
  end
  if out_n == 0 then
    return nil
  elseif out_n == 1 and out_op[1] then
    local op, args = out_op[1], out_args[1]
    out_n, out_op[1], out_args[1] = 0, nil, nil
    return args, op, out[1], out_within[1], out_at[1]
  end
  for at in next, out_op do
    out[at] = call_message(at)
  end
  local text = "[" .. concat(out, ",", 1, out_n) .. "]"
  out, out_op, out_args, out_within, out_at, out_n = {}, {}, {}, {}, {}, 0
  return text
end
