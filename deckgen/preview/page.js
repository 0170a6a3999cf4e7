/* The page of `deckgen preview`.

   index.js says what there is by calling deckgen.index, notes/N.js brings the cards of a note by calling deckgen.note.
   Both are scripts, so that the page works from the disk as well. A place is a note's GUID, the ordinal of one of its
   cards and a side; it stands in the address. `show` draws the place; everything else changes the place, or the look of
   the page, and calls `show`. */

"use strict";

const byId = (id) => document.getElementById(id);

const preview = {
  index: null, // what index.js said last
  found: [], // the numbers of the notes that the search found, in their order
  place: { guid: "", ordinal: 1, side: "front" },
  scroll: 0, // of the card that is shown
  again: false, // whether the card to be drawn is that of before, rebuilt
  phone: remembered("phone") === "yes",
};

window.deckgen = { index: takeIndex, note: takeNote };

// What there is.

function takeIndex(index) {
  const former = preview.index;
  preview.index = index;
  index.numbers = new Map(index.notes.map((note, number) => [note.guid, number]));
  index.notes.forEach((note) => {
    note.words = [note.question, note.label, note.deck, note.path].join("\n").toLowerCase();
  });
  cards.clear();
  showTitle();
  showProblems();
  search();
  if (former) {
    followNote(former);
    show({ again: true });
  } else {
    readAddress();
    if (index.generation) listen();
  }
}

function load(script) {
  const element = document.createElement("script");
  element.src = script;
  element.onload = element.onerror = () => element.remove();
  document.head.append(element);
}

/** The page is told of each new build; a hidden page closes its line, as a browser has few, and asks when it is back. */
function listen() {
  let events = null;
  const open = () => {
    events?.close();
    events = new EventSource("events");
    events.onmessage = ({ data }) => {
      say("");
      if (Number(data) !== preview.index.generation) load(`index.js?${data}`);
    };
    events.onerror = () => say("Not connected: is deckgen preview still running?");
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) events.close();
    else open();
  });
  addEventListener("pagehide", () => events.close());
  addEventListener("pageshow", ({ persisted }) => persisted && open());
  open();
}

// The cards of a note, loaded when they are shown, and those of its neighbours ahead of time.

const cards = new Map(); // number → the note's cards, or null while they are on their way

function takeNote(note) {
  const number = preview.index.numbers.get(note.guid);
  if (number === undefined || note.generation !== preview.index.generation) return; // of another build
  cards.set(number, note.cards);
  if (note.guid === preview.place.guid) show();
}

function want(number) {
  if (number === undefined || cards.has(number)) return;
  cards.set(number, null);
  load(`notes/${number}.js?${preview.index.generation}`);
}

// The place: which card, which side.

const here = () => preview.index.numbers.get(preview.place.guid);
const note = () => preview.index.notes[here()];

function go(number, ordinal = 0, side = "front") {
  const target = preview.index.notes[number];
  if (!target) return;
  preview.place = { guid: target.guid, ordinal: nearest(target.ordinals, ordinal), side };
  show();
}

/** This ordinal, or the next that there is. */
const nearest = (ordinals, ordinal) => ordinals.find((other) => other >= ordinal) ?? ordinals.at(-1);

function moveNote(step) {
  const at = preview.found.indexOf(here());
  go(preview.found[at === -1 ? 0 : at + step]);
}

function moveCard(step) {
  const { ordinals } = note() ?? { ordinals: [] };
  const next = ordinals[ordinals.indexOf(preview.place.ordinal) + step];
  if (next !== undefined) go(here(), next);
  else if (step > 0) moveNote(1);
  else go(preview.found[preview.found.indexOf(here()) - 1], Infinity);
}

function flip() {
  if (!note()) return;
  preview.place.side = preview.place.side === "front" ? "back" : "front";
  show();
}

const address = ({ guid, ordinal, side }) => `#${encodeURIComponent(guid)}/${ordinal}/${side}`;

function readAddress() {
  const [guid, ordinal, side] = location.hash.slice(1).split("/");
  const number = preview.index.notes.findIndex((entry) => encodeURIComponent(entry.guid) === guid);
  if (number !== -1) go(number, Number(ordinal) || 0, side === "back" ? "back" : "front");
  else if (preview.index.notes.length) go(preview.found[0] ?? 0);
  else show();
}

