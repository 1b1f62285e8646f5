const all = []; for (;;) { try { all.push({ one: 1 }) } catch {} }
