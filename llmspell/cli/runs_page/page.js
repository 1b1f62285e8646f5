"use strict";
// Everything that is shown is a text node: nothing of a log is ever read as HTML.

const HEIGHT = 26;
const BEYOND = 10;
const MOST = 200000;
const PAGE = 200;
const PENDING = ["failed", "uncertain", "waiting", "unfinished", "cancelled", "running"];
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);

function made(tag, text = "", name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}

// -- values ----------------------------------------------------------------------------------------------------------

// Put texts in where they are mentioned: `{"$ref": digest}`; keys that begin with `$` carry one more.
function whole(value, inside = []) {
  if (Array.isArray(value)) return value.map((one) => whole(one, inside));
  if (value === null || typeof value !== "object") return value;
  const digest = value.$ref;
  if (typeof digest === "string") {
    if (inside.includes(digest) || !Object.hasOwn(data.texts, digest)) return `<missing text ${digest}>`;
    return whole(data.texts[digest], [...inside, digest]);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key.startsWith("$") ? key.slice(1) : key, whole(one, inside)]),
  );
}

const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

function duration(seconds) {
  if (!seconds) return seconds === 0 ? "0 s" : "";
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds >= 1) return `${seconds.toFixed(1)} s`;
  return seconds >= 0.001 ? `${Math.round(seconds * 1000)} ms` : `${Math.round(seconds * 1e6)} us`;
}

const dollars = (usage) => (usage.cost === null ? "price unknown" : `$${usage.cost}`);
const tokens = (usage) => `${usage.input_tokens ?? 0} + ${usage.output_tokens ?? 0} tokens`;
const moment = (seconds) => new Date(seconds * 1000).toLocaleString();

// -- the head --------------------------------------------------------------------------------------------------------

function head() {
  const { run, totals } = data;
  $("name").textContent = run.file ?? run.name ?? run.id;
  const facts = [run.id, moment(run.started), duration(run.seconds), `${totals.count} operations`];
  if (totals.usage.requests || totals.usage.input_tokens) facts.push(tokens(totals.usage), dollars(totals.usage));
  if (run.parent) facts.push(`forked from ${run.parent[0]} before record ${run.parent[1]}`);
  if (run.resumed.length) facts.push(`resumes: ${run.resumed.length}`);
  $("facts").append(made("span", run.status, run.status), ...facts.map((one) => made("span", one)));
  if (run.error) {
    $("failure").hidden = false;
    $("failure").textContent = `${run.error.type}: ${run.error.message}`;
  }
  const rows = Object.entries(totals.operations);
  if (!rows.length) return;
  const top = made("tr");
  top.append(...["operation", "count", "not done", "time in all", "tokens", "cost"].map((one) => made("th", one)));
  const cap = made("thead");
  cap.append(top);
  const body = made("tbody");
  for (const [name, sum] of rows) {
    const line = made("tr");
    const used = sum.usage.input_tokens || sum.usage.output_tokens;
    line.append(made("th", name), made("td", sum.count), made("td", sum.count - (sum.outcomes.done ?? 0)));
    line.append(made("td", duration(sum.seconds)), made("td", used ? tokens(sum.usage) : ""));
    line.append(made("td", used ? dollars(sum.usage) : ""));
    body.append(line);
    $("kinds").append(new Option(name, name));
  }
  $("totals").append(cap, body);
}

// -- the tree: only the rows that are seen exist -----------------------------------------------------------------------

const nodes = data.operations;
for (const [index, node] of nodes.entries()) {
  Object.assign(node, { index, children: [], open: node.level < 3, found: true });
  if (node.above !== null) nodes[node.above].children.push(index);
}
const tops = nodes.filter((node) => node.above === null).map((node) => node.index);
let seen = [];
let chosen = -1;

function arrange() {
  seen = [];
  const waiting = [...tops].reverse();
  while (waiting.length) {
    const node = nodes[waiting.pop()];
    if (!node.found) continue;
    seen.push(node.index);
    if (node.open) for (let at = node.children.length - 1; at >= 0; at--) waiting.push(node.children[at]);
  }
  $("rows").style.height = `${seen.length * HEIGHT}px`;
  draw();
}

