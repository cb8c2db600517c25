// Orders: those that wait for a second person stand on top. What moves money is never sent twice by itself, and is said in full before
// somebody says yes.

import { both, h, money, sheet, toast } from "/assets/dom.js";
import { ask } from "/assets/desk-ask.js";
import { clock, put } from "/assets/ops-view.js";
import { pair } from "/assets/words.js";

const GROUNDS = ["risk-hit", "chargeback", "retrieval", "open-case", "fraud-claim", "registration", "order"];
const STEPS = ["open", "give-back", "re-presentment", "second-chargeback", "award-cardholder", "award-merchant", "slip-found", "charge-back", "cannot-prove", "adjusted"];

// What an order is about, in one line.
export function about(what) {
  const words = { case: [what.number, pair(what.finding ?? "")], repair: [what.number], hold: [what.merchant, pair(what.ground ?? ""), what.until], release: [what.merchant, `#${what.no}`], repay: [what.payout], dispute: [what.number, pair(`d_${what.step ?? what.answer ?? "open"}`), what.reason] }[what.kind] ?? [];
  return h("span", {}, both("strong", pair(`kind_${what.kind}`)), " ", words.filter(Boolean).map((word) => typeof word === "string" ? h("span", { class: "mono" }, `${word} `) : both("span", word, { class: "gap" })));
}

export const sum = (moves) => h("span", { class: "mono" }, moves.at_most && moves.amount_fen ? both("span", pair("atMost"), { class: "soft gap" }) : null, moves.amount_fen ? money(moves.amount_fen) : "—");

export const standing = (order) => both("span", pair(`st_${order.standing}`), { class: `chip ${{ done: "good", waiting: "warn", under_way: "warn", not_taken: "bad" }[order.standing] ?? ""}` });

function facts(order) {
  const row = (word, ...value) => h("div", {}, h("dt", { w: word }), h("dd", {}, value));
  return h("dl", { class: "order-facts" }, row("moves", sum(order.moves), " ", both("span", order.moves)), row("becauseCol", h("bdi", {}, order.because)), row("byCol", `${order.by}, ${clock(order.at)}`), row("expires", clock(order.expires)),
    order.said && row("standingCol", standing(order), ` ${order.said.by}, ${clock(order.said.at)} `, h("bdi", {}, order.said.because)),
    order.outcome && row("result", both("span", order.outcome), ` ${clock(order.outcome.at)}`));
}

// One order, to be looked at and answered.
export function review(order, done) {
  const wrong = h("div", { id: "order-wrong" });
  const because = h("input", { name: "because", maxlength: "200", autocomplete: "off" });
  const say = async (act, body, button) => {
    button.disabled = true;
    const told = await ask("POST", `/api/v1/ops/orders/${order.no}/${act}`, body, wrong, false);
    button.disabled = false;
    if (!told) return;
    box.close();
    toast(told.outcome ?? pair(`st_${told.standing}`));
    done();
  };
  const refuse = h("form", { class: "fields" }, h("label", {}, h("span", { w: "why" }), because), h("button", { class: "btn", id: "refuse", w: order.standing === "under_way" ? "withdraw" : order.mine ? "takeBack" : "refuseOrder" }));
  because.required = true;
  refuse.addEventListener("submit", (event) => { event.preventDefault(); say("refuse", { because: because.value }, refuse.querySelector("button")); });
  const box = sheet(h("h2", {}, `#${order.no}`), h("p", { class: "order-about" }, about(order.what)), facts(order), wrong,
    order.may_approve && h("p", {}, h("button", { class: "btn main", id: "approve", w: "approve", onclick: (event) => say("approve", {}, event.target) })),
    order.mine && order.standing === "waiting" && h("p", { class: "soft", w: "mine" }), order.may_refuse && refuse);
  return box;
}

export function waiting(place, orders, me, done) {
  put(place, orders, () => orders.length === 0 ? [h("p", { class: "soft", w: "noOrders" })] : [h("ul", { class: "orders" }, orders.map((order) => h("li", { class: "order", "data-order": String(order.no) },
    h("span", { class: "mono soft" }, `#${order.no}`), about(order.what), sum(order.moves), h("span", { class: "soft" }, `${order.by} · `, both("span", pair("expires")), ` ${clock(order.expires)}`),
    h("button", { class: order.may_approve ? "btn main small" : "btn small", "data-f": `order-${order.no}`, w: "review", onclick: () => review(order, done) }))))]);
}

