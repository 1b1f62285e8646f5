const when = new Date(Date.UTC(2024, 6, 4, 22, 30));
return [new Intl.DateTimeFormat().resolvedOptions(), Intl.DateTimeFormat("xx", { dateStyle: "full", timeStyle: "long" }).format(when), new Intl.NumberFormat(undefined, { style: "currency", currency: "EUR" }).format(1234.5),
  new Intl.NumberFormat("de").format(1234.5), new Intl.DateTimeFormat([], { timeZone: "Asia/Tokyo", timeStyle: "short" }).format(when), new Intl.PluralRules().resolvedOptions().locale, new Intl.ListFormat().format(["a", "b", "c"]),
  new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-1, "day"), ["z", "ä", "a"].sort(new Intl.Collator().compare), new Intl.DisplayNames("en", { type: "region" }).of("DE"),
  new Intl.NumberFormat().constructor === Intl.NumberFormat, new Intl.NumberFormat() instanceof Intl.NumberFormat, Intl.NumberFormat.supportedLocalesOf(["de", "xx"]), new (class extends Intl.NumberFormat {})().format(1e6)];
