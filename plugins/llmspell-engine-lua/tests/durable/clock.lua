local first = { os.time(), os.clock(), os.date(), os.date("*t").hour, os.date("%Y-%m-%d %H:%M:%S %Z") }
Probe.echo(1)
return { first, os.time(), os.clock(), os.date("!%c"), os.difftime(os.time(), first[1]) }
