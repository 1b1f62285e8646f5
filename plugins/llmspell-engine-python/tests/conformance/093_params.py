p = params
[p.text, p.whole + 1, p.half * 2, p.yes and not p.no, len(p.list), p.map.inside, p.get("nothing") is None, p]
