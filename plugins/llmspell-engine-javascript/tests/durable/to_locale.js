const when = new Date(Date.UTC(2024, 6, 4, 22, 30));
return [when.toLocaleString(), when.toLocaleDateString(), when.toLocaleTimeString(undefined, { timeStyle: "short" }), when.toLocaleString("de", { timeZone: "Europe/Berlin" }), (1234567.891).toLocaleString(), (12345678901234567890n).toLocaleString(),
  [1234.5, when].toLocaleString(), "ä".localeCompare("z"), "a".localeCompare("b", "de"), "I".toLocaleLowerCase(), "i".toLocaleUpperCase(), "i".toLocaleUpperCase("tr"), new Uint16Array([1234]).toLocaleString(), new Date(NaN).toLocaleString()];
