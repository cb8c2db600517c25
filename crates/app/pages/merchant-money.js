// The settlement: takings by day, one day line by line with each fee explained, payouts, holds and reserves, statements, what was agreed.

import { both, counted, h, money as sum, yuan } from "/assets/dom.js";
import { clock, door, fact, look, pages, panel, payout, range, sums as sumsOf } from "/assets/merchant-look.js";

const STATE = { open: "stateOpen", closed: "stateClosed", settled: "stateSettled" };
const tone = (state) => ({ open: "warn", closed: "back", settled: "good" })[state] ?? "flat";

export const payments = (n) => counted(n, "payment", "payments", "笔");

function takings(day) {
  return h("li", { class: "line" }, h("a", { href: `#day=${day.day}`, class: "mono" }, day.day), h("strong", { class: "mono fen" }, sum(day.gross_fen)), h("span", { class: `chip ${tone(day.state)}`, w: STATE[day.state] }),
    both("span", payments(day.count), { class: "soft" }), day.fees_to_fen != null && h("span", { class: "soft" }, h("span", { w: "fees" }), ` ${sumsOf(day.fees_from_fen, day.fees_to_fen)}`),
    day.payable_fen != null && h("span", {}, h("span", { w: "netPaid" }), h("strong", { class: "mono" }, ` ${sum(day.payable_fen)}`), day.pay_day && h("span", {}, " · ", h("span", { w: "payDay" }), ` ${day.pay_day}`)));
}

// Parts in a thousand million as percent, without a broken number.
function percent(ppb) {
  const places = String(ppb % 10_000_000).padStart(7, "0").replace(/0+$/, "");
  return `${Math.trunc(ppb / 10_000_000)}${places ? `.${places}` : ""}%`;
}

function agreed(shop) {
  const { agreed } = shop;
  if (!agreed) return null;
  const rate = (one) => one && h("span", { class: "mono" }, percent(one.ppb), one.cap_fen != null ? h("span", { class: "soft" }, " · ", h("span", { w: "cappedAt" }), ` ${sum(one.cap_fen)}`) : "");
  return panel("agreedTitle", "agreed", h("dl", { class: "facts" }, fact("product", `${agreed.product.word} `, both("span", agreed.product)), fact("debitRate", rate(agreed.debit) ?? "—"), fact("creditRate", rate(agreed.credit) ?? "—"),
    shop.account && fact("account", h("bdi", {}, shop.account))), h("p", { class: "soft", w: agreed.refund_gives_back ? "givesBack" : "keepsFee" }));
}

export function money(view, shop) {
  const days = h("div", { id: "days" }), payouts = h("div", {}), holds = h("div", {}), statements = h("div", {});
  view.append(panel("daysTitle", "takings", days), panel("payoutsTitle", "payouts", payouts), panel("holdsTitle", "holds", holds), panel("statementsTitle", "statements", statements), ...[agreed(shop)].filter(Boolean));
  pages(days, "takings", "nothingToday", takings);
  pages(payouts, "payouts", "noPayouts", payout);
  pages(statements, "statements", "noStatements", statement);
  kept(holds);
}

function statement(one) {
  return h("li", { class: "line" }, h("a", { href: `#day=${one.day}`, class: "mono" }, one.day), h("strong", { class: "mono fen" }, sum(one.payable_fen)),
    h("span", { class: "files" }, one.forms.map((form) => h("a", { class: "btn small", href: door(`statements/${one.day}/${form}`), download: "" }, form))));
}

async function kept(place) {
  const told = await look("holds", place);
  if (!told) return;
  const holds = told.holds.map((one) => h("li", { class: "line" }, both("strong", one.why), h("span", { class: "mono fen" }, sum(-one.taken_fen)),
    h("span", { class: "soft" }, h("span", { w: "heldMost" }), ` ${sum(one.fen)} · `, h("span", { w: "untilDay" }), ` ${one.until}`, one.about ? ` · ${one.about}` : "")));
  const reserves = told.reserves.map((one) => h("li", { class: "line" }, h("strong", { w: "reserve" }), h("span", { class: "mono fen" }, sum(-one.fen)), h("span", { class: "soft" }, `${one.day} · `, h("span", { w: "freeOn" }), ` ${one.free ?? "—"}`)));
  const all = [...holds, ...reserves];
  place.replaceChildren(all.length ? h("ul", { class: "rows", id: "held" }, all) : h("p", { class: "soft empty", w: "noHolds" }),
    ...(told.carried_fen ? [h("p", {}, h("span", { w: "carried" }), h("strong", { class: "mono" }, ` ${sum(told.carried_fen)}`))] : []));
}

// Of a statement's sums those that say something; what is to be paid always does.
const said = (line) => line.fen === null ? !line.text.startsWith("0 ") : line.fen !== 0 || line.en === "to be paid";

export function day(view, date) {
  const sums = h("div", {}), told = h("div", {}), lines = h("div", { id: "lines", class: "wide", tabindex: "0", "aria-labelledby": "lines-title" });
  let state;
  const cell = (kids, attrs = {}) => h("td", attrs, kids);
  const row = (one) => h("tr", {}, cell(clock(one.at), { class: "mono" }), cell(one.rrn, { class: "mono" }), cell(both("span", one.kind)), cell(yuan(one.amount_fen), { class: "mono n" }), cell(range(one.fee_from_fen, one.fee_to_fen), { class: "mono n" }),
    cell([both("span", one.explained), one.or_explained && h("span", {}, " / ", both("span", one.or_explained))].filter(Boolean), { class: "how" }));
  const wrap = (rows) => h("table", {}, h("thead", {}, h("tr", {}, ["colTime", "colRef", "colKind", "colAmount", "colFee", "colHow"].map((word) => h("th", { scope: "col", w: word })))), h("tbody", {}, rows));
  view.append(h("p", {}, h("a", { href: "#days", w: "back" })), h("section", { class: "panel", "aria-labelledby": "lines-title" }, h("h2", { id: "lines-title" }, h("span", { w: "linesTitle" }), ` ${date} `), lines), sums, told);
  pages(lines, `takings/${date}`, "nothingToday", row, wrap);
  look(`takings/${date}?limit=1`, sums).then((one) => {
    if (!one) return;
    state = h("span", { class: `chip ${tone(one.state)}`, w: STATE[one.state] });
    view.querySelector("#lines-title").append(state);
    sums.replaceChildren(...(one.sums.length ? [panel("sumsTitle", "sums", h("ul", { class: "rows" }, one.sums.filter(said).map((line) => h("li", { class: "line" }, both("span", line), h("strong", { class: "mono fen" }, line.fen == null ? line.text : sum(line.fen))))))] : []));
    told.replaceChildren(...(one.told.length ? [panel("explainedTitle", "told", h("ul", { class: "rows" }, one.told.map((line) => h("li", { class: "line" }, both("strong", line.what), h("span", { class: "mono fen" }, line.amount), both("span", line.why)))))] : []));
  });
}
