// The data of the comparisons: columns over all of them, and the texts of those that were loaded.
const inside = JSON.parse(one("#comparisons").textContent);
const NAMED = ["reference", "candidate", "question", "subgroup", "stratum", "category"];
const store = { size: 0, id: [], outcomes: [], people: [], names: {}, codes: {} };
const indexes = new Map();
const bodies = new Map();
const KEPT_PARTS = 8;
let nextIndex = 0;
const waiting = new Map();

for (const column of NAMED) {
  store.names[column] = [];
  store.codes[column] = [];
}

function addRows(rows) {
  for (const column of NAMED) {
    const known = store.names[column];
    const places = rows[column].names.map((each) => {
      const at = known.indexOf(each);
      return at < 0 ? known.push(each) - 1 : at;
    });
    for (const code of rows[column].codes) store.codes[column].push(places[code]);
  }
  for (const column of ["id", "outcomes", "people"]) for (const each of rows[column]) store[column].push(each);
  store.size = store.id.length;
}

const named = (column, at) => store.names[column][store.codes[column][at]];
const partOf = (at) => (at < inside.inPage ? -1 : Math.floor((at - inside.inPage) / inside.perPart));

// A page opened from disk cannot use fetch; a script element with the page's nonce can load a file beside it.
function load(file) {
  if (!waiting.has(file)) {
    waiting.set(file, new Promise((done) => {
      const script = node("script", { src: `${encodeURIComponent(inside.folder)}/${inside.key.slice(0, 12)}-${file}.js` });
      script.nonce = inside.key;
      const end = (there) => {
        script.remove();
        waiting.delete(file);
        done(there);
      };
      script.addEventListener("load", () => end(true));
      script.addEventListener("error", () => end(false));
      document.head.append(script);
    }));
  }
  return waiting.get(file);
}

const fileName = (kind, at) => `${kind}-${String(at).padStart(4, "0")}`;

window.personaJudge = {
  index(key, content) {
    if (key === inside.key) indexes.set(content.number, content.rows);
  },
  part(key, content) {
    if (key !== inside.key) return;
    bodies.set(content.number, content.bodies);
    for (const kept of bodies.keys()) {
      if (bodies.size <= KEPT_PARTS + 1) break;
      if (kept >= 0 && kept !== content.number) bodies.delete(kept);
    }
  },
};

async function loadIndexes(report) {
  for (; nextIndex < inside.indexes; nextIndex += 1) {
    await load(fileName("index", nextIndex));
    if (!indexes.has(nextIndex)) return false;
    addRows(indexes.get(nextIndex));
    indexes.delete(nextIndex);
    report();
  }
  return true;
}

// The texts of one comparison, or null where their file is missing.
async function body(at) {
  const part = partOf(at);
  if (!bodies.has(part)) await load(fileName("part", part));
  const found = bodies.get(part);
  return found ? found[part < 0 ? at : at - inside.inPage - part * inside.perPart] : null;
}

bodies.set(-1, inside.bodies);
addRows(inside.rows);
