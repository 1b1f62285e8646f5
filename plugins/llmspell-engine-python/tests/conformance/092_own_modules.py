import modules.counted as first
import modules.counted as second
import modules.round

[first is second, first.word, modules.round.seen == "round"]
