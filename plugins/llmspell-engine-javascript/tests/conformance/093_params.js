const p = params;
return [p.text, p.whole + 1, p.half * 2, p.yes && !p.no, p.list.length, p.map.inside, p.nothing == null, p];
