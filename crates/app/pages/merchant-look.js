// Asking the portal's doors: for which shop, a page of a list at a time, and what a page says while nobody answers.

import { both, h, money, toast, yuan } from "/assets/dom.js";
import { ask, signed } from "/assets/desk-ask.js";
import { pair } from "/assets/words.js";

let named = "";
let stopped = 0;

// A door of the portal, for whoever has no shop of their own with the one they look at.
export function door(path) {
  const query = named && !signed()?.merchant ? `${path.includes("?") ? "&" : "?"}merchant=${encodeURIComponent(named)}` : "";
  return `/api/v1/merchant/${path}${query}`;
}

// A look; when nobody answers the page says so, and goes on by itself once somebody does. It asks the network's health only, so a page
// that was left does not keep its session alive.
export async function look(path, place) {
  const told = await ask("GET", door(path), undefined, place);
  if (told === null && !await fetch("/healthz", { cache: "no-store" }).then((said) => said.ok, () => false)) waits();
  return told;
}

function waits() {
  const note = document.getElementById("stopped");
  if (!note || stopped) return;
  note.hidden = false;
  stopped = setInterval(async () => {
    if (!await fetch("/healthz", { cache: "no-store" }).then((said) => said.ok, () => false)) return;
    clearInterval(stopped);
    stopped = 0;
    note.hidden = true;
    toast(pair("recovered"));
    window.dispatchEvent(new Event("hashchange"));
  }, 2_000);
}

// Rows of a list a page at a time.
export function pages(place, path, empty, row, wrap = (rows) => h("ul", { class: "rows" }, rows)) {
  const rows = [];
  const more = async (next) => {
    const told = await look(`${path}${next ? `${path.includes("?") ? "&" : "?"}cursor=${next}` : ""}`, next ? place.appendChild(h("div", {})) : place);
    if (!told) return;
    rows.push(...told.items.map(row));
    place.replaceChildren(...(rows.length ? [wrap(rows)] : [both("p", pair(empty), { class: "soft empty" })]),
      ...(told.next ? [h("button", { class: "btn more", w: "more", onclick: (event) => { event.target.disabled = true; more(told.next); } })] : []));
  };
  place.replaceChildren(h("p", { class: "soft", role: "status", w: "loading" }));
  return more(null);
}

export const clock = (at) => (at ? at.slice(5, 16).replace("T", " ") : "—");
export const panel = (word, id, ...kids) => h("section", { class: "panel", "aria-labelledby": id }, h("h2", { id, w: word }), ...kids);
export const range = (from, to) => (from === to ? yuan(from) : `${yuan(from)} – ${yuan(to)}`);
export const sums = (from, to) => (from === to ? money(from) : `${money(from)} – ${yuan(to)}`);
export const fact = (word, ...value) => h("div", {}, h("dt", { w: word }), h("dd", {}, ...value));

// The shop that somebody without one of their own looks at.
export const shopNamed = () => named;

export function nameShop(merchant) {
  named = merchant;
}

export const stoppedNote = () => h("p", { class: "refused", id: "stopped", role: "alert", hidden: !stopped, w: "stoppedNote" });

export function payout(one) {
  return h("li", { class: "line" }, h("strong", { class: "mono fen" }, money(one.fen)), h("span", {}, both("span", one.state), " · ", h("span", { w: "payDay" }), ` ${one.pay_day}`), h("span", { class: "soft" }, h("span", { w: "toAccount" }), ` ${one.account}`),
    h("a", { href: `#day=${one.day}` }, one.day), one.returned && h("span", { class: "chip warn" }, h("span", { w: "cameBack" }), " ", both("span", one.returned)), one.paid_again && h("span", { class: "chip good", w: "paidAgainOn" }));
}