/** After a build: the same note, or the one that stands where it stood, as a reworded question may make a new one. */
function followNote(former) {
  const { index, place } = preview;
  if (!index.numbers.has(place.guid)) {
    const before = former.notes[former.numbers.get(place.guid)];
    const among = before ? former.notes.filter(({ path }) => path === before.path).indexOf(before) : 0;
    const file = before ? index.notes.filter(({ path }) => path === before.path) : [];
    place.guid = (file[among] ?? file.at(-1) ?? index.notes[0])?.guid ?? "";
  }
  if (note()) place.ordinal = nearest(note().ordinals, place.ordinal);
}

// What is seen of it.

/** Draw the place. `again`: it was rebuilt, so that the reader is kept where he was reading. */
function show({ again = false } = {}) {
  if (!preview.index) return;
  const shown = note();
  byId("empty").hidden = Boolean(shown);
  document.body.classList.toggle("without-card", !shown);
  if (!shown) {
    takeAway(document.querySelectorAll("iframe"));
    drawRows();
    return;
  }
  want(here());
  if (location.hash !== address(preview.place)) history.replaceState(null, "", address(preview.place));
  document.title = [shown.label, shown.question, "deckgen preview"].filter(Boolean).join(" · ");
  showBars(shown);
  reveal();
  preview.again ||= again;
  showCard();
  const at = preview.found.indexOf(here());
  want(preview.found[at + 1]);
  want(preview.found[at - 1]);
}

