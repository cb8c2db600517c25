// One exchange: the sentence big, what to do now, what may be done, one line of time, the slip, what hangs together with it.

import { both, coded, h, moment, money, sheet, toast } from "/assets/dom.js";
import { ask } from "/assets/desk-ask.js";
import { pair } from "/assets/words.js";

const TONE = { took_place: "good", returned: "back", will_return: "warn", open: "warn", held: "back", did_not_take_place: "flat", not_found: "flat" };

export function short(one) {
  return h("span", {}, h("a", { href: `#x=${one.id}` }, one.rrn ?? one.voucher ?? one.id), ` ${moment(one.at) ?? ""} ${one.signed != null ? money(one.signed) : one.amount ? `¥ ${one.amount}` : ""} `,
    both("span", pair(one.verdict ?? one.state ?? "nothing"), { class: "chip" }));
}

export function exchange(told, me, load) {
  const parts = [verdict(told)];
  if (!told.id) return parts;
  parts.push(deeds(told, load), timeline(told), slip(told));
  const linked = links(told);
  if (linked) parts.push(linked);
  if (me.sees_trail) parts.push(trail(told));
  return parts;
}

function verdict(told) {
  const fact = (word, value) => value && h("div", {}, h("dt", { w: word }), h("dd", { class: "mono" }, value));
  const to = (word, text) => h("div", {}, h("dt", { w: word }), both("dd", text));
  return h("section", { class: "panel truth-box", "data-tone": TONE[told.verdict] ?? "flat", "aria-labelledby": "truth" },
    h("div", { class: "kicker" }, h("h2", { w: "result" }), both("span", pair(told.verdict), { class: `chip ${TONE[told.verdict] ?? "flat"}`, id: "fate", "data-fate": told.verdict })),
    both("p", told.sentence, { class: "sentence", id: "truth", role: "status" }),
    h("dl", { class: "now" }, to("nowCashier", pair(told.cashier)), to("nowHolder", told.cardholder), ...told.next.map((next) => to("byItself", next))),
    h("dl", { class: "facts" }, fact("amountWord", told.amount && `¥ ${told.amount}`), fact("card", told.card), fact("reference", told.rrn), fact("voucher", told.voucher),
      fact("shop", told.merchant), fact("terminal", told.terminal), fact("due", moment(told.due))));
}

function deeds(told, load) {
  const said = h("div", { id: "deed-said" });
  const path = `/api/v1/desk/exchanges/${encodeURIComponent(told.id)}`;
  const acts = {
    ask_again: () => load(told.id, "asked"),
    reprint: async () => {
      const done = await ask("POST", `${path}/reprint`, {}, said, false);
      if (done) said.replaceChildren(h("p", { role: "status", class: "done", w: done.already ? "printingAlready" : "printing" }));
    },
    propose_refund: () => proposal(path, said, () => load(told.id, "proposed")),
  };
  return h("section", { class: "panel", "aria-labelledby": "deeds" }, h("h2", { id: "deeds", w: "deeds" }),
    told.proposal && h("p", {}, h("strong", { w: "proposed" }), ": ", h("bdi", {}, told.proposal.because), h("span", { class: "soft" }, ` — ${told.proposal.who}, ${moment(told.proposal.at)}`)),
    h("ul", { class: "deeds" }, told.deeds.map((one) => h("li", {},
      h("button", { class: "btn", "data-deed": one.deed, w: one.deed === "reprint" ? "reprint2" : one.deed, disabled: !one.allowed, "aria-describedby": one.why ? `why-${one.deed}` : null,
        onclick: async (event) => { event.target.disabled = true; await acts[one.deed](); event.target.disabled = false; } }),
      one.why && both("span", one.why, { class: "why", id: `why-${one.deed}` })))), said);
}

function proposal(path, said, done) {
  const because = h("textarea", { name: "because", required: true, maxlength: "200", rows: "3" });
  const wrong = h("div", {});
  const form = h("form", { class: "fields" }, h("label", {}, h("span", { w: "because" }), because), wrong, h("button", { class: "btn main", w: "propose" }));
  const box = sheet(h("h2", { w: "propose_refund" }), h("p", { w: "proposeWhat" }), form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const told = await ask("POST", `${path}/proposals`, { because: because.value }, wrong, false);
    if (!told) return;
    box.close();
    done();
  });
}

