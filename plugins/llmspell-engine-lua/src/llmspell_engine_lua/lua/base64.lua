-- Base64 of byte strings that cross the wire.
local P = ...

local byte, char, gsub, sub = string.byte, string.char, string.gsub, string.sub
local concat = table.concat

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local DIGITS, VALUES = {}, {}
for i = 1, 64 do
  DIGITS[i - 1] = sub(ALPHABET, i, i)
  VALUES[byte(ALPHABET, i)] = i - 1
end

function P.base64_encode(data)
  local out, n = {}, 0
  for at = 1, #data, 3 do
    local a, b, c = byte(data, at, at + 2)
    local bits = (a << 16) | ((b or 0) << 8) | (c or 0)
    n = n + 1
    out[n] = DIGITS[bits >> 18] .. DIGITS[(bits >> 12) & 63]
      .. (b and DIGITS[(bits >> 6) & 63] or "=") .. (c and DIGITS[bits & 63] or "=")
  end
  return concat(out)
end

function P.base64_decode(text)
  text = gsub(text, "[^%w+/]", "")
  local out, n = {}, 0
  for at = 1, #text, 4 do
    local a, b, c, d = byte(text, at, at + 3)
    if not b then
      break
    end
    local bits = (VALUES[a] << 18) | (VALUES[b] << 12) | ((VALUES[c] or 0) << 6) | (VALUES[d] or 0)
    n = n + 1
    out[n] = sub(char(bits >> 16, (bits >> 8) & 255, bits & 255), 1, d and 3 or c and 2 or 1)
  end
  return concat(out)
end
