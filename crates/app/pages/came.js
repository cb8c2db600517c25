// What came of a play: whether the one rule held, as three sums; whether all is as the catalogue says; whether it went as the link says.

import { both, h, money } from "/assets/dom.js";
import { pair } from "/assets/words.js";

const mark = (good) => h("span", { class: good ? "good-text" : "bad-text", "aria-hidden": "true" }, good ? "✓" : "✗");

export function cameOf(came, { as, mark: own, count }) {
  if (!came) return [];
  const lines = [];
  const sums = `${money(came.slip_fen)} = ${money(came.debit_fen)} = ${money(came.credit_fen)}`;
  const held = came.rule_holds === true && came.ledgers_zero, open = came.rule_holds === null;
  lines.push(h("li", { "data-came": "rule", "data-good": String(held) }, mark(held), h("span", { w: held ? "ruleHeld" : !open ? "ruleBroken" : came.exchanges ? "ruleOpen" : "ruleNone" }), ` ${held ? sums : sums.replaceAll("=", "·")}`));
  if (came.story) {
    const good = came.story.broken.length === 0;
    lines.push(h("li", { "data-came": "story", "data-good": String(good) }, mark(good), h("span", { w: good ? "asItMust" : "otherwise" }),
      ...came.story.broken.map((one) => both("span", one, { class: "soft" }))));
  }
  if (came.sentence) lines.push(h("li", {}, both("span", came.sentence)));
  const same = as ? as === own : null;
  lines.push(h("li", { "data-came": "trail", "data-good": String(same ?? true) }, same === null ? "" : mark(same),
    both("span", { zh: `${pair(same === null ? "trailOf" : same ? "trailSame" : "trailOther").zh}（${count}）${own}`, en: `${pair(same === null ? "trailOf" : same ? "trailSame" : "trailOther").en} (${count}) ${own}` })));
  // One line over the page, so that it covers nothing that somebody wants to see; the rest on request.
  const [rule, ...more] = lines, odd = more.some((line) => line.dataset.good === "false");
  return [h("ul", { class: "came" }, rule), h("details", { class: "came-more", open: odd }, h("summary", { w: "cameMore" }), h("ul", { class: "came" }, more))];
}
