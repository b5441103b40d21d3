// The list: 50 rows at a time, and the reader that opens from it.
const PER_PAGE = 50;
const listBody = one("#list tbody");
const view = { rows: [], page: 0, turn: 0, done: true, lacking: 0, reading: -1, opener: null };

function say() {
  const pages = Math.max(1, Math.ceil(view.rows.length / PER_PAGE));
  view.page = Math.min(view.page, pages - 1);
  const some = view.rows.length === 1 ? "1 comparison fits" : `${number(view.rows.length)} comparisons fit`;
  const of = store.size === inside.total ? number(inside.total) : `${number(store.size)} that are here`;
  one("#count").textContent = `${some}, of ${of}${view.done ? "" : "; searching"}`
    + (view.lacking ? `; the texts of ${number(view.lacking)} are not beside this page and were not searched.` : ".");
  one("#page").textContent = `Page ${number(view.page + 1)} of ${number(pages)}`;
  const ends = { first: view.page === 0, previous: view.page === 0, next: view.page >= pages - 1, last: view.page >= pages - 1 };
  for (const button of all("[data-page]")) button.setAttribute("aria-disabled", String(ends[button.dataset.page]));
}

function row(at) {
  const read = node("button", { type: "button", class: "read", "aria-haspopup": "dialog" },
    name(named("question", at) || store.id[at]));
  read.addEventListener("click", () => open(view.rows.indexOf(at), read));
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

function draw() {
  const start = view.page * PER_PAGE;
  listBody.replaceChildren(...view.rows.slice(start, start + PER_PAGE).map(row));
}

// More comparisons come at the end of the list: then a reader stays on the page that was chosen.
function refresh(stay = false) {
  const turn = ++view.turn;
  const text = one("#f-text").value.trim().toLowerCase();
  let drawn = -1;
  if (!stay) view.page = 0;
  search(text, () => turn !== view.turn, (rows, done, lacking) => {
    if (turn !== view.turn) return;
    Object.assign(view, { rows, done, lacking });
    say();
    const end = Math.min(rows.length, (view.page + 1) * PER_PAGE);
    if (end !== drawn || done) draw();
    drawn = end;
  });
}

async function open(place, opener) {
  if (place < 0 || place >= view.rows.length) return;
  view.reading = place;
  if (opener) view.opener = opener;
  const at = view.rows[place];
  one("#reader-title").replaceChildren(`${number(place + 1)} of ${number(view.rows.length)}: `, name(store.id[at]));
  for (const [which, end] of [["previous", place === 0], ["next", place === view.rows.length - 1]]) {
    one(`[data-read=${which}]`).setAttribute("aria-disabled", String(end));
  }
  if (!reader.open) reader.showModal();
  const found = await body(at);
  if (view.rows[view.reading] !== at) return;
  one("#reader-body").replaceChildren(...compose(at, found));
  reader.scrollTop = 0;
  one("#reader-title").focus({ preventScroll: true });
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", () => refresh());
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
    say();
    draw();
  });
}
for (const button of all("[data-read]")) {
  button.addEventListener("click", () => {
    if (button.dataset.read === "close") reader.close();
    else open(view.reading + (button.dataset.read === "next" ? 1 : -1));
  });
}
reader.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest(".scroll")) return;
  if (event.key === "ArrowRight") open(view.reading + 1);
  else if (event.key === "ArrowLeft") open(view.reading - 1);
});
reader.addEventListener("close", () => view.opener?.isConnected && view.opener.focus());

one("#explorer").hidden = false;
fillFilters();
refresh();
loadIndexes(() => {
  fillFilters();
  refresh(true);
}).then((complete) => {
  if (complete) return;
  const missing = number(inside.total - store.size);
  one("#absent").replaceChildren(`${missing} of ${number(inside.total)} comparisons are not shown: they lie in the folder `,
    name(inside.folder), ", which is not beside this page. Put it there, and load the page again.");
  one("#absent").hidden = false;
});