function showBars(shown) {
  const { index, place } = preview;
  const at = `${shown.path}:${shown.line}`;
  byId("source").textContent = at;
  lead(byId("source"), shown);
  byId("about").textContent = [shown.deck.replaceAll("::", " › "), ...shown.tags.map((tag) => `#${tag}`)].join("  ");
  byId("about").title = index.noteTypes[shown.type].name;
  byId("flip").firstElementChild.textContent = place.side === "front" ? "Show answer" : "Show question";
  const position = preview.found.indexOf(here()) + 1;
  byId("position").textContent = position ? `${position.toLocaleString()} of ${preview.found.length.toLocaleString()}` : "";
  byId("cards").replaceChildren(...(shown.ordinals.length > 1 ? shown.ordinals.map(chip) : []));
  byId("cards").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Make it a link to the line: in the editor that was asked for, else on the page of the file. */
function lead(link, { path, line, column }) {
  const { sources, editor } = preview.index;
  if (editor[path]) link.href = `${editor[path]}:${line}:${column}`;
  else if (sources[path]) Object.assign(link, { href: `${sources[path]}#L${line}`, target: "deckgen-source" });
}

function chip(ordinal) {
  const link = document.createElement("a");
  link.textContent = ordinal;
  link.href = address({ ...preview.place, ordinal, side: "front" });
  link.title = `Card ${ordinal}`;
  if (ordinal === preview.place.ordinal) link.setAttribute("aria-current", "true");
  return link;
}

function showTitle() {
  const { title, notes, language } = preview.index;
  const cardCount = notes.reduce((sum, { ordinals }) => sum + ordinals.length, 0);
  byId("title").textContent = title;
  byId("count").textContent = `${count(notes.length, "note")}, ${count(cardCount, "card")}`;
  byId("list").lang = byId("title").lang = language;
}

const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

function say(message) {
  byId("message").textContent = message;
  byId("message").hidden = !message;
}

// The card, in a frame as Anki's. The next one is drawn behind the one that is seen, and takes its place when it is ready.

const FRAME_STYLE = `
  body { margin: 20px; overflow-wrap: break-word; background: #fff; color: #000; }
  body.nightMode { background: #2c2c2c; color: #fff; }
  .night-mode { scrollbar-color: #5a5f66 transparent; }
  img { max-width: 100%; max-height: 95vh; }
  li { text-align: start; }
  pre { text-align: left; }
  hr { height: 1px; margin: 1em 0; border: 0; background: #ccc; }
  audio.preview-player { display: block; width: 100%; max-width: 24em; margin: .5em auto; }
  video.preview-player { display: block; max-width: 100%; margin: .5em auto; }
  .nightMode .preview-player { color-scheme: dark; }
  .preview-tex { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .9em; }
  math { font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", "DejaVu Math TeX Gyre", math; }
  math { max-width: 100%; overflow-x: auto; overflow-y: hidden; }
  math[display=block] { margin: .7em 0; padding: .3em 0; }
  math:not([display=block]) { display: inline-flex; align-items: baseline; padding-top: .1em; }
  .back .cloze math { border-bottom: 2px solid var(--deckgen-accent); background: var(--deckgen-accent-soft); }
  .back .cloze math:not([display=block])::before { content: "\\200b"; line-height: normal; }
  mtd[columnalign=left] { text-align: left; }
  mtd[columnalign=right] { text-align: right; }
  mtable[columnspacing^="0em"] > mtr > mtd { padding-left: 0; padding-right: 0; }
  menclose[notation=box] { border: 1px solid; padding: .2em .3em; }
  [mathvariant^=bold] { font-weight: bold; }
`;

/** Draw it in a frame without an origin, which cannot reach the page; from the disk such a frame would get no pictures. */
function showCard() {
  const { place, index } = preview;
  const sides = cards.get(here())?.[place.ordinal];
  if (!sides) return; // on its way
  const stage = byId("stage");
  const older = [...stage.querySelectorAll("iframe")];
  const { css } = index.noteTypes[note().type];
  const html = documentOf(sides[place.side], css);
  const keepScroll = preview.again || older.at(-1)?.dataset.place === address(place);
  preview.again = false;
  if (keepScroll && older.at(-1)?.srcdoc === html) return;
  const frame = document.createElement("iframe");
  frame.title = place.side === "front" ? "Question" : "Answer";
  if (location.protocol !== "file:") frame.sandbox = "allow-scripts allow-popups allow-popups-to-escape-sandbox";
  frame.className = "waiting";
  frame.onload = () => {
    frame.className = "";
    takeAway(older);
  };
  frame.name = keepScroll ? preview.scroll : "";
  frame.srcdoc = html;
  frame.dataset.place = address(place);
  stage.append(frame);
}

function takeAway(frames) {
  frames.forEach((frame) => frame.remove());
}

function documentOf(html, css) {
  const { ordinal, side } = preview.place;
  const night = theme.night ? " nightMode night_mode" : "";
  const media = new URL("media/", document.baseURI).href;
  return `<!DOCTYPE html>
<html${theme.night ? ' class="night-mode"' : ""}>
<head><meta charset="utf-8"><base href="${media}" target="_blank"><style>${FRAME_STYLE}</style><style>${css}</style></head>
<body class="card card${ordinal}${night}"><div id="qa">${html}</div>
<script>(${inFrame})(${side === "back"});</script></body>
</html>`;
}

/** Runs inside the frame: keys go to the page, which cannot see them otherwise, and so do the clicks that turn a card. */
function inFrame(back) {
  const ACTIVE = "a, button, input, select, textarea, summary, label, audio, video, [onclick], [contenteditable], [tabindex]";
  const tell = (message) => parent.postMessage(message, "*");
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.target.closest?.(ACTIVE)) return;
    const { key, ctrlKey, metaKey, altKey } = event;
    if ([" ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "/"].includes(key) && !ctrlKey && !metaKey && !altKey) {
      event.preventDefault();
    }
    tell({ key, ctrlKey, metaKey, altKey });
  });
  addEventListener("click", (event) => {
    if (!event.defaultPrevented && !event.target.closest?.(ACTIVE) && getSelection().isCollapsed) tell({ click: true });
  });
  addEventListener("scroll", () => tell({ scroll: scrollY }));
  addEventListener("message", ({ data, source }) => {
    if (source === parent) scrollBy({ top: data.pages * innerHeight * 0.9, behavior: "smooth" });
  });
  const kept = window.name; // how far the card was scrolled before
  const settle = (loaded) => {
    if (kept) scrollTo(0, Number(kept));
    else if (back) document.getElementById("answer")?.scrollIntoView();
    if (loaded || !kept || scrollY === Number(kept)) tell({ scroll: scrollY }); // before that it may have no height yet
  };
  settle();
  addEventListener("load", settle);
}

addEventListener("message", ({ data, source }) => {
  if (source !== [...document.querySelectorAll("iframe")].at(-1)?.contentWindow) return;
  if (!data || typeof data !== "object") return; // a card's own message
  if ("scroll" in data) preview.scroll = data.scroll;
  else if ("key" in data) press(data);
  else if (data.click) flip();
});

// The list: only the rows in sight are drawn, so that it is as fast with 20,000 notes as with twenty.

const HEADING_HEIGHT = 36;
const ROW_HEIGHT = 56;
const BEYOND = 400;

/** Split the search into words: a note is found if it has all of them. */
function search() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const numbers = preview.index.notes.keys();
  preview.found = [...numbers].filter((number) => words.every((word) => preview.index.notes[number].words.includes(word)));
  byId("nothing").hidden = preview.found.length > 0 || !words.length;
  layOut();
  drawRows();
}