function draw() {
  const box = $("tree");
  const first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - BEYOND);
  const last = Math.min(seen.length, Math.ceil((box.scrollTop + box.clientHeight) / HEIGHT) + BEYOND);
  $("rows").replaceChildren(...seen.slice(first, last).map((index, at) => row(nodes[index], first + at)));
  const place = seen.indexOf(chosen);
  if (place >= first && place < last) box.setAttribute("aria-activedescendant", `op${chosen}`);
  else box.removeAttribute("aria-activedescendant");
}

function row(node, place) {
  const line = made("div", "", "row");
  line.id = `op${node.index}`;
  line.setAttribute("role", "treeitem");
  line.setAttribute("aria-level", node.level);
  line.setAttribute("aria-selected", node.index === chosen);
  if (node.children.length) line.setAttribute("aria-expanded", node.open);
  line.style.top = `${place * HEIGHT}px`;
  line.style.paddingLeft = `${0.4 + Math.min(node.level - 1, 30) * 1.1}rem`;
  const turn = made("span", node.children.length ? (node.open ? "\u25be" : "\u25b8") : "", "turn");
  const name = made("span", "", "name");
  if (node.operation !== "call") name.append(made("span", `${node.operation} `, "kind"));
  name.append(made("strong", node.subject));
  if (node.at) name.append(made("span", `  ${node.at}`, "kind"));
  line.append(turn, name);
  if (node.status !== "done") line.append(made("span", node.status, `state ${node.status}`));
  if (node.replayed) line.append(made("span", "replayed", "state kind"));
  line.append(made("span", duration(node.seconds), "time"), track(node));
  return line;
}

function track(node) {
  const box = made("span", "", "track");
  const bar = made("span", "", "bar");
  const length = Math.max(data.run.seconds, 1e-6);
  const from = Math.min(Math.max((node.started - data.run.started) / length, 0), 1);
  bar.style.left = `${from * 100}%`;
  bar.style.width = `${Math.min((node.seconds ?? 0) / length, 1 - from) * 100}%`;
  box.append(bar);
  return box;
}

function choose(index) {
  chosen = index;
  const place = seen.indexOf(index);
  const box = $("tree");
  if (place * HEIGHT < box.scrollTop) box.scrollTop = place * HEIGHT;
  if ((place + 1) * HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = (place + 1) * HEIGHT - box.clientHeight;
  draw();
  detail(nodes[index]);
}

function turn(node, open) {
  node.open = open;
  arrange();
}

function key(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || !seen.length) return;
  const place = seen.indexOf(chosen);
  const node = nodes[chosen];
  const page = Math.max(1, Math.floor($("tree").clientHeight / HEIGHT) - 1);
  const to = { ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + page, PageUp: place - page, Home: 0 };
  to.End = seen.length - 1;
  if (event.key in to) choose(seen[Math.min(Math.max(to[event.key], 0), seen.length - 1)]);
  else if (place < 0) return;
  else if (event.key === "ArrowRight" && node.children.length && !node.open) turn(node, true);
  else if (event.key === "ArrowRight" && seen[place + 1] !== undefined && node.children.length) choose(seen[place + 1]);
  else if (event.key === "ArrowLeft" && node.children.length && node.open) turn(node, false);
  else if (event.key === "ArrowLeft" && node.above !== null) choose(node.above);
  else if (event.key === "Enter") $("detail").focus();
  else return;
  event.preventDefault();
}

// -- what is told of one operation, written when it is chosen --------------------------------------------------------------

function detail(node) {
  const box = $("detail");
  box.replaceChildren(made("h2", node.operation === "call" ? node.subject : `${node.operation} ${node.subject}`));
  const facts = made("dl");
  const add = (name, value, kind = "") => {
    if (value !== null && value !== undefined && value !== "") facts.append(made("dt", name), made("dd", value, kind));
  };
  add("status", node.status, node.status);
  add("path", node.path);
  add("line", node.line);
  add("effect", node.effect);
  add("began", moment(node.started));
  add("took", duration(node.seconds));
  add("until", node.due === null ? "" : moment(node.due));
  add("begun", node.attempts > 1 ? `${node.attempts} times` : "");
  add("replayed", node.replayed ? "its outcome came from the log when the run went on" : "");
  add("assumed", node.assumed ? "nobody knew what became of it; people said that it was done" : "");
  if (node.usage) add("used", `${tokens(node.usage)}, ${dollars({ cost: null, ...node.usage })}`);
  add("record", node.n);
  box.append(facts);
  section(box, "Hooks", node.hooks.length ? node.hooks : null);
  section(box, "Input", node.input);
  section(box, "Error", node.error);
  section(box, "Output", node.output);
  box.scrollTop = 0;
}

