// Ask for the page again and put its changed parts in place. The server has escaped everything that runs say; here
// text only moves from one document to another, and a parsed document runs no script.
const HIDDEN_SECONDS = 30;
const one = (selector) => document.querySelector(selector);
const pause = one("#pause");
let timer = 0;
let paused = false;
let announced = "";

const seconds = () => Number(one("[data-seconds]")?.dataset.seconds) || 5;
const say = (text) => { if (one("#updated").textContent !== text) one("#updated").textContent = text; };

function announce(text) {
  if (text && text !== announced) one("#announcer").textContent = text;
  announced = text;
}

function isRead(part) {
  const selection = getSelection();
  return selection && !selection.isCollapsed && part.contains(selection.anchorNode);
}

function put(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (!next || next.outerHTML === part.outerHTML || isRead(part)) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const address = focused?.getAttribute("href");
    const places = [...part.querySelectorAll(".scroll[id]")].map((each) => [each.id, each.scrollLeft]);
    part.replaceWith(document.importNode(next, true));
    for (const [id, left] of places) {
      const scroll = document.getElementById(id);
      if (scroll) scroll.scrollLeft = left;
    }
    if (focused) {
      const again = focused.id ? document.getElementById(focused.id)
        : [...document.querySelectorAll(`#${part.id} a`)].find((each) => each.getAttribute("href") === address);
      again?.focus({ preventScroll: true });
    }
  }
  document.title = fresh.title;
}

async function update() {
  clearTimeout(timer);
  try {
    const answer = await fetch(location.pathname, { cache: "no-store", redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    put(new DOMParser().parseFromString(await answer.text(), "text/html"));
    announce(one("[data-announce]")?.dataset.announce ?? "");
    document.body.classList.remove("stale");
    say(`Updated at ${new Date().toLocaleTimeString()}`);
  } catch {
    document.body.classList.add("stale");
    say("No answer: judge view was stopped, or started again at another address. Trying again.");
    announce("Updates have stopped.");
  }
  plan();
}

function plan() {
  clearTimeout(timer);
  if (!paused) timer = setTimeout(update, 1000 * (document.hidden ? HIDDEN_SECONDS : seconds()));
}

pause.hidden = false;
pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  pause.textContent = paused ? "Updates are paused: go on" : "Pause updates";
  if (paused) clearTimeout(timer);
  else update();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden && !paused) update(); });
announced = one("[data-announce]")?.dataset.announce ?? "";
plan();
