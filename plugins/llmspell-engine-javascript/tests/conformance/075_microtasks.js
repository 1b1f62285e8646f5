if (params.place === "timers") {
  const again = () => setTimeout(again, 0);
  again();
} else {
  for (;;) await null;
}
