const texts = ["2020-01-01", "2020-01", "2020-06-01T12:00", "2020-06-01T12:00:00.5", "2020-06-01T12:00:00Z", "2020-06-01T12:00:00+05:30", "Jun 1 2020",
  "Jun 1 2020 10:00", "1 June 2020 10:00 GMT", "Mon, 01 Jun 2020 10:00:00 +0200", "06/01/2020", "2020-6-1", "Mon Jun 01 2020 10:00:00 GMT+0100 (CET)", "no date", "Jun 1 2020 10:00 EST"];
return [texts.map((text) => Date.parse(text)), texts.map((text) => +new Date(text)), +new Date({ valueOf: () => 5 }), +new Date({ toString: () => "2020-06-01T12:00", valueOf: undefined }),
  +new Date(null), +new Date(undefined), +new Date(new Date(7)), +new Date({ [Symbol.toPrimitive]: (hint) => (hint === "default" ? 9 : 1) }), +new Date("5", 2)].map((one) => (Array.isArray(one) ? one.map(String) : String(one)));
