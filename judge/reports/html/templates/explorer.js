// The list of comparisons, 50 rows at a time, and the reader that opens from it.
const PER_PAGE = 50;
const listBody = one("#list tbody");
const view = { rows: [], page: 0, turn: 0, done: true, unsearched: 0 };
// The reader keeps the list that it was opened from: a new search does not change what is open.
const current = { rows: [], place: -1, turn: 0, opener: null };
const drawn = new Map(); // the table rows on the page, by comparison

function showCounts() {
  const pages = Math.max(1, Math.ceil(view.rows.length / PER_PAGE));
  view.page = Math.min(view.page, pages - 1);
  const some = view.rows.length === 1 ? "1 comparison matches" : `${number(view.rows.length)} comparisons match`;
  const of = store.size === inside.total ? number(inside.total) : `${number(store.size)} on this page`;
  one("#count").textContent = `${some}, of ${of}${view.done ? "" : "; searching"}`
    + (view.unsearched ? `; the texts of ${number(view.unsearched)} are missing and were not searched.` : ".");
  one("#page").textContent = `Page ${number(view.page + 1)} of ${number(pages)}`;
  const ends = { first: view.page === 0, previous: view.page === 0, next: view.page >= pages - 1, last: view.page >= pages - 1 };
  for (const button of all("[data-page]")) button.setAttribute("aria-disabled", String(ends[button.dataset.page]));
}

function row(at) {
  const read = node("button", { type: "button", class: "read", "aria-haspopup": "dialog" },
    name(named("question", at) || store.id[at]));
  read.addEventListener("click", () => open(view.rows, view.rows.indexOf(at), read));
  const bits = store.people[at];
  const people = bits & DIFFERS ? "differ" : bits & VOTED ? "agree" : "–";
  return node("tr", {}, node("th", { scope: "row" }, read),
    node("td", {}, name(named("subgroup", at) || "–")), node("td", {}, name(named("category", at) || "–")),
    inside.criteria.map((_, place) => {
      const letter = store.outcomes[at][place];
      return node("td", { class: "v-" + letter }, GLYPHS[letter] + " ", verdictWords(at, letter));
    }),
    node("td", {}, people));
}

// A row that stays on the page stays the same element: replacing it between the press and the release of a button
// would lose the click, and replacing the focused one would lose the focus.
function draw() {
  const start = view.page * PER_PAGE;
  const wanted = view.rows.slice(start, start + PER_PAGE);
  const kept = new Set(wanted);
  for (const [at, element] of drawn) {
    if (kept.has(at)) continue;
    element.remove();
    drawn.delete(at);
  }
  let next = listBody.firstElementChild;
  for (const at of wanted) {
    const element = drawn.get(at) ?? row(at);
    drawn.set(at, element);
    if (element === next) next = next.nextElementSibling;
    else listBody.insertBefore(element, next);
  }
}

// More comparisons come at the end of the list: then a reader stays on the page that was chosen.
function refresh(stay = false) {
  const turn = ++view.turn;
  const text = one("#f-text").value.trim().toLowerCase();
  let end = -1;
  if (!stay) view.page = 0;
  search(text, () => turn !== view.turn, (rows, done, unsearched) => {
    if (turn !== view.turn) return;
    Object.assign(view, { rows, done, unsearched });
    showCounts();
    const newEnd = Math.min(rows.length, (view.page + 1) * PER_PAGE);
    if (newEnd !== end || done) draw();
    end = newEnd;
  });
}

async function open(rows, place, opener) {
  if (place < 0 || place >= rows.length) return;
  const turn = ++current.turn;
  Object.assign(current, { rows, place });
  if (opener) current.opener = opener;
  const at = rows[place];
  one("#reader-title").replaceChildren(`${number(place + 1)} of ${number(rows.length)}: `, name(store.id[at]));
  for (const [which, end] of [["previous", place === 0], ["next", place === rows.length - 1]]) {
    one(`[data-read=${which}]`).setAttribute("aria-disabled", String(end));
  }
  if (!reader.open) {
    one("#reader-body").replaceChildren();
    reader.showModal();
  }
  const found = await body(at);
  if (turn !== current.turn || !reader.open) return;
  one("#reader-body").replaceChildren(...compose(at, found));
  reader.scrollTop = 0;
  one("#reader-title").focus({ preventScroll: true });
}

const step = (by) => open(current.rows, current.place + by);

form.addEventListener("submit", (event) => event.preventDefault());
// The text field reports a change again when it loses the focus, that is, when a row is pressed; its input is enough.
form.addEventListener("change", (event) => event.target.id === "f-text" || refresh());
form.addEventListener("reset", () => setTimeout(() => refresh()));
let typed = 0;
one("#f-text").addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(() => refresh(), 250);
});
for (const button of all("[data-page]")) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    const last = Math.ceil(view.rows.length / PER_PAGE) - 1;
    view.page = { first: 0, previous: view.page - 1, next: view.page + 1, last }[button.dataset.page];
    showCounts();
    draw();
  });
}
for (const button of all("[data-read]")) {
  button.addEventListener("click", () => {
    if (button.dataset.read === "close") reader.close();
    else step(button.dataset.read === "next" ? 1 : -1);
  });
}
reader.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest(".scroll")) return;
  if (event.key === "ArrowRight") step(1);
  else if (event.key === "ArrowLeft") step(-1);
});
reader.addEventListener("close", () => current.opener?.isConnected && current.opener.focus());

one("#explorer").hidden = false;
fillFilters();
refresh();
loadIndexes(() => {
  fillFilters();
  refresh(true);
}).then((complete) => {
  if (complete) return;
  const missing = number(inside.total - store.size);
  one("#absent").replaceChildren(`${missing} of ${number(inside.total)} comparisons are not shown: they are in the folder `,
    name(inside.folder), ", which is missing beside this page. Copy it there and reload the page.");
  one("#absent").hidden = false;
});