function timeline(told) {
  return h("section", { class: "panel", "aria-labelledby": "timeline" }, h("h2", { id: "timeline", w: "timeline" }),
    h("ol", { class: "line-of-time" }, told.timeline.map((one) => h("li", { "data-what": one.what, "data-party": one.party ?? "due" },
      h("span", { class: "when mono" }, moment(one.at) ?? h("span", { w: "noTime" })),
      one.party && h("span", { class: "party", w: `party_${one.party}` }), both("span", one, { class: "what" })))));
}

function slip(told) {
  const place = h("div", { class: "papers" }, h("p", { class: "soft", w: "finding" }));
  const path = `/api/v1/desk/exchanges/${encodeURIComponent(told.id)}/slip`;
  ask("GET", path, undefined, place).then((paper) => {
    if (!paper) return;
    if (!paper.cardholder) return place.replaceChildren(h("p", { class: "soft", w: "noCopy" }));
    const file = (form, query) => h("a", { class: "btn small", href: `${path}.${form}?${query}`, download: "" }, form.toUpperCase());
    const piece = (word, text, query) => h("figure", {}, h("figcaption", { w: word }), h("img", { src: `${path}.svg?${query}`, alt: text, loading: "lazy" }), h("p", { class: "files" }, file("png", query), file("pdf", query)));
    place.replaceChildren(...[
      paper.contradicted && h("p", { class: "refused", w: "contradicted" }),
      piece("asPrinted", paper.cardholder, "copy=cardholder"), piece("merchantAs", paper.merchant, "copy=merchant"), piece("asReprint", paper.reprint, "copy=cardholder&reprint=1"),
    ].filter(Boolean));
  });
  return h("section", { class: "panel", "aria-labelledby": "slip" }, h("h2", { id: "slip", w: "slipTitle" }), place);
}

function links(told) {
  const all = [];
  for (const name of ["original", "second_of"]) if (told[name]) all.push(h("li", {}, h("strong", { w: name }), " ", short(told[name])));
  for (const name of ["successors", "paid_again"]) for (const one of told[name].filter((one) => !one.dispute)) all.push(h("li", {}, h("strong", { w: name }), " ", short(one)));
  for (const one of told.evidence.flatMap((party) => party.cases)) {
    all.push(h("li", { class: "case" }, h("strong", { w: "case" }), ` ${one.number} `, both("span", one.ground), " · ", one.finding ? both("span", one.finding) : both("span", pair("openWord")), one.due && h("span", { class: "soft" }, ` → ${moment(one.due)}`)));
  }
  for (const one of told.disputes ?? []) {
    all.push(h("li", { class: "dispute" }, h("strong", { w: "dispute" }), ` ${one.number} `, both("span", pair(one.house)), " ", both("span", one.won ?? one.over ?? one.standing ?? pair("openWord")), one.due && h("span", { class: "soft" }, ` → ${moment(one.due)}`)));
  }
  return all.length ? h("section", { class: "panel", "aria-labelledby": "links" }, h("h2", { id: "links", w: "links" }), h("ul", { class: "plain-list" }, all)) : null;
}

// What the log knows by a word has a name here; an act's word stays beside it, for whoever searches the log.
const known = (key, value) => pair(key).zh === key ? { zh: value, en: value } : pair(key);
const named = (column, value) => !value ? "" : column === "at" ? moment(value) : column === "act" ? coded("act_", value) : column === "role" ? both("span", known(`role_${value}`, value)) : column === "said" ? both("span", known(value, value)) : value;

function trail(told) {
  const place = h("div", { class: "wide", tabindex: "0", "aria-labelledby": "trail" });
  ask("GET", `/api/v1/desk/exchanges/${encodeURIComponent(told.id)}/trail?limit=200`, undefined, place).then((log) => {
    const names = ["at", "who", "role", "from", "act", "said"];
    if (log) place.replaceChildren(h("table", { id: "trail-table" }, h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col", w: name })))),
      h("tbody", {}, log.items.map((line) => h("tr", {}, names.map((name) => h("td", {}, named(name, line[name]))))))));
  });
  return h("section", { class: "panel" }, h("h2", { id: "trail", w: "trail" }), place);
}
