// Making elements. Text goes in as text, never as markup: a merchant may be called anything.

import { lang, pair, word } from "/assets/words.js";

export function h(tag, attrs = {}, ...kids) {
  return fill(document.createElement(tag), attrs, kids);
}

export function s(tag, attrs = {}, ...kids) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attrs, kids);
}

function fill(el, attrs, kids) {
  for (const [name, value] of Object.entries(attrs)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (name === "w") { el.dataset.w = value; el.textContent = word(value); }
    else if (name === "wl") { el.dataset.wl = value; el.setAttribute("aria-label", word(value)); }
    else if (name === "wp") { el.dataset.wp = value; el.placeholder = word(value); }
    else if (name === "wt") { el.dataset.wt = value; el.title = word(value); }
    else el.setAttribute(name, value === true ? "" : value);
  }
  el.append(...kids.flat(Infinity).filter((kid) => kid !== null && kid !== undefined && kid !== false));
  return el;
}

// A text in both languages that stays true when the language is switched.
export function say(el, text) {
  const zh = text?.zh ?? "", en = text?.en ?? "";
  if (el.dataset.zh === zh && el.dataset.en === en) return el;
  el.dataset.zh = zh;
  el.dataset.en = en;
  el.textContent = lang() === "zh" ? zh : en;
  return el;
}

export function both(tag, text, attrs = {}) {
  return say(h(tag, attrs), text);
}

// Everything on the page in the language of now.
export function translate() {
  for (const el of document.querySelectorAll("[data-w]")) el.textContent = word(el.dataset.w);
  for (const el of document.querySelectorAll("[data-wl]")) el.setAttribute("aria-label", word(el.dataset.wl));
  for (const el of document.querySelectorAll("[data-wp]")) el.placeholder = word(el.dataset.wp);
  for (const el of document.querySelectorAll("[data-wt]")) el.title = word(el.dataset.wt);
  for (const el of document.querySelectorAll("[data-zh]")) el.textContent = lang() === "zh" ? el.dataset.zh : el.dataset.en;
}

export function yuan(fen) {
  const sum = Math.abs(fen);
  const whole = Math.trunc(sum / 100).toLocaleString("en-US");
  return `${fen < 0 ? "−" : ""}${whole}.${String(sum % 100).padStart(2, "0")}`;
}

// A moment as people read it: 2026-11-27 19:04:05.
export const moment = (at) => at?.slice(0, 19).replace("T", " ");

// A sum of money as a person reads it, the same in both languages. In a column whose head names the unit, and in a field that somebody
// types into, the figure stands alone; sentences say 88.00 元 and CNY 88.00.
export const money = (fen) => `${fen < 0 ? "−" : ""}¥ ${yuan(Math.abs(fen))}`;

// A code of the network with its name: people read the name, engineers find the code beside it.
export function coded(prefix, code) {
  if (!code) return "—";
  const found = pair(`${prefix}${code}`);
  return found.zh === `${prefix}${code}` ? h("span", { class: "mono" }, code) : h("span", {}, both("span", found), " ", h("span", { class: "mono soft" }, code));
}

// A count with its word, in English one or more.
export const counted = (n, one, more, zh) => ({ zh: `${n} ${zh}`, en: `${n} ${n === 1 ? one : more}` });

export function toast(text) {
  const el = both("p", text, { class: "toast" });
  document.getElementById("toasts").append(el);
  setTimeout(() => el.remove(), 4200);
}

export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;

// A dialog with a head; closes by its button, by Escape and by a click beside it.
export function sheet(title, ...kids) {
  const box = h("dialog", {}, h("div", { class: "sheet-head" }, title, h("button", { class: "btn small", w: "close", onclick: () => box.close() })),
    h("div", { class: "sheet" }, kids));
  const head = box.querySelector("h2");
  if (head) { head.id = `t${Math.random().toString(36).slice(2)}`; box.setAttribute("aria-labelledby", head.id); }
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}
