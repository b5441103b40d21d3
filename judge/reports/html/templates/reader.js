// One comparison: both responses side by side, the judge's replies in both orders, and the labels.
const reader = one("#reader");
const OUTCOMES = { w: "candidate wins", l: "reference wins", t: "tie", i: "inconsistent", m: "missing" };
const GLYPHS = { w: "▲", l: "▼", t: "=", i: "≠", m: "·" };

function verdictWords(at, letter) {
  if (letter === "w") return [name(named("candidate", at)), " wins"];
  if (letter === "l") return [name(named("reference", at)), " wins"];
  return [OUTCOMES[letter]];
}

const whose = (at, side) => (side === "tie" ? "tie" : name(named(side, at)));

function section(title, ...children) {
  return node("section", {}, node("h4", {}, title), ...children);
}

function fact(term, value) {
  return value ? [node("dt", {}, term), node("dd", {}, reading(value))] : [];
}

function verdictTable(at, found) {
  const rows = inside.criteria.map((criterion, place) => {
    const letter = store.outcomes[at][place];
    const cells = found.scores.slice(3 * place, 3 * place + 3).map((score) =>
      node("td", { class: "number" }, score === null ? "–" : String(Math.round(score * 1000) / 1000)));
    return node("tr", {}, node("th", { scope: "row" }, name(criterion)),
      node("td", { class: "v-" + letter }, GLYPHS[letter] + " ", verdictWords(at, letter)), ...cells);
  });
  const head = ["criterion", "verdict", "score of the candidate", "score, reference first", "score, candidate first"];
  return node("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Verdicts" },
    node("table", {}, node("caption", { class: "hidden" }, "Verdicts of this comparison"),
      node("thead", {}, node("tr", {}, head.map((each, place) =>
        node("th", { scope: "col", class: place > 1 ? "number" : "" }, each)))),
      node("tbody", {}, rows)));
}

function judgment(at, found) {
  const first = found.order === "reference_first" ? "reference" : "candidate";
  const second = first === "reference" ? "candidate" : "reference";
  const title = node("h5", {}, "A is ", whose(at, first), ", B is ", whose(at, second),
    found.repeat ? ` (repeat ${found.repeat + 1})` : "");
  const made = node("div", { class: "judgment" }, title);
  if (found.status !== "ok") made.append(node("p", {}, `No judgment: ${found.kind ?? found.status}.`));
  const winners = Object.entries(found.winners);
  if (winners.length) {
    made.append(node("p", { class: "winners" }, winners.flatMap(([criterion, side], place) =>
      [place ? "; " : "", name(criterion), ": ", node("b", {}, whose(at, side))])));
  }
  for (const [label, text] of Object.entries(found.analyses)) {
    made.append(node("h6", {}, name(label.replaceAll("_", " "))), reading(text));
  }
  return made;
}

function votes(at, found) {
  const head = ["annotator", ...inside.criteria, "comment"];
  const rows = found.votes.map((vote) => node("tr", {},
    node("th", { scope: "row" }, name(vote.annotator), vote.repeat ? " (again)" : ""),
    inside.criteria.map((criterion) => {
      const side = vote.choices[criterion];
      return node("td", {}, side ? whose(at, side) : vote.skipped ? "skipped" : "–");
    }),
    node("td", { class: "comment" }, vote.comment ? reading(vote.comment) : "")));
  return node("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Labels" },
    node("table", {}, node("caption", { class: "hidden" }, "Labels of this comparison"),
      node("thead", {}, node("tr", {}, head.map((each) => node("th", { scope: "col" }, name(each))))),
      node("tbody", {}, rows)));
}

function response(at, role, text) {
  return node("article", { class: "response" }, node("h4", {}, name(named(role, at)), node("span", { class: "role" }, role)),
    reading(text));
}

function compose(at, found) {
  if (!found) {
    return [node("p", { class: "alarm" }, "The texts of this comparison are in the folder ", name(inside.folder),
      ", which is missing beside this page.")];
  }
  const facts = [fact("Persona", found.persona), fact("Question", found.question), fact("Ground truth", found.truth)];
  return [
    node("dl", { class: "context" }, ...facts.flat()),
    node("div", { class: "pair" }, response(at, "reference", found.a), response(at, "candidate", found.b)),
    section("Verdicts", verdictTable(at, found)),
    section("Replies of the judge", found.judgments.length
      ? node("div", { class: "pair" }, found.judgments.map((each) => judgment(at, each)))
      : node("p", {}, "None: the calls were not made.")),
    found.votes.length ? section("Labels", votes(at, found)) : null,
  ].filter(Boolean);
}
