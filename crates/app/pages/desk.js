// The support desk: sign in, find one payment, see where its money is and what to do now.

import { both, h, moment, toast, translate } from "/assets/dom.js";
import { ask, remembered, signed, signInForm, signOut } from "/assets/desk-ask.js";
import { exchange, short } from "/assets/desk-exchange.js";
import { pair } from "/assets/words.js";
import "/assets/desk-words.js";

const WAYS = {
  byRrn: [["rrn", "rrnField", { maxlength: "12", autocapitalize: "characters" }]],
  byCard: [["merchant", "merchantField", { maxlength: "15" }], ["terminal", "terminalField", { maxlength: "8" }], ["card", "cardField", { maxlength: "19" }]],
  byAmount: [["amount", "amountField", { inputmode: "decimal", maxlength: "12" }], ["date", "dateField", { type: "date" }], ["last4", "last4Field", { inputmode: "numeric", maxlength: "4" }]],
};

const input = ([name, word, attrs]) => h("label", {}, h("span", { w: word }),
  h("input", { name, required: true, autocomplete: "off", spellcheck: "false", ...attrs }));

function values(form) {
  const all = {};
  for (const [name, value] of new FormData(form)) all[name] = String(value).trim();
  if (all.card?.includes("*")) { all.tail = all.card; delete all.card; }
  return all;
}

export async function open(main) {
  document.querySelector(".tag").dataset.w = "deskTag";
  document.querySelector(".foot p").dataset.w = "deskFoot";
  translate();
  const page = h("div", { class: "desk", id: "desk" });
  main.append(page);
  const draw = () => { page.replaceChildren(...(signed() ? inside(draw) : outside(draw))); window.dispatchEvent(new Event("hashchange")); };
  await remembered();
  draw();
}

// Nobody has signed in: the form, and for callers one sentence.
function outside(draw, heading = "caller") {
  const answer = h("div", { role: "status", id: "sentence-answer" });
  const fields = [["merchant", "merchantField", { maxlength: "15" }], ["terminal", "terminalField", { maxlength: "8" }],
    ["card", "wholeCard", { maxlength: "19", inputmode: "numeric" }], ["amount", "amountMaybe", { maxlength: "12", inputmode: "decimal", required: false }]];
  const form = h("form", { class: "fields", id: "caller" }, fields.map(input), h("button", { class: "btn", w: "find" }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = values(form);
    form.elements.card.value = "";
    const told = await ask("POST", "/api/v1/inquiry", body, answer, true);
    if (told) answer.replaceChildren(both("p", told.sentence, { class: "sentence" }));
  });
  return [
    h("section", { class: "panel card-box" }, h("h1", { w: "signInTitle" }), signInForm(draw)),
    h("section", { class: "panel card-box" }, h("h2", { w: heading }), h("p", { class: "soft", w: "callerWhat" }), form, answer),
  ];
}

function inside(draw) {
  const me = signed();
  const bar = h("div", { class: "me" }, h("span", { class: "soft", w: "as" }), h("strong", { id: "me" }, me.name), both("span", me.role, { class: "chip" }),
    me.merchant && h("span", { class: "mono soft" }, me.merchant), ["operations", "auditor"].includes(me.role.word) && h("a", { class: "nav", href: "/ops", w: "opsLink" }),
    h("button", { class: "btn small", id: "sign-out", w: "signOut", onclick: async () => { await signOut(); history.replaceState(null, "", "/desk"); draw(); } }));
  // Who is told one sentence only asks as a caller does.
  if (me.role.word === "agent") return [bar, ...outside(draw, "callerAgent").slice(1)];
  const result = h("div", { id: "result", tabindex: "-1" });
  const show = (told, others = []) => {
    result.replaceChildren(...exchange(told, me, load), ...(others.length ? [h("section", { class: "panel" }, h("h2", { w: "others" }), h("ul", { class: "plain-list" }, others.map((one) => h("li", {}, short(one)))))] : []));
    result.focus({ preventScroll: false });
  };
  const load = async (id, said) => {
    const told = await ask("GET", `/api/v1/desk/exchanges/${encodeURIComponent(id)}`, undefined, result);
    if (!told) return;
    show(told);
    if (said) toast(pair(said));
  };
  const listed = h("div", {}, both("p", pair("noProposals"), { class: "soft" }));
  const proposals = async () => {
    const told = await ask("GET", "/api/v1/desk/proposals", undefined, listed);
    if (told?.items.length) listed.replaceChildren(h("ul", { class: "plain-list", id: "proposals" }, told.items.map((one) => h("li", {},
      h("a", { href: `#x=${one.till.replaceAll("/", "-")}` }, one.rrn ?? one.till), ` ${one.amount ? `¥ ${one.amount}` : ""} · `, h("bdi", {}, one.because), h("span", { class: "soft" }, ` — ${one.who}, ${moment(one.at)}`)))));
  };
  const form = h("form", { class: "fields", id: "find-form" });
  const tabs = h("div", { class: "tabs", role: "group", wl: "searchLabel" }, Object.keys(WAYS).map((way) =>
    h("button", { class: "btn", type: "button", id: way, w: way, "aria-pressed": "false", onclick: () => pick(way) })));
  const pick = (way) => {
    for (const tab of tabs.children) tab.setAttribute("aria-pressed", String(tab.id === way));
    form.replaceChildren(...WAYS[way].map(input), h("button", { class: "btn main", w: "find" }));
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = values(form);
    // A card number is in the question and nowhere else.
    if (form.elements.card) form.elements.card.value = "";
    result.replaceChildren(h("p", { class: "soft", role: "status", w: "finding" }));
    const told = await ask("POST", "/api/v1/desk/find", body, result, true);
    if (!told) return;
    if (told.found.id) history.replaceState(null, "", `/desk#x=${told.found.id}`);
    show(told.found, told.others);
  });
  window.onhashchange = () => {
    const id = /^#x=([\w-]+)$/.exec(location.hash)?.[1];
    if (id && signed()) load(id);
  };
  pick("byRrn");
  proposals();
  return [bar, h("section", { class: "panel card-box", wl: "searchLabel" }, h("h1", { w: "search" }), tabs, form), result,
    h("section", { class: "panel" }, h("h2", { w: "proposals" }), listed)];
}
