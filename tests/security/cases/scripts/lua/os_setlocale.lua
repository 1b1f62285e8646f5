-- host: the locale that the whole process has
if os and os.setlocale and os.setlocale("C") then return "reached" end
return "held"
