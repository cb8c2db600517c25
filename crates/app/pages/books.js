// What each party recorded of the exchange at hand, and the accounts that it moves.

import { both, h, toast, yuan } from "/assets/dom.js";
import { get, on, state } from "/assets/feed.js";
import { pair, word } from "/assets/words.js";
import { LETTER, STATIONS } from "/assets/places.js";

const before = new Map();

function account(party, name, fen) {
  const key = `${party}/${name}`, was = before.get(key);
  before.set(key, fen);
  const place = /^card(\d)$/.exec(name), member = /^member(.*)$/.exec(name);
  const label = place ? h("span", { class: "account-name mono", title: state.cards?.[place[1]]?.name ?? "" }, `··${state.cards?.[place[1]]?.tail.slice(-4) ?? ""}`)
    : member ? h("span", { class: "account-name mono" }, member[1]) : h("span", { class: "account-name", w: name });
  const moved = was !== undefined && was !== fen ? fen - was : 0;
  return h("li", { class: moved ? "moved" : "", "data-account": name }, label,
    moved ? h("span", { class: moved > 0 ? "delta up" : "delta" }, `${moved > 0 ? "+" : ""}${yuan(moved)}`) : h("span", {}),
    h("span", { class: "sum-fen" }, yuan(fen)));
}

export function books() {
  const cards = Object.fromEntries(STATIONS.map((name) => {
    const record = h("div", { class: "record" }), ledger = h("ul", { class: "ledger" });
    const el = h("article", { class: "book", "data-book": name, "aria-labelledby": `book-${name}` },
      h("h3", { id: `book-${name}` }, h("span", { class: "disc", "aria-hidden": "true" }, LETTER[name]), h("span", { w: name })), record, ledger);
    return [name, { el, record, ledger }];
  }));

  function records(found) {
    for (const name of STATIONS) {
      const one = found?.evidence?.find((seen) => seen.party === name), { record } = cards[name];
      if (!one) { record.replaceChildren(h("span", { class: "state none" }, "—")); continue; }
      const tags = [one.slip && name === "terminal" && "slip", one.debited && "debited", one.returned && "returnedMoney", one.borne && "bearsIt"].filter(Boolean);
      record.replaceChildren(both("span", pair(one.state), { class: `state ${one.state}` }),
        ...(one.code ? [h("span", { class: "code" }, one.code)] : []), ...tags.map((tag) => h("span", { class: "flag", w: tag })),
        h("span", { class: "when mono" }, `${one.id}${one.at ? ` · ${one.at.slice(11, 19)}` : ""}`));
    }
  }

  function ledgers(all) {
    if (!all) return;
    const rows = (party) => Object.entries(all[party] ?? {}).map(([name, fen]) => account(party, name, fen));
    cards.acquirer.ledger.replaceChildren(...rows("acquirer"));
    cards.switch.ledger.replaceChildren(...rows("switch"));
    cards.issuer.ledger.replaceChildren(...rows("issuer1"), ...rows("issuer2").filter((el) => el.dataset.account.startsWith("card")));
  }

  async function audit() {
    const found = await get("/api/v1/audit"), quiet = await get("/api/v1/quiet");
    if (!found) return toast(pair("stopped"));
    const good = found.ledgers_zero && found.rule_holds;
    const said = good ? "auditGood" : quiet?.quiet === false ? "auditOpen" : "auditBad";
    result.replaceChildren(both("span", pair(said), { class: good ? "good-text" : "warn-text" }));
  }
  const result = h("p", { class: "audit-said", id: "audit-said", role: "status" });
  on("state", (all) => { records(all.verdict); ledgers(all.books); });
  on("verdict", records);
  on("books", ledgers);
  return h("section", { class: "books panel", "aria-labelledby": "books-head" },
    h("div", { class: "head" }, h("h2", { id: "books-head", w: "books" }), result, h("button", { class: "btn small", id: "audit", w: "audit", onclick: audit })),
    h("div", { class: "book-row" }, STATIONS.map((name) => cards[name].el)));
}
