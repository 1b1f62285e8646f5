-- host: ending its process
if os and os.exit then os.exit(0) end
return "held"