// A form that becomes an order.
function form(kind, fields, what, done) {
  const wrong = h("div", {});
  const because = h("input", { name: "because", required: true, maxlength: "200", autocomplete: "off" });
  const made = h("form", { class: "fields", id: "order-form" }, fields, h("label", {}, h("span", { w: "why" }), because), wrong, h("button", { class: "btn main", w: "proposeIt" }));
  const box = sheet(h("h2", { w: `kind_${kind}` }), made);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = made.querySelector("button");
    button.disabled = true;
    const told = await ask("POST", "/api/v1/ops/orders", { what: { kind, ...what(made.elements) }, because: because.value }, wrong, false);
    button.disabled = false;
    if (!told) return;
    box.close();
    toast(pair("proposedNow"));
    done();
  });
  made.querySelector("input, select")?.focus();
}

const field = (name, word, attrs = {}) => h("label", {}, h("span", { w: word }), h("input", { name, autocomplete: "off", spellcheck: "false", ...attrs }));
const choice = (name, word, all, prefix = "") => h("label", {}, h("span", { w: word }), h("select", { name }, all.map((one) => h("option", { value: one, w: `${prefix}${one}` }))));
// Yuan as typed, in fen and without a float.
export function fen(text) {
  const found = /^(\d{1,10})(?:\.(\d{1,2}))?$/.exec(text.trim());
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}
const fixed = (text) => h("p", { class: "mono" }, text);

// What each finding of a case would move, in the house's own figure.
export const moves = (row, word) => row.moves?.find((one) => one.finding === word) ?? pair("notNow");
function finding(row) {
  const told = h("p", { class: "soft", id: "case-moves", role: "status" });
  const made = choice("finding", "finding", row.allowed), pick = made.querySelector("select");
  const say = () => told.replaceChildren(both("span", moves(row, pick.value)));
  pick.addEventListener("change", say);
  say();
  return h("div", {}, made, told);
}

export const proposals = {
  case: (row, done) => form("case", [fixed(row.number), finding(row)], (of) => ({ number: row.number, finding: of.finding.value }), done),
  repair: (row, done) => form("repair", [fixed(row.number)], () => ({ number: row.number }), done),
  release: (row, done) => form("release", [fixed(`${row.merchant} #${row.no}`)], () => ({ merchant: row.merchant, no: row.no }), done),
  repay: (row, done) => form("repay", [fixed(row.payout)], () => ({ payout: row.payout }), done),
  hold: (row, done) => form("hold", [field("merchant", "merchantField", { required: true, maxlength: "15", value: row.merchant ?? "" }), field("amount", "amountYuan", { required: true, inputmode: "decimal" }), choice("ground", "ground", GROUNDS), field("about", "about", { maxlength: "12" }), field("doubt", "doubt", { inputmode: "decimal" }), field("until", "until", { type: "date", required: true })],
    (of) => ({ merchant: of.merchant.value.trim(), ground: of.ground.value, amount_fen: fen(of.amount.value), until: of.until.value, ...(of.about.value.trim() ? { about: of.about.value.trim() } : {}), ...(of.doubt.value.trim() ? { doubt_fen: fen(of.doubt.value) } : {}) }), done),
  dispute: (row, done) => form("dispute", [field("number", "disputeNumber", { required: true, maxlength: "32", value: row.number ?? "" }), choice("step", "step", row.number ? STEPS.slice(1) : STEPS, "d_"), field("reason", "reason", { maxlength: "4" })],
    (of) => {
      const step = of.step.value, answers = ["give-back", "slip-found", "charge-back", "cannot-prove", "adjusted"];
      const act = step === "open" ? { act: "open" } : answers.includes(step) ? { act: "answer", answer: step } : { act: "advance", step };
      return { number: of.number.value.trim(), ...act, ...(of.reason.value.trim() ? { reason: of.reason.value.trim() } : {}) };
    }, done),
};
