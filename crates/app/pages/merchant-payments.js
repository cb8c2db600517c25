// Payments: found and narrowed; one of them with its sentence, fee, slip and refunds; and the refunds that the shop has ordered.

import { both, h, money, toast, yuan } from "/assets/dom.js";
import { ask } from "/assets/desk-ask.js";
import { exchange } from "/assets/desk-exchange.js";
import { clock, door, fact, look, pages, panel, sums } from "/assets/merchant-look.js";
import { pair } from "/assets/words.js";

const TONE = { took_place: "good", returned: "back", will_return: "warn", open: "warn", unconfirmed: "warn", case: "warn", declined: "flat", approved: "good", waits: "warn", done: "good", withdrawn: "flat", over: "flat" };

// Whole fen of what somebody has typed in yuan; null: it is no amount. No part of it is ever a broken number.
export function fen(text) {
  const parts = /^(\d{1,9})(?:[.](\d{1,2}))?$/.exec(text.trim());
  return parts ? Number(parts[1]) * 100 + Number((parts[2] ?? "").padEnd(2, "0")) : null;
}

const chip = (state) => both("span", state, { class: `chip ${TONE[state.word] ?? "flat"}`, "data-state": state.word });

function row(one) {
  return h("li", { class: "line pay" }, h("a", { href: `#x=${one.id}` }, both("span", one.kind), h("span", { class: "mono" }, ` ${one.rrn}`)), h("strong", { class: "mono fen" }, money(one.signed_fen || (one.amount_fen ?? 0))),
    h("span", { class: "soft mono" }, clock(one.at)), h("span", { class: "soft mono" }, one.card), h("span", { class: "soft mono" }, one.terminal), chip(one.state));
}