/** Where each row is: a heading for each file, and its notes. */
function layOut() {
  let top = 0;
  let path = null;
  preview.rows = [];
  for (const number of preview.found) {
    const entry = preview.index.notes[number];
    if (entry.path !== path) {
      path = entry.path;
      preview.rows.push({ top, heading: path });
      top += HEADING_HEIGHT;
    }
    preview.rows.push({ top, number });
    top += ROW_HEIGHT;
  }
  byId("rows").style.height = `${top}px`;
}

function drawRows() {
  const { scrollTop, clientHeight } = byId("list");
  const first = rowAt(scrollTop - BEYOND);
  const last = rowAt(scrollTop + clientHeight + BEYOND);
  byId("rows").replaceChildren(...preview.rows.slice(first, last + 1).map(drawRow));
}

/** The last row that begins above this height. */
function rowAt(height) {
  let low = 0;
  let high = preview.rows.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (preview.rows[middle].top <= height) low = middle;
    else high = middle - 1;
  }
  return low;
}

function drawRow({ top, heading, number }) {
  const row = document.createElement(heading === undefined ? "a" : "h2");
  row.style.top = `${top}px`;
  if (heading !== undefined) {
    row.append(part("bdi", "", heading));
    row.title = heading;
    return row;
  }
  const entry = preview.index.notes[number];
  row.href = address({ guid: entry.guid, ordinal: entry.ordinals[0], side: "front" });
  row.title = entry.question;
  if (entry.guid === preview.place.guid) row.setAttribute("aria-current", "true");
  if (entry.label) row.append(part("span", "label", entry.label));
  const question = part("span", "question", entry.question);
  if (entry.typeset) question.innerHTML = entry.typeset; // escaped text and MathML that we made
  row.append(question);
  if (entry.problem) row.append(part("span", `dot ${entry.problem}`, ""));
  else if (entry.ordinals.length > 1) row.append(part("span", "cards", entry.ordinals.length));
  return row;
}

function part(tag, name, text) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

/** Bring the row of the note that is shown into sight, its file's heading with it; into the middle if it is far away. */
function reveal() {
  const list = byId("list");
  const at = preview.rows.findIndex(({ number }) => number === here());
  if (at !== -1) {
    const { top } = preview.rows[preview.rows[at - 1].heading === undefined ? at : at - 1];
    const above = list.scrollTop - top;
    const below = preview.rows[at].top + ROW_HEIGHT - list.scrollTop - list.clientHeight;
    if (Math.max(above, below) > 3 * ROW_HEIGHT) list.scrollTop = top - list.clientHeight / 2;
    else if (above > 0) list.scrollTop = top;
    else if (below > 0) list.scrollTop += below;
  }
  drawRows();
}

// What is wrong with the notes.

const MOST_PROBLEMS = 200;

function showProblems() {
  const { diagnostics, stale } = preview.index;
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const button = byId("problems-button");
  button.hidden = !diagnostics.length;
  button.className = errors ? "error" : "warning";
  button.dataset.count = diagnostics.length;
  button.textContent = [errors && count(errors, "error"), warnings && count(warnings, "warning")].filter(Boolean).join(", ");
  const items = diagnostics.slice(0, MOST_PROBLEMS).map(problem);
  if (stale) items.unshift(part("p", "stale", "The cards below are those of the last build without errors."));
  if (diagnostics.length > MOST_PROBLEMS) {
    items.push(part("p", "stale", `${count(diagnostics.length - MOST_PROBLEMS, "more")}: see deckgen check.`));
  }
  byId("problems").replaceChildren(...items);
  openProblems(errors > 0 || (diagnostics.length > 0 && !byId("problems").hidden));
  diagnostics.forEach(markNote);
}

function openProblems(open) {
  byId("problems").hidden = !open;
  byId("problems-button").setAttribute("aria-expanded", open);
}

function problem({ severity, code, path, line, column, message, hint, text }) {
  const item = part("article", severity, "");
  const place = part("a", "place", `${path}:${line}:${column}`);
  lead(place, { path, line, column });
  const first = part("p", "", "");
  first.append(part("strong", "", severity), " ", part("span", "", message), " ", part("code", "", code));
  item.append(first, place);
  if (text.trim()) item.append(excerpt(text, column));
  if (hint) item.append(part("p", "hint", hint));
  return item;
}

