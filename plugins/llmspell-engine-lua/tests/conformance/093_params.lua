local p = params
return {p.text, p.whole + 1, p.half * 2, p.yes and not p.no, #p.list, p.map.inside, p.nothing == nil, p}
