name = "round"

from modules import about

seen = about.seen
