// The overview: every panel is drawn anew when what it shows has changed, and only then, so that nobody's focus is lost.

import { both, coded, h, money } from "/assets/dom.js";
import { chart, depths, partyWord, peerWord, rates } from "/assets/ops-chart.js";
import { pair } from "/assets/words.js";

export function span(ms) {
  const [n, zh, en] = ms < 60_000 ? [ms / 1000, "秒", "s"] : ms < 3_600_000 ? [ms / 60_000, "分", "min"] : ms < 86_400_000 ? [ms / 3_600_000, "时", "h"] : [ms / 86_400_000, "天", "d"];
  const whole = Math.floor(n);
  return { zh: `${whole} ${zh}`, en: `${whole} ${en}` };
}

export const clock = (at) => at ? at.replace("T", " ").replace("+08:00", "") : "—";

// Draws a panel if what it shows is not what it showed.
export function put(place, shown, draw) {
  const now = JSON.stringify(shown);
  if (place.shown === now) return;
  place.shown = now;
  const held = place.contains(document.activeElement) ? document.activeElement.dataset.f : null;
  place.replaceChildren(...draw().filter(Boolean));
  if (held) place.querySelector(`[data-f="${CSS.escape(held)}"]`)?.focus();
}

export const panel = (id, word, kids = []) => h("section", { class: "panel", "aria-labelledby": `h-${id}` }, h("h2", { id: `h-${id}`, w: word }), h("div", { id }, kids));

export function table(label, heads, rows) {
  return h("div", { class: "wide", tabindex: "0", role: "region", wl: label }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col", w: head })))),
    h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => cell instanceof HTMLTableCellElement ? cell : h("td", {}, cell)))))));
}

const count = (n) => h("td", { class: n ? "mono num" : "mono num soft" }, String(n));
const tone = (bad, text) => both("span", text, { class: bad ? "chip bad" : "chip good" });

export const PANELS = [
  ["parties", "parties"], ["charts", "charts"], ["opened", "openNow"], ["promises", "promises"], ["days", "days"], ["past", "past"], ["kept", "keptMoney"], ["keyed", "keyAges"], ["queued", "queues"],
];

export function draw(seen, figures, go) {
  const at = (id) => document.getElementById(id);
  put(at("parties"), seen.parties.map((party) => ({ ...party, timers: 0 })), () => parties(seen));
  if (figures) put(at("charts"), figures.history.seconds.at(-1) ?? 0, () => charts(figures, seen));
  put(at("opened"), seen.open, () => opened(seen, go));
  put(at("promises"), seen.promises, () => [table("promises", ["whatCol", "running", "breached", "next"], seen.promises.map((one) => [
    h("th", { scope: "row" }, both("span", one)), count(one.count), one.breached ? h("td", {}, tone(true, { zh: String(one.breached), en: String(one.breached) })) : count(0), h("td", { class: "mono" }, clock(one.next))]))]);
  put(at("days"), [seen.days, seen.member_days], () => days(seen));
  put(at("past"), seen.past, () => past(seen));
  put(at("kept"), seen.kept, () => kept(seen, go));
  put(at("keyed"), seen.keys, () => [h("p", {}, h("span", { class: "big" }, String(seen.keys.count)), " ", both("span", pair("keysCount")), " ",
    seen.keys.overdue > 0 && h("span", { class: "chip warn" }, `${seen.keys.overdue} `, both("span", pair("keysDue"))), " ",
    seen.keys.unknown_age > 0 && h("span", { class: "chip" }, `${seen.keys.unknown_age} `, both("span", pair("keysUnknown"))), " ",
    seen.keys.shut > 0 && h("span", { class: "chip warn" }, `${seen.keys.shut} `, both("span", pair("keysShut")))), open(go, "keys")]);
  put(at("queued"), seen.queues, () => [seen.queues.some((one) => one.rows) ? table("queues", ["party", "queue", "count"], seen.queues.filter((one) => one.rows > 0).map((one) => [both("span", partyWord(one.party)), coded("q_", one.queue), count(one.rows)])) : h("p", { class: "soft", w: "none" })]);
}

const open = (go, list) => h("p", {}, h("button", { class: "btn small", "data-f": `go-${list}`, w: `list_${list}`, onclick: () => go(list) }));

