// The lists: a tab for each, a page at a time, and at a row what may be proposed about it.

import { both, coded, h, yuan } from "/assets/dom.js";
import { ask } from "/assets/desk-ask.js";
import { partyWord, peerWord } from "/assets/ops-chart.js";
import { about, moves, proposals, review, standing, sum } from "/assets/ops-orders.js";
import { clock, span, table } from "/assets/ops-view.js";
import { pair } from "/assets/words.js";

const money = (fen) => h("td", { class: "mono num" }, fen === null || fen === undefined ? "—" : yuan(fen));
const mono = (text) => h("td", { class: "mono" }, text ?? "—");
const due = (at, over) => h("td", { class: "mono" }, over ? h("span", { class: "chip bad" }, clock(at)) : clock(at));
const desk = (till, text) => /^[\w]+\/[\w]+\/[\w]+\/[\w]+$/.test(till ?? "") ? h("a", { href: `/desk#x=${till.replaceAll("/", "-")}` }, text ?? till) : text ?? till ?? "—";
const party = (name) => both("span", partyWord(name ?? ""));
const repairs = (row) => row.at === "acquirer" && row.repairs.some((one) => one.owner === "acquirer" && ["undo_merchant_credit", "post_missing_credit"].includes(one.action));

// Columns, a row's cells, and the proposal that it may lead to.
const LISTS = {
  exchanges: [["party", "exchange", "waitsFor", "amountCol", "ageCol", "dueCol"], (row) => [party(row.party), h("td", { class: "mono" }, desk(row.exchange, row.rrn)), both("span", row.waits_for), money(row.amount_fen), h("td", {}, both("span", span(row.age_ms))), due(row.due, row.overdue)]],
  outbox: [["party", "toCol", "whatCol", "reference", "amountCol", "ageCol"], (row) => [party(row.party), h("td", {}, both("span", peerWord(row.to))), both("span", row.what), mono(row.rrn), money(row.amount_fen), h("td", {}, both("span", span(row.age_ms)))]],
  cases: [["numberCol", "groundCol", "ownerCol", "reference", "moves", "dueCol"], (row) => [h("td", { class: "mono" }, desk(row.till, row.number)), both("span", row.ground), party(row.party), mono(row.rrn), h("td", {}, row.allowed.map((word) => h("div", {}, both("strong", pair(word)), " ", both("span", moves(row, word))))), due(row.due)], (row) => row.allowed?.length && "case"],
  differences: [["numberCol", "party", "classCol", "groundCol", "ownerCol", "missedCol", "dueCol"], (row) => [mono(row.number), party(row.at), h("td", {}, coded("cl_", row.class)), row.cause ? both("span", row.cause) : "—", party(row.owner), mono(String(row.steps_missed)), due(row.due[0], row.steps_missed > 0)], (row) => repairs(row) && "repair"],
  disputes: [["numberCol", "houseCol", "standingCol", "reference", "merchantCol", "dueCol"], (row) => [mono(row.number), party(row.house), row.standing ? both("span", row.standing.is) : h("td", {}, coded("d_", row.waiting)), mono(row.rrn), mono(row.merchant), due(row.due)], () => "dispute"],
  suspense: [["party", "reference", "amountCol", "businessDay", "waitsFor", "dueCol"], (row) => [party(row.issuer), mono(row.rrn), money(row.amount_fen), mono(row.business_day), both("span", row.waits_for), due(row.due)]],
  holds: [["merchantCol", "numberCol", "groundCol", "amountCol", "takenCol", "untilCol"], (row) => [mono(row.merchant), mono(`#${row.no}`), both("span", pair(row.ground)), money(row.fen), money(row.taken_fen), mono(row.until)], () => "release"],
  returned: [["payoutCol", "merchantCol", "amountCol", "codeCol", "at"], (row) => [mono(row.payout), mono(row.merchant), money(row.fen), mono(row.returned?.code), mono(clock(row.returned?.at))], () => "repay"],
  keys: [["party", "nameCol", "useCol", "kcvCol", "ageDays", "dueCol"], (row) => [party(row.party), row.name ? mono(row.name) : h("td", {}, row.why ? both("span", row.why) : coded("ks_", row.standing)), h("td", {}, coded("use_", row.use)), mono(row.kcv), mono(row.age_days === null || row.age_days === undefined ? "—" : String(row.age_days)), due(row.due, row.overdue)]],
  orders: [["numberCol", "whatCol", "amountCol", "byCol", "standingCol", "becauseCol"], (row) => [mono(`#${row.no}`), about(row.what), sum(row.moves), `${row.by}, ${clock(row.at)}`, standing(row), h("bdi", {}, row.because)]],
};

export function lists(me, done) {
  const place = h("div", { id: "list" });
  const orders = me.role.word === "operations";
  const tabs = h("div", { class: "tabs", role: "group", wl: "lists" }, Object.keys(LISTS).map((name) => h("button", { class: "btn", type: "button", id: `tab-${name}`, w: `list_${name}`, "aria-pressed": "false", onclick: () => show(name) })));
  let now = null;
  const act = (name, row) => {
    if (name === "orders") return h("td", {}, h("button", { class: "btn small", w: "review", onclick: () => review(row, again) }));
    const kind = orders && LISTS[name][2]?.(row);
    return h("td", {}, kind ? h("button", { class: "btn small", "data-propose": kind, w: "propose", onclick: () => proposals[kind](row, again) }) : "");
  };
  const again = () => { done(); if (now) show(now, false); };
  async function show(name, move = true) {
    now = name;
    for (const tab of tabs.children) tab.setAttribute("aria-pressed", String(tab.id === `tab-${name}`));
    if (move) history.replaceState(null, "", `/ops#list=${name}`);
    const [heads, cells] = LISTS[name], rows = [];
    const acts = name === "orders" || LISTS[name][2];
    const page = async (cursor) => {
      const told = await ask("GET", `/api/v1/ops/${name}?limit=50${cursor ? `&cursor=${cursor}` : ""}`, undefined, place);
      if (!told || now !== name) return;
      rows.push(...told.items.map((row) => [...cells(row), ...(acts ? [act(name, row)] : [])]));
      place.replaceChildren(...[rows.length ? table(`list_${name}`, acts ? [...heads, "act"] : heads, rows) : h("p", { class: "soft", id: "empty", w: "emptyList" }),
        told.next && h("button", { class: "btn", id: "more", w: "more", onclick: () => page(told.next) })].filter(Boolean));
      place.dataset.list = name;
    };
    place.replaceChildren(h("p", { class: "soft", role: "status", w: "loading" }));
    delete place.dataset.list;
    await page(null);
  }
  const fresh = orders && h("p", { class: "tabs" }, h("button", { class: "btn", id: "new-hold", w: "proposeHold", onclick: () => proposals.hold({}, again) }), h("button", { class: "btn", id: "new-dispute", w: "proposeDispute", onclick: () => proposals.dispute({}, again) }));
  const box = h("section", { class: "panel card-box", id: "lists", "aria-labelledby": "h-lists" }, h("h2", { id: "h-lists", w: "lists" }), tabs, fresh, place);
  const go = (name) => { show(name); box.scrollIntoView({ block: "start" }); document.getElementById(`tab-${name}`)?.focus({ preventScroll: true }); };
  return { box, go, first: () => { const asked = /^#list=(\w+)$/.exec(location.hash)?.[1]; if (LISTS[asked]) show(asked); } };
}