function section(box, title, value) {
  if (value === null || value === undefined) return;
  const told = whole(value);
  box.append(made("h3", title));
  const said = told.messages ?? (told.message?.parts ? [told.message] : null);
  if (!Array.isArray(said)) {
    box.append(made("pre", shown(told)));
    return;
  }
  if (told.system) box.append(made("div", "system", "role"), made("div", told.system, "said"));
  for (const message of said) box.append(made("div", String(message?.role ?? ""), "role"), made("div", words(message), "said"));
  const all = made("details");
  all.append(made("summary", "all of it, as JSON"));
  all.addEventListener("toggle", () => all.children.length > 1 || all.append(made("pre", shown(told))));
  box.append(all);
}

function words(message) {
  if (!Array.isArray(message?.parts)) return shown(message);
  return message.parts
    .map((part) => {
      if (part.part === "tool_call") return `[${part.name}(${JSON.stringify(part.arguments)})]`;
      if (part.part === "tool_result") return `[${part.name}: ${part.content}]`;
      return part.text ?? `[${part.part}]`;
    })
    .join("\n");
}

// -- what went between kernel and script, a page of it at a time -----------------------------------------------------------

function messages() {
  const box = $("detail");
  box.replaceChildren(made("h2", `${data.messages.length} messages of the script`));
  const more = made("button", "Show more");
  let from = 0;
  more.addEventListener("click", () => {
    for (const one of data.messages.slice(from, from + PAGE)) more.before(message(one));
    from += PAGE;
    more.hidden = from >= data.messages.length;
  });
  box.append(more);
  more.click();
  box.focus();
}

function message(one) {
  const told = made("details");
  const what = "to" in one ? `to the script: ${one.to.t}` : `from the script: ${one.from.map((said) => said.slice(0, 3).join(" ")).join(", ")}`;
  told.append(made("summary", `${one.n}  ${one.guest} ${what}`));
  told.addEventListener("toggle", () => {
    if (told.children.length === 1) told.append(made("pre", shown(whole(one.to ?? one.from))));
  });
  return told;
}

// -- looking for something ---------------------------------------------------------------------------------------------

function look() {
  const wanted = $("words").value.trim().toLowerCase();
  const kind = $("kinds").value;
  const pending = $("failed").checked;
  let count = 0;
  for (const node of nodes) {
    const fits = (!kind || node.operation === kind) && (!pending || PENDING.includes(node.status));
    node.found = fits && (!wanted || text(node).includes(wanted));
    count += node.found ? 1 : 0;
  }
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at];
    if (node.found && node.above !== null) {
      nodes[node.above].found = true;
      if (wanted || kind || pending) nodes[node.above].open = true;
    }
  }
  $("count").textContent = wanted || kind || pending ? `${count} of ${nodes.length}` : "";
  arrange();
}

function text(node) {
  node.text ??= JSON.stringify([node.path, node.subject, whole(node.input), whole(node.output), node.error])
    .slice(0, MOST)
    .toLowerCase();
  return node.text;
}

head();
arrange();
if (seen.length) choose(seen[0]);
$("tree").addEventListener("scroll", draw, { passive: true });
$("tree").addEventListener("keydown", key);
$("tree").addEventListener("click", (event) => {
  const line = event.target.closest(".row");
  if (!line) return;
  const node = nodes[Number(line.id.slice(2))];
  choose(node.index);
  if (event.target.classList.contains("turn")) turn(node, !node.open);
});
$("tree").addEventListener("dblclick", () => chosen >= 0 && turn(nodes[chosen], !nodes[chosen].open));
for (const id of ["words", "kinds", "failed"]) $(id).addEventListener("input", look);
$("filter").addEventListener("submit", (event) => event.preventDefault());
for (const [id, open] of [["open", true], ["close", false]]) {
  $(id).addEventListener("click", () => {
    for (const node of nodes) node.open = open;
    arrange();
  });
}
addEventListener("resize", draw);
$("messages").hidden = !data.messages;
$("messages").addEventListener("click", messages);