function parties(seen) {
  return [h("ul", { class: "party-grid" }, seen.parties.map((one) => h("li", { class: "party-card", "data-party": one.party, "data-up": String(one.up) },
    h("p", { class: "head-line" }, both("strong", partyWord(one.party)), one.up ? tone(false, pair("up")) : tone(true, pair(one.unplugged ? "unplugged" : "down"))),
    h("p", { class: "soft" }, both("span", pair("since")), " ", h("span", { class: "mono" }, clock(one.since))),
    one.up && h("dl", { class: "facts" }, fact("batches", one.batches), fact("inputsWord", one.inputs), fact("lines", one.lines), fact("outboxWord", one.outbox.entries),
      one.outbox.entries > 0 && h("div", {}, h("dt", { w: "oldest" }), both("dd", span(one.outbox.oldest_ms))),
      one.outbox.overdue > 0 && fact("overdueWord", one.outbox.overdue)),
    one.up && one.peers.length > 0 && h("p", { class: "soft peers" }, one.peers.map((peer) => h("span", { class: peer.lines ? "chip good" : "chip bad" }, both("span", peerWord(peer.peer)), ` ×${peer.lines}`))))))];
}

const fact = (word, value) => h("div", {}, h("dt", { w: word }), h("dd", { class: "mono" }, String(value)));

function charts(figures, seen) {
  const names = seen.parties.map((one) => one.party);
  const { seconds, tens } = figures.history;
  return [h("div", { class: "charts" }, chart("perSecond", names, names.map((name) => rates(seconds, name))), chart("depth", names, names.map((name) => depths(seconds, name))), chart("hour", names, names.map((name) => rates(tens, name))))];
}

function opened(seen, go) {
  if (!seen.open?.length) return [h("p", { class: "soft", w: "none" }), open(go, "exchanges")];
  return [table("openNow", ["party", "waitsFor", "count", "under1m", "under1h", "under1d", "over1d", "oldest"], seen.open.map((one) => [both("span", partyWord(one.party)), both("span", one.waits_for), count(one.count), ...one.ages.map(count), h("td", {}, both("span", span(one.oldest_ms ?? 0)))])), open(go, "exchanges")];
}

function days(seen) {
  const rows = [...(seen.days ? [{ party: "switch", ...seen.days }] : []), ...seen.member_days];
  const closing = seen.days?.closing ?? [], waiting = seen.days?.waiting ?? [];
  return [table("days", ["party", "businessDay", "closedThrough"], rows.map((one) => [both("span", partyWord(one.party)), h("td", { class: "mono" }, one.business_day ?? "—"), h("td", { class: "mono" }, one.closed_through ?? "—")])),
    ...closing.map((one) => h("p", {}, both("span", pair("closing")), ` ${one.business_day} → ${clock(one.due)}`)),
    ...waiting.map((one) => h("p", {}, h("span", { class: "chip warn" }, both("span", pair("waitingMember")), ` ${one.member} ${one.business_day} ×${one.tries}`))),
    !waiting.length && h("p", { class: "soft", w: "cutQuiet" })];
}

function past(seen) {
  if (!seen.past.length) return [h("p", { class: "soft", w: "none" })];
  const who = ["acquirer", "issuer1", "issuer2", "centre"];
  const list = (missing) => missing === null ? both("span", pair("notYet"), { class: "soft" }) : missing ? h("span", { class: "chip warn" }, both("span", pair("missingLists")), ` ${missing}`) : tone(false, pair("whole"));
  return [table("past", ["day", "cleared", "settled", ...who.map((one) => `ops_${one}`)], seen.past.map((one) => [h("th", { scope: "row", class: "mono" }, one.day), tone(false, { zh: "✓", en: "✓" }), one.settled ? tone(false, { zh: "✓", en: "✓" }) : both("span", pair("notYet"), { class: "soft" }), ...who.map((name) => list(one.lists_missing[name]))]))];
}

function kept(seen, go) {
  const sum = (word, fen, list) => h("div", {}, h("dt", { w: word }), h("dd", { class: "mono" }, money(fen), " ", list && h("button", { class: "btn small", "data-f": `kept-${list}`, w: "review", onclick: () => go(list) })));
  const aside = (one) => h("p", {}, h("span", { class: "chip warn" }, both("span", pair("unsettled"))), " ", h("span", { class: "mono" }, `${one.merchant} ${money(one.fen)}`), " ", both("span", one.why), " ", both("span", pair("lookBy")), h("span", { class: "mono" }, ` ${one.due}`));
  return [...seen.kept.unsettled.map(aside), h("dl", { class: "sums-list" }, seen.kept.suspense.map((one) => h("div", {}, h("dt", {}, both("span", pair("suspenseSum")), " ", both("span", partyWord(one.issuer))), h("dd", { class: "mono" }, money(one.sum_fen)))),
    sum("heldSum", seen.kept.held_fen, "holds"), sum("lossSum", seen.kept.loss_fen)), open(go, "suspense")];
}