export function list(view) {
  const place = h("div", { id: "payments" }), wrong = h("div", {});
  const field = (word, attrs) => h("label", {}, h("span", { w: word }), h("input", { autocomplete: "off", ...attrs }));
  const form = h("form", { class: "fields", id: "filter" }, field("dayField", { name: "day", type: "date" }), field("terminalPick", { name: "terminal", maxlength: "8" }),
    field("amountYuan", { name: "amount", inputmode: "decimal", maxlength: "12" }), field("lastFour", { name: "last4", inputmode: "numeric", maxlength: "4" }), wrong,
    h("button", { class: "btn main", w: "show" }), h("button", { class: "btn", type: "reset", w: "clearFilter" }));
  const show = () => {
    const { day, terminal, amount, last4 } = Object.fromEntries(new FormData(form));
    const sum = amount.trim() === "" ? "" : fen(amount);
    wrong.replaceChildren(...(sum === null ? [both("p", pair("badAmount"), { class: "refused", role: "alert" })] : []));
    if (sum === null) return;
    const query = new URLSearchParams(Object.entries({ day, terminal: terminal.trim(), amount_fen: String(sum), last4: last4.trim() }).filter(([, value]) => value !== ""));
    pages(place, `payments${query.size ? `?${query}` : ""}`, "noPayments", row);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
  form.addEventListener("reset", () => setTimeout(show));
  view.append(panel("paymentsTitle", "list", h("details", { class: "filter" }, h("summary", { w: "filter" }), form), place));
  show();
}

export async function one(view, id, shop, me) {
  view.replaceChildren(h("p", { class: "soft", role: "status", w: "finding" }));
  const load = async (known, said) => {
    const told = await look(`payments/${encodeURIComponent(known)}`, view);
    if (!told) return;
    // What is proposed at the desk is ordered here.
    told.deeds = (told.deeds ?? []).filter((deed) => deed.deed !== "propose_refund");
    const result = h("div", { id: "result" }, exchange(told, me, load));
    view.replaceChildren(h("p", {}, h("a", { href: "#payments", w: "back" })), result, ...(told.short ? [fees(told, shop), refund(told, shop, () => load(known))] : []).filter(Boolean));
    view.focus({ preventScroll: true });
    if (said) toast(pair(said));
  };
  await load(id);
}

function fees(told, shop) {
  if (!shop.may.see_settlement) return null;
  const line = (fee) => h("li", { class: "line" }, h("strong", { class: "mono fen" }, sums(fee.fee_from_fen, fee.fee_to_fen)), fee.settled ? h("span", {}, h("span", { w: "settledOn" }), " ", h("a", { href: `#day=${fee.settled}` }, fee.settled)) : fee.or_explained && h("span", { class: "soft", w: "notSettledFee" }),
    both("span", fee.explained, { class: "mono" }), fee.or_explained && h("span", {}, h("span", { class: "soft", w: "orWord" }), " ", both("span", fee.or_explained, { class: "mono" })));
  return panel("feeTitle", "fee", told.fee?.length ? h("ul", { class: "rows", id: "fees" }, told.fee.map(line)) : h("p", { class: "soft", w: "noFee" }));
}

// What takes money, and may be given back: of a refund or a void there is nothing to refund.
const TAKES = ["sale", "completion", "completion_advice", "offline_sale", "moto"];

function refund(told, shop, again) {
  if (!TAKES.includes(told.short.kind.word)) return null;
  const { refund } = told;
  const said = h("div", {}), amount = h("input", { name: "amount", required: true, inputmode: "decimal", maxlength: "12", autocomplete: "off", value: yuan(refund.rest_fen).replaceAll(",", "") });
  const because = h("textarea", { name: "because", required: true, maxlength: "200", rows: "2" });
  const form = h("form", { class: "fields", id: "refund-form" }, h("label", {}, h("span", { w: "refundAmount" }), amount), h("label", {}, h("span", { w: "refundBecause" }), because), h("button", { class: "btn main", w: "orderRefund" }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const sum = fen(amount.value), button = form.querySelector("button");
    if (sum === null) return said.replaceChildren(both("p", pair("badAmount"), { class: "refused", role: "alert" }));
    button.disabled = true;
    const done = await ask("POST", door(`payments/${told.id}/refunds`), { amount_fen: sum, because: because.value }, said, false);
    button.disabled = false;
    if (!done) return;
    toast(pair("ordered"));
    again();
  });
  return panel("refundTitle", "refund", h("dl", { class: "facts" }, fact("restIs", h("strong", { class: "mono", id: "rest" }, money(refund.rest_fen)))), h("p", { class: "soft", w: "refundHow" }),
    refund.allowed ? form : both("p", refund.why, { class: "why", id: "why-refund" }), said,
    refund.orders.length ? h("ul", { class: "rows", id: "orders" }, refund.orders.map((order) => ordered(order, shop, again))) : null);
}

function ordered(order, shop, again) {
  const said = h("div", {});
  const withdraw = h("button", { class: "btn small", w: "withdraw", onclick: async (event) => {
    event.target.disabled = true;
    const done = await ask("POST", door(`refunds/${order.name}/withdrawal`), {}, said, false);
    event.target.disabled = false;
    if (!done) return;
    toast(pair("withdrawn"));
    again();
  } });
  return h("li", { class: "line", "data-order": order.name }, h("a", { href: `#x=${order.id}`, class: "mono" }, order.rrn), h("strong", { class: "mono fen" }, money(-order.amount_fen)), chip(order.state), h("bdi", {}, order.because),
    h("span", { class: "soft" }, h("span", { w: "by" }), ` ${order.who} · ${clock(order.at)}`), order.state.word === "waits" && shop.may.order_refunds && withdraw, said);
}

export function refunds(view, shop) {
  const place = h("div", {});
  const again = () => pages(place, "refunds", "noOrders", (order) => ordered(order, shop, again));
  view.append(panel("ordersTitle", "refunds", h("p", { class: "soft", w: "refundHow" }), place));
  again();
}
