// The POS terminal: four lines, the pad, the cards, the PIN pad. PIN digits stay here until Enter, and are then sent once.

import { both, h, say } from "/assets/dom.js";
import { on, post, state } from "/assets/feed.js";
import { pair } from "/assets/words.js";
import { tear } from "/assets/paper.js";
import { did } from "/assets/record.js";

const KEYS = [
  ["1"], ["2"], ["3"], ["cancel", "Escape"],
  ["4"], ["5"], ["6"], ["clear", "Backspace"],
  ["7"], ["8"], ["9"], ["menu", "m"],
  ["double_zero", "."], ["0"], ["print", "p"], ["enter", "Enter"],
];
const NAMES = { cancel: "cancel", clear: "clear", menu: "menu", print: "printKey", enter: "enter" };

let pin = "", chosen = 0, glass = null;

export const card = () => chosen;

export async function act(body) {
  did(body);
  return post("acts", body);
}

// A key goes down for the eye.
export function flash(key) {
  const showing = document.querySelector(`[data-key="${key}"]`);
  if (showing) {
    showing.classList.add("down");
    setTimeout(() => showing.classList.remove("down"), 130);
  }
}

export function press(key) {
  flash(key);
  if (state.screen?.pin) return onPad(key);
  return act(/^\d$/.test(key) ? { act: "digit", digit: Number(key) } : { act: key });
}

// While the pad waits for a PIN, its digits go nowhere else.
function onPad(key) {
  if (/^\d$/.test(key)) { if (pin.length < 12) pin += key; }
  else if (key === "clear") pin = pin.slice(0, -1);
  else if (key === "cancel") { pin = ""; return act({ act: "cancel" }); }
  else if (key === "enter") {
    const typed = pin || null;
    pin = "";
    draw();
    return act({ act: "pin", pin: typed });
  }
  draw();
  return Promise.resolve(true);
}

export function take(how, place = chosen) {
  return act({ act: "card", place, how });
}

function draw() {
  const shown = state.screen;
  const lines = [...(shown?.lines ?? [])];
  glass.lines.forEach((line, at) => say(line, lines[at] ?? { zh: "", en: "" }));
  glass.pad.hidden = !shown?.pin;
  glass.dots.textContent = "●".repeat(pin.length);
  const off = state.power && state.power.terminal === false;
  glass.box.classList.toggle("dark", Boolean(off));
  glass.off.hidden = !off;
  const first = lines[0]?.zh ?? "";
  glass.cashier.hidden = off || !/操作员|签到/.test(first) || /成功|正在/.test(first);
}

function lineIs(up) {
  say(glass.line, pair(up ? "lineUp" : "lineDown"));
  glass.line.className = up ? "line-state up" : "line-state";
}

export function till() {
  const lines = [0, 1, 2, 3].map(() => h("p", { class: "lcd-line" }));
  const pad = h("p", { class: "pin-pad", hidden: true }, h("span", { w: "pinPad" }), " ");
  const dots = h("span", { class: "pin-dots", "aria-hidden": "true" });
  pad.append(dots);
  const off = h("p", { class: "lcd-off", w: "off", hidden: true });
  const line = both("span", pair("lineDown"), { class: "line-state" });
  const cashier = h("button", { class: "btn main", id: "cashier", hidden: true, onclick: () => act({ act: "cashier" }) },
    h("span", { w: "cashierIn" }), h("small", { w: "cashierHint" }));
  const keypad = h("div", { class: "keypad", role: "group", wl: "keypad" }, KEYS.map(([key]) => h("button", {
    class: `key ${/^\d$/.test(key) || key === "double_zero" ? "digit" : key}`, "data-key": key, w: NAMES[key],
    onclick: () => { press(key); box.focus({ preventScroll: true }); },
  }, NAMES[key] ? [] : key === "double_zero" ? "00" : key)));
  const shop = h("p", { class: "shop", dir: "auto" });
  const number = h("span", {});
  const box = h("div", { class: "device", tabindex: "-1" },
    h("div", { class: "device-top" }, number, line),
    h("div", { class: "lcd", role: "status", wl: "screen" }, lines, pad, off), cashier, keypad);
  glass = { lines, pad, dots, off, box, line, cashier };
  const tray = h("div", { class: "tray", role: "radiogroup", wl: "tray" });
  const ways = h("div", { class: "ways" });
  const hint = h("p", { class: "pin-hint" });
  const root = h("section", { class: "till", wl: "till" }, shop, box,
    h("div", { class: "cards panel" }, h("h2", { w: "tray" }), tray, hint, ways), h("p", { class: "keys-hint", w: "keys" }));

  function choose(place) {
    chosen = place;
    const of = state.cards[place];
    [...tray.children].forEach((el, at) => { el.setAttribute("aria-checked", at === place); el.tabIndex = at === place ? 0 : -1; });
    hint.replaceChildren(h("span", { w: "pin" }), ` ${of.pin ?? "—"}`);
    const way = (how, name, can) => h("button", { class: "btn", "data-how": how, w: name, disabled: !can, onclick: () => { take(how); box.focus({ preventScroll: true }); } });
    ways.replaceChildren(way("swipe", "swipe", of.stripe), way("insert", "insert", of.chip), way("tap", "tap", of.chip), way("wrong-way", "wrongWay", true), way("key", "keyIn", true));
  }
  on("state", (all) => {
    shop.textContent = all.merchant.name;
    number.textContent = all.terminal;
    if (tray.children.length !== all.cards.length) {
      tray.replaceChildren(...all.cards.map((one, place) => h("button", { class: `plastic c${place % 4}`, role: "radio", onclick: () => choose(place) },
        h("span", { class: "plastic-name", dir: "auto" }, one.name), one.chip && h("span", { class: "chip-mark", "aria-hidden": "true" }), h("span", { class: "plastic-no" }, one.tail))));
      tray.addEventListener("keydown", (event) => {
        const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!by) return;
        event.preventDefault();
        choose((chosen + by + all.cards.length) % all.cards.length);
        tray.children[chosen].focus();
      });
      choose(chosen);
    }
    lineIs(all.line?.up ?? false);
    pin = "";
    draw();
  });
  on("screen", () => { pin = ""; draw(); });
  on("power", draw);
  on("line", (now) => lineIs(now.up));
  document.addEventListener("keydown", keyed);
  return root;
}

// The keyboard is the pad's while no other thing on the page has it.
function keyed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const at = document.activeElement;
  const free = !at || at === document.body || at.id === "main" || at.classList.contains("device") || at.closest(".keypad");
  if (at?.matches("input, textarea, select")) return;
  const key = /^\d$/.test(event.key) ? event.key : KEYS.find(([, name]) => name === event.key)?.[0];
  if (key && (free || /^\d$/.test(key))) {
    if (at?.closest(".keypad")) at.blur();
    event.preventDefault();
    return press(key);
  }
  const way = { s: "swipe", i: "insert", t: "tap", w: "wrong-way", k: "key" }[event.key];
  if (free && way) { event.preventDefault(); take(way); }
  if (free && event.key === "x") tear();
}
