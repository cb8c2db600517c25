// The shop's terminals and how they are, and their batches: the acquirer's totals beside the till's.

import { both, h, money } from "/assets/dom.js";
import { clock, fact, pages, panel } from "/assets/merchant-look.js";

function terminal(one) {
  const { till } = one;
  const bad = till && (till.unprinted > 0 || till.doubtful > 0);
  return h("li", { class: "till-card", "data-terminal": one.terminal }, h("p", {}, h("strong", { class: "mono" }, one.terminal), " ",
    !one.active ? h("span", { class: "chip flat", w: "notActive" }) : till ? h("span", { class: `chip ${till.signed_on ? "good" : "warn"}`, w: till.signed_on ? "signedOn" : "notSignedOn" }) : null),
    h("dl", { class: "facts" }, fact("heard", one.heard_at ? clock(one.heard_at) : h("span", { w: "never" })), fact("batch", String(one.batch)), (one.doubts > 0 || till?.doubtful > 0) && fact("doubtfulWord", h("strong", {}, String(Math.max(one.doubts, till?.doubtful ?? 0)))),
      till?.printer && fact("printerWord", both("span", till.printer, { class: bad ? "chip warn" : "" })), till?.unprinted > 0 && fact("unprintedWord", h("strong", {}, String(till.unprinted))), till && till.reversals + till.advices > 0 && fact("toSend", String(till.reversals + till.advices)),
      ...one.unsettled.map((batch) => fact("unsettledBatch", `${batch.batch} · `, h("span", { class: "soft", w: "closesAt" }), ` ${clock(batch.closes_at)}`))),
    !till && h("p", { class: "soft", w: "elsewhere" }));
}

const side = (word, sum) => h("span", {}, h("span", { class: "soft", w: word }), h("span", { class: "mono" }, ` ${sum.count} · ${money(sum.fen)} `));

function batch(one) {
  const same = one.till && ["debit", "credit"].every((name) => one.till[name].count === one.host[name].count && one.till[name].fen === one.host[name].fen);
  return h("li", { class: "batch" }, h("p", {}, h("strong", { class: "mono" }, `${one.terminal} / ${one.batch}`), " ", both("span", one.state, { class: `chip ${one.state.word === "open" ? "warn" : "good"}` }), one.till && h("span", { class: `chip ${same ? "good" : "warn"}`, w: same ? "equal" : "unequal" })),
    h("p", {}, h("strong", { w: "hostTotals" }), " ", side("debitSum", one.host.debit), side("creditSum", one.host.credit)),
    h("p", {}, h("strong", { w: "tillTotals" }), " ", ...(one.till ? [side("debitSum", one.till.debit), side("creditSum", one.till.credit), h("span", { class: "soft" }, clock(one.till.at))] : [h("span", { class: "soft", w: "notSettledHere" })])),
    one.closes_at && h("p", { class: "soft" }, h("span", { w: "closesAt" }), ` ${clock(one.closes_at)}`));
}

export function terminals(view) {
  const all = h("div", { id: "terminals" }), batches = h("div", { id: "batches" });
  view.append(panel("terminalsTitle", "tills", all), panel("batchesTitle", "batch-list", batches));
  pages(all, "terminals", "noTerminals", terminal, (rows) => h("ul", { class: "rows tills" }, rows));
  pages(batches, "batches", "noBatches", batch);
}
