local out = {} for item in Probe.echo(0) do out[#out + 1] = item end return out
