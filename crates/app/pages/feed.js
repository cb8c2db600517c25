// What the network tells, in order. A crossing is given time to be seen, and what came after it waits behind it, so that the picture
// tells the story as it went. Live: nothing waits.

import { still, toast } from "/assets/dom.js";
import { pair } from "/assets/words.js";

const KINDS = ["crossing", "screen", "line", "notice", "paper", "verdict", "books", "power", "printer", "faults", "stage"];
export const state = { slow: true };
const hears = new Map();
let queue = [], turning = false, held = null;
const resting = [];

export function on(kind, hear) {
  if (!hears.has(kind)) hears.set(kind, []);
  hears.get(kind).push(hear);
}

export function emit(kind, body) {
  for (const hear of hears.get(kind) ?? []) hear(body);
}

function take(kind, body) {
  // What the picture shows late is known at once to whoever waits for it.
  emit("now", { kind, body });
  queue.push({ kind, body });
  if (!turning) turn();
}

function turn() {
  turning = true;
  while (queue.length) {
    const { kind: told, body } = queue.shift();
    if (told === "verdict") state.newest = body;
    // Whoever looks at an earlier exchange goes on looking at it.
    const kind = told === "verdict" && state.picked ? "newest" : told;
    if (!["crossing", "notice", "paper"].includes(kind)) state[kind] = body;
    emit(kind, body);
    if (kind === "crossing" && !body.late) {
      const wait = pause();
      if (wait) { setTimeout(turn, wait); return; }
    }
  }
  turning = false;
  for (const done of resting.splice(0)) done();
}

// When the picture has caught up with what happened.
export const settled = () => new Promise((done) => { if (turning) resting.push(done); else done(); });

export function pause() {
  if (!state.slow || still()) return 0;
  const waiting = queue.filter((one) => one.kind === "crossing").length;
  return waiting > 24 ? 20 : waiting > 10 ? 130 : 430;
}

export function connect() {
  const source = new EventSource("/api/v1/theatre/events");
  const again = () => { source.close(); setTimeout(connect, 700); };
  source.addEventListener("open", async () => {
    held = [];
    const all = await get("/api/v1/theatre");
    if (!all) return again();
    queue = [];
    state.newest = all.verdict;
    if (state.picked) all.verdict = state.verdict;
    Object.assign(state, all);
    document.body.classList.remove("lost");
    emit("state", all);
    const missed = held;
    held = null;
    for (const one of missed) if (one.no > all.no) take(one.kind, one.body);
  });
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      const one = { no: Number(event.lastEventId), kind, body: JSON.parse(event.data) };
      if (held) held.push(one); else take(kind, one.body);
    });
  }
  source.addEventListener("reload", again);
  source.addEventListener("error", () => {
    document.body.classList.add("lost");
    emit("lost");
    if (source.readyState === EventSource.CLOSED) again();
  });
}

export async function get(path) {
  try {
    const answer = await fetch(path);
    return answer.ok ? await answer.json() : null;
  } catch { return null; }
}

// `true`: it was taken; or what was answered. What is refused is said.
export async function post(door, body, whole = false) {
  try {
    const answer = await fetch(`/api/v1/theatre/${door}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (answer.ok) return whole ? await answer.json() : true;
    const said = await answer.json().catch(() => ({}));
    toast(said.title ? { zh: said.title_zh, en: said.title } : pair("stopped"));
  } catch { toast(pair("lost")); }
  return false;
}
