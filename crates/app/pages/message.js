// The list of messages, and one message's fields.

import { both, h, sheet } from "/assets/dom.js";
import { get, on } from "/assets/feed.js";
import { ARROW } from "/assets/places.js";
import { FAULT_WORD, tone } from "/assets/journey.js";

const LISTED = 40;

function row(one) {
  return h("li", {}, h("button", { class: `wire-row ${tone(one.mti)}`, "data-no": one.no, "data-hop": one.hop, onclick: () => show(one.no) },
    h("span", { class: "hop" }, ARROW[one.hop]), h("span", { class: "mti" }, one.mti ?? "?"),
    both("span", one.name ?? { zh: "无法解读", en: "does not decode" }, { class: "wire-name" }),
    h("span", { class: "wire-sum" }, one.amount ?? ""),
    one.code ? h("span", { class: "code" }, one.code.code) : h("span", {}),
    one.fault || one.late ? h("span", { class: "hurt-mark", w: one.late ? "late" : FAULT_WORD[one.fault] }) : h("span", {})));
}

export function messages() {
  const list = h("ol", { class: "wire-list", tabindex: "0", wl: "wire" });
  const none = h("p", { class: "quiet", w: "wireNone" });
  on("state", (all) => {
    list.replaceChildren(...(all.crossings ?? []).slice(-LISTED).reverse().map(row));
    none.hidden = list.children.length > 0;
  });
  on("crossing", (one) => {
    none.hidden = true;
    list.prepend(row(one));
    while (list.children.length > LISTED) list.lastChild.remove();
  });
  return h("section", { class: "wire-panel panel", "aria-labelledby": "wire-head" }, h("div", { class: "head" }, h("h2", { id: "wire-head", w: "wire" })), none, list);
}

export async function show(no) {
  const one = await get(`/api/v1/theatre/messages/${no}`);
  if (!one) return;
  const { about, fields } = one;
  const named = (field, key) => both("span", { zh: field[`${key}_zh`] ?? "", en: field[key] ?? "" });
  const line = (number, field, sub) => h("tr", { class: sub ? "sub" : "" }, h("th", { scope: "row" }, number), h("td", {}, named(field, "name")),
    h("td", { class: "mono" }, field.value ?? ""), h("td", {}, named(field, "meaning")));
  const rows = Object.entries(fields.fields ?? {}).sort(([a], [b]) => Number(a) - Number(b)).flatMap(([number, field]) => [
    line(number, field, false), ...Object.entries(field.sub ?? {}).map(([label, part]) => line(label, part, true)),
  ]);
  const fault = fields.fault && both("p", fields.fault);
  sheet(h("h2", {}, `${ARROW[about.hop]}  ${about.mti ?? ""} `, both("span", about.name ?? { zh: "", en: "" })),
    about.code && both("p", { zh: `${about.code.code} ${about.code.words.zh}`, en: `${about.code.code} ${about.code.words.en}` }, { class: "about-code" }),
    h("p", { class: "soft", w: "fields" }), fault,
    h("div", { class: "scroll", tabindex: "0", role: "group", wl: "fields" }, h("table", { class: "fields" },
      h("thead", {}, h("tr", {}, ["no", "name", "value"].map((w) => h("th", { scope: "col", w })), h("th", { scope: "col" }, "·"))), h("tbody", {}, rows))));
}