/** The line about the place, the character there marked. */
function excerpt(text, column) {
  const line = [...text];
  const start = Math.max(0, column - 41);
  const end = Math.min(line.length, column + 80);
  const quote = part("pre", "", (start ? "…" : "") + line.slice(start, column - 1).join(""));
  quote.append(part("mark", "", line[column - 1] ?? " "), line.slice(column, end).join("") + (end < line.length ? "…" : ""));
  return quote;
}

/** A dot on the note that a diagnostic stands in: the last one of its file that begins above it. */
function markNote({ path, line, severity }) {
  const owner = preview.index.notes.findLast((entry) => entry.path === path && entry.line <= line);
  if (owner && owner.problem !== "error") owner.problem = severity;
}

// The look: night, width, the list on a narrow screen.

function showLook() {
  byId("stage").classList.toggle("phone", preview.phone);
  byId("width").setAttribute("aria-pressed", preview.phone);
  byId("night").setAttribute("aria-pressed", theme.night);
}

function turnNight() {
  theme.night = !theme.night;
  showLook();
  show({ again: true });
}

function turnWidth() {
  preview.phone = !preview.phone;
  remember("phone", preview.phone ? "yes" : "no");
  showLook();
}

function openList(open) {
  document.body.classList.toggle("list-open", open);
  byId("menu").setAttribute("aria-expanded", open);
}

function startSearch() {
  openList(true);
  byId("search").focus();
  byId("search").select();
}

function endSearch() {
  byId("search").blur();
  openList(false);
}

async function copyPlace() {
  const place = byId("source").textContent;
  try {
    await navigator.clipboard.writeText(place);
    say(`Copied ${place}`);
  } catch {
    say(place);
  }
  setTimeout(() => say(""), 1500);
}

// Keys and clicks.

const KEYS = {
  " ": flip,
  ArrowRight: () => moveCard(1),
  ArrowLeft: () => moveCard(-1),
  ArrowDown: () => moveNote(1),
  ArrowUp: () => moveNote(-1),
  PageDown: () => turnPage(1),
  PageUp: () => turnPage(-1),
  n: turnNight,
  w: turnWidth,
  "/": startSearch,
  s: () => byId("source").click(),
  c: copyPlace,
  e: () => preview.index.diagnostics.length && openProblems(byId("problems").hidden),
  "?": () => byId("help").showModal(),
  Escape: () => openList(false),
};

/** A long card scrolls in its frame, which the page cannot reach but by asking. */
function turnPage(pages) {
  [...document.querySelectorAll("iframe")].at(-1)?.contentWindow.postMessage({ pages }, "*");
}

/** Whether the key was one of ours. */
function press({ key, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey || byId("help").open || !preview.index) return false;
  const action = KEYS[key] ?? KEYS[key.toLowerCase()];
  action?.();
  return Boolean(action);
}

function pressInSearch(event) {
  if (event.key === "Escape") {
    byId("search").value = "";
    search();
    endSearch();
    reveal();
  } else if (event.key === "Enter") {
    if (!preview.found.includes(here())) go(preview.found[0]);
    endSearch();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    moveNote(event.key === "ArrowDown" ? 1 : -1);
  } else {
    return;
  }
  event.preventDefault();
}

addEventListener("keydown", (event) => {
  if (event.target === byId("search")) pressInSearch(event);
  else if (event.target.closest("button, a") && [" ", "Enter"].includes(event.key)) return;
  else if (press(event)) event.preventDefault();
});

const CLICKS = {
  flip,
  previous: () => moveCard(-1),
  next: () => moveCard(1),
  night: turnNight,
  width: turnWidth,
  copy: copyPlace,
  menu: () => openList(!document.body.classList.contains("list-open")),
  shade: () => openList(false),
  "help-button": () => byId("help").showModal(),
  "problems-button": () => openProblems(byId("problems").hidden),
};

for (const [id, action] of Object.entries(CLICKS)) byId(id).addEventListener("click", action);
for (const button of document.querySelectorAll("main button")) {
  button.addEventListener("mousedown", (event) => event.preventDefault()); // the space bar goes on turning cards
}
byId("rows").addEventListener("click", () => openList(false));
byId("help").addEventListener("click", ({ target }) => target === byId("help") && byId("help").close());
byId("search").addEventListener("input", () => {
  byId("list").scrollTop = 0;
  search();
});
byId("list").addEventListener("scroll", () => requestAnimationFrame(drawRows));
addEventListener("resize", () => preview.index && drawRows());
addEventListener("hashchange", readAddress);
showLook();
