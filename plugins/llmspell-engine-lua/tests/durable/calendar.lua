local out = {}
for i, day in ipairs{ { year = 2024, month = 14, day = -3 }, { year = 1999, month = 12, day = 31, hour = 23, min = 90, sec = 5.0 },
  { year = "2026", month = 7, day = 1, isdst = true }, { year = 1969, month = 1, day = 1, hour = 0 } } do
  local seconds = os.time(day)
  out[i] = { seconds, day.month, day.day, day.hour, day.yday, day.isdst, os.date("%A %c %p", seconds), os.date("*t", seconds).wday }
end
return out
