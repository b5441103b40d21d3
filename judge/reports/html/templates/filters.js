// Which comparisons match the filters. Texts are searched one file at a time, which keeps the page responsive.
const VOTED = 1, DIFFERS = 2, SPLIT = 4;
const PEOPLE = {
  voted: (bits) => bits & VOTED,
  differs: (bits) => bits & DIFFERS,
  agrees: (bits) => bits & VOTED && !(bits & DIFFERS),
  split: (bits) => bits & SPLIT,
};
const form = one("form.filters");

function fillFilters() {
  for (const select of all("select[data-filter]", form)) {
    const column = select.dataset.filter;
    const names = store.names[column].filter((each) => each !== "").sort((a, b) => a.localeCompare(b, "en"));
    const options = [node("option", { value: "" }, names.length ? "any" : "none")];
    for (const each of names) options.push(node("option", { value: "=" + each }, plain(each)));
    const chosen = select.value;
    select.replaceChildren(...options);
    select.value = chosen;
    select.disabled = names.length === 0;
  }
}

// An option can hold no element: hidden characters are named in brackets.
const plain = (text) => marked(text).map((part) => (part.textContent ? `[${part.textContent}]` : part)).join("");

function selected() {
  const tests = [];
  for (const select of all("select[data-filter]", form)) {
    if (!select.value) continue;
    const column = select.dataset.filter;
    const code = store.names[column].indexOf(select.value.slice(1));
    tests.push((at) => store.codes[column][at] === code);
  }
  for (const select of all("select[data-outcome]", form)) {
    const place = Number(select.dataset.outcome);
    if (select.value) tests.push((at) => store.outcomes[at][place] === select.value);
  }
  const people = PEOPLE[one("#f-people").value];
  if (people) tests.push((at) => people(store.people[at]));
  return (at) => tests.every((test) => test(at));
}

function contains(found, at, text) {
  const parts = [store.id[at], found.persona, found.question, found.truth, found.a, found.b];
  for (const each of found.judgments) parts.push(...Object.values(each.analyses));
  for (const each of found.votes) parts.push(each.annotator, each.comment);
  return parts.some((part) => part && part.toLowerCase().includes(text));
}

// Calls `report(matching, complete, unsearched)` after each file; ends early when `stale()`.
async function search(text, stale, report) {
  const fits = selected();
  const candidates = [];
  for (let at = 0; at < store.size; at += 1) if (fits(at)) candidates.push(at);
  if (!text) return report(candidates, true, 0);
  const found = [];
  let part = null, unsearched = 0, texts = null;
  for (const at of candidates) {
    if (partOf(at) !== part) {
      if (part !== null) report(found, false, unsearched);
      part = partOf(at);
      await new Promise((done) => setTimeout(done));
      await body(at);
      if (stale()) return;
      texts = bodies.get(part);
    }
    if (!texts) unsearched += 1;
    else if (contains(texts[part < 0 ? at : at - inside.inPage - part * inside.perPart], at, text)) found.push(at);
  }
  report(found, true, unsearched);
}
