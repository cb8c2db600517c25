// The exchange at hand is the newest one, or an earlier one that a person has picked from the list. The page shows whichever it is in
// every place: the sentence, the records, the stations.

import { both, h, sheet, money } from "/assets/dom.js";
import { emit, get, on, state } from "/assets/feed.js";

const DOOR = "/api/v1/theatre/exchanges", AGAIN_MS = 400;
let due = null, back = null;

function show(found) {
  state.verdict = found;
  emit("verdict", found);
}

async function look() {
  due = null;
  const id = state.picked, found = id && await get(`${DOOR}/${id}`);
  if (found && state.picked === id) show(found);
}

function pick(id) {
  state.picked = id;
  back.hidden = false;
  return look();
}

// The newest one again.
export function unpick() {
  if (!state.picked) return;
  state.picked = null;
  if (back) back.hidden = true;
  show(state.newest ?? null);
}

async function list() {
  const rows = h("ol", { class: "pick-list" }), more = h("button", { class: "btn small", w: "older", hidden: true });
  const box = sheet(h("h2", { w: "pick" }), rows, more);
  let next = "";
  async function page() {
    const found = await get(`${DOOR}?limit=20&cursor=${encodeURIComponent(next)}`);
    for (const one of found?.items ?? []) {
      rows.append(h("li", {}, h("button", { class: "pick-row", "data-id": one.id, "aria-pressed": String(one.id === state.picked), onclick: () => { box.close(); pick(one.id); } },
        h("span", { class: "mono" }, one.voucher), both("span", one.kind), h("span", { class: "sum-fen" }, money(one.amount_fen)),
        h("span", { class: "mono" }, `··${one.card.slice(-4)}`), h("span", { class: "mono" }, one.at.slice(5, 19).replace("T", " ")), one.slip ? h("span", { class: "flag", w: "slip" }) : h("span", {}))));
    }
    next = found?.next ?? "";
    more.hidden = !next;
    if (!rows.children.length) rows.append(h("li", { class: "quiet", w: "none" }));
  }
  more.addEventListener("click", page);
  await page();
}

// Two buttons for the head of the verdict.
export function picker() {
  back = h("button", { class: "btn small", id: "newest", w: "newest", hidden: true, onclick: unpick });
  // What was picked is asked for again when something has moved.
  const again = () => { if (state.picked && !due) due = setTimeout(look, AGAIN_MS); };
  ["books", "newest", "power", "state"].forEach((kind) => on(kind, again));
  return [h("button", { class: "btn small", id: "pick", w: "pick", onclick: list }), back];
}
