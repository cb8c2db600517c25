// The one true sentence on the exchange at hand, and the rule as three sums that must become equal.

import { both, h, money, say } from "/assets/dom.js";
import { on } from "/assets/feed.js";
import { pair } from "/assets/words.js";
import { picker } from "/assets/pick.js";

const TONE = { took_place: "good", returned: "back", will_return: "warn", open: "warn", held: "back", did_not_take_place: "flat", not_found: "flat" };

// Slip, debit and credit of one exchange, as each party testifies.
export function sums(found) {
  const of = (party) => found.evidence.find((one) => one.party === party) ?? {};
  const [terminal, acquirer, issuer] = ["terminal", "acquirer", "issuer"].map(of);
  const fen = Math.round(Number(found.amount ?? 0) * 100), sign = (found.signed ?? fen) < 0 ? -1 : 1;
  const signed = found.signed ?? fen;
  return [
    ["slip", terminal.state === "approved" && terminal.slip ? signed : 0],
    ["debit", issuer.debited && !issuer.returned ? sign * fen : 0],
    ["credit", acquirer.state === "approved" ? signed : 0],
  ];
}

export function verdict() {
  const chip = both("span", pair("open"), { class: "chip flat" });
  const sentence = both("p", pair("none"), { class: "sentence", id: "sentence", role: "status" });
  const facts = h("p", { class: "facts" });
  const advice = h("dl", { class: "advice" });
  const scale = h("div", { class: "scale" });
  const box = h("section", { class: "verdict panel", wl: "verdict" },
    h("div", { class: "truth" }, h("div", { class: "kicker" }, h("h2", { w: "verdict" }), chip, h("span", { class: "picker" }, picker())), sentence, facts),
    advice, scale);
  chip.hidden = true;

  function draw(found) {
    box.dataset.tone = found ? TONE[found.verdict] ?? "flat" : "flat";
    box.classList.toggle("empty", !found);
    chip.hidden = !found;
    if (!found) {
      say(sentence, pair("none"));
      [facts, advice, scale].forEach((el) => el.replaceChildren());
      return;
    }
    say(chip, pair(found.verdict));
    chip.className = `chip ${TONE[found.verdict] ?? "flat"}`;
    chip.id = "fate";
    chip.dataset.fate = found.verdict;
    say(sentence, found.sentence);
    facts.replaceChildren(...[
      found.amount && h("span", {}, `¥ ${found.amount}`),
      found.card && h("span", {}, h("span", { w: "card" }), ` ${found.card}`),
      found.rrn && h("span", {}, h("span", { w: "reference" }), ` ${found.rrn}`),
    ].filter(Boolean));
    const lines = [
      ["cashier", both("dd", pair(found.cashier))],
      ["holder", both("dd", found.cardholder)],
      ...found.next.slice(0, 2).map((next) => ["next", both("dd", next)]),
    ];
    advice.replaceChildren(...lines.map(([name, text]) => h("div", {}, h("dt", { w: name }), text)));
    const all = sums(found), equal = all.every(([, fen]) => fen === all[0][1]);
    scale.classList.toggle("equal", equal);
    scale.replaceChildren(
      h("div", { class: "sums" }, all.map(([name, fen]) => h("div", { class: fen ? "sum lit" : "sum", "data-sum": name },
        h("span", { class: "sum-name", w: name }), h("span", { class: "sum-fen" }, money(fen))))),
      both("p", pair(equal ? "rule" : "ruleNot"), { class: "sum-said" }));
  }
  on("state", (all) => draw(all.verdict));
  on("verdict", draw);
  return box;
}
