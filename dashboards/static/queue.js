// The live queue. The server's stream only says that something changed; the page then fetches its rows.
// Rows never move under the pointer or the focus: while someone is at work in the list, what is new waits.

const QUIET_FOR = 8000; // milliseconds without a key or the pointer moving: then nobody is about to press something
const LOOK_EVERY = 3000; // without a line; a red reading stands on an open queue within 5 seconds all the same
const STALE_AFTER = 75000; // two missed refreshes and a half

const status = document.getElementById("queue-status");
const show = document.getElementById("queue-show");
const stream = document.getElementById("queue-stream");
const refresh = document.getElementById("queue-refresh");

let active = 0; // when a key or the pointer was last used
let fetched = Date.now();
let connected = false;
let acted = null; // the alert whose form was sent, for the focus afterwards
let waiting = false; // rows have been held back

const live = () => document.getElementById("queue-live");
const list = () => document.getElementById("queue-list");
const alertsOf = (root) => new Set((root?.dataset.alerts ?? "").split(" ").filter(Boolean));

let known = alertsOf(live());

function say(text, { offer = false, warn = false } = {}) {
  if (status.textContent !== text) status.textContent = text;
  status.parentElement.classList.toggle("app-live--on", text !== "");
  status.parentElement.classList.toggle("app-live--warn", warn);
  show.hidden = !offer;
}

function atWork() {
  const rows = list();
  if (!rows) return false;
  if (rows.querySelector("details[open]")) return true; // a form is being filled in
  const there = rows.matches(":hover") || rows.contains(document.activeElement);
  return there && Date.now() - active < QUIET_FOR;
}

function plural(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function letIn() {
  waiting = false;
  list()?.removeAttribute("hx-morph-skip");
  refresh.dispatchEvent(new Event("refresh"));
}

// Before the answer is put in: is it the queue at all, and may the rows move?
document.addEventListener("htmx:before:swap", (event) => {
  const ctx = event.detail.ctx;
  if (ctx.sourceElement === stream) return;
  const answer = new DOMParser().parseFromString(ctx.text, "text/html").getElementById("queue-live");
  if (!answer) {
    // Signed out, or an error page: never shown as an empty queue.
    event.preventDefault();
    say("You are signed out or the queue could not be read. Reload this page.", { warn: true });
    return;
  }
  fetched = Date.now();
  const coming = alertsOf(answer);
  const fresh = [...coming].filter((id) => !known.has(id)).length;
  const hold = ctx.sourceElement === refresh && atWork();
  list()?.toggleAttribute("hx-morph-skip", hold);
  if (hold) {
    const gone = [...known].filter((id) => !coming.has(id)).length;
    waiting = waiting || fresh > 0 || gone > 0;
    if (fresh) say(`${plural(fresh, "new alert")} not shown yet.`, { offer: true });
    else if (waiting) say("The list has changed.", { offer: true });
    return;
  }
  known = coming;
  waiting = false;
  if (fresh && ctx.sourceElement === refresh) say(`${plural(fresh, "new alert")}.`);
  // While the line is down that goes on being said, once, however often the rows are fetched meanwhile.
  else if (connected && (status.parentElement.classList.contains("app-live--warn") || !show.hidden)) say("");
});

// The button that was pressed may be gone: the focus goes to its alert, not to the top of the page.
document.addEventListener("htmx:after:swap", () => {
  if (!acted || document.activeElement !== document.body) return;
  (document.getElementById(acted) ?? list())?.focus({ preventScroll: true });
  acted = null;
});

document.addEventListener("submit", (event) => {
  acted = event.target.closest(".app-alert")?.id ?? null;
});

for (const use of ["pointermove", "pointerdown", "keydown"]) {
  document.addEventListener(use, () => { active = Date.now(); }, { passive: true });
}
show.addEventListener("click", () => { document.activeElement?.blur(); closeForms(); letIn(); });

function closeForms() {
  for (const open of list()?.querySelectorAll("details[open]") ?? []) open.open = false;
}

document.addEventListener("htmx:sse:after:connection", () => {
  connected = true;
  if (status.parentElement.classList.contains("app-live--warn")) say("");
});
for (const lost of ["htmx:sse:error", "htmx:sse:close"]) {
  document.addEventListener(lost, () => { connected = false; });
}

setInterval(() => {
  const old = Date.now() - fetched > STALE_AFTER;
  if (old) {
    const asAt = document.getElementById("queue-as-at")?.textContent.trim();
    say(`This page is out of date: it shows the queue as at ${asAt}. The service cannot be reached.`, { warn: true });
  } else if (!connected && show.hidden) {
    say("The live line is down. This page looks for changes every 3 seconds.", { warn: true });
  }
  if (!connected) {
    stream.dispatchEvent(new Event("reconnect"));
    refresh.dispatchEvent(new Event("refresh"));
  }
  if (waiting && !atWork()) letIn();
}, LOOK_EVERY);
