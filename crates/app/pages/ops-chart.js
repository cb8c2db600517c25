// A small chart: a line for each party, made of elements; its numbers stand beside it as text.

import { both, h, s } from "/assets/dom.js";
import { pair } from "/assets/words.js";

const WIDE = 300, HIGH = 64;

export function partyWord(name) {
  const word = `ops_${name.startsWith("terminals") ? "terminals" : name}`;
  const found = pair(word);
  return found.zh === word ? { zh: name, en: name } : found;
}

// Who is at the other end: `switch`, `line 3`, a member's or a terminal's number.
export function peerWord(name) {
  const [kind, ...rest] = (name ?? "").split(" ");
  const found = pair(`to_${kind}`);
  return found.zh === `to_${kind}` ? { zh: name ?? "—", en: name ?? "—" } : { zh: [found.zh, ...rest].join(" "), en: [found.en, ...rest].join(" ") };
}

// How much each party did per second of its machine between two samples; a count that shrank is of a party that started again.
export function rates(samples, name) {
  const out = [];
  for (let at = 1; at < samples.length; at += 1) {
    const [before, now] = [samples[at - 1].parties[name], samples[at].parties[name]];
    const seconds = (samples[at].wall_ms - samples[at - 1].wall_ms) / 1000;
    out.push(before && now && seconds > 0 ? Math.max(0, now.inputs - before.inputs) / seconds : 0);
  }
  return out;
}

export const depths = (samples, name) => samples.map((sample) => sample.parties[name]?.outbox ?? 0);

const short = (n) => n >= 100 ? String(Math.round(n)) : String(Math.round(n * 10) / 10);

export function chart(title, names, series) {
  const most = Math.max(1, ...series.flat());
  const line = (values, no) => {
    const step = WIDE / Math.max(1, values.length - 1);
    const points = values.map((value, at) => `${(at * step).toFixed(1)},${(HIGH - 2 - (value / most) * (HIGH - 6)).toFixed(1)}`);
    return s("polyline", { class: `c${no % 5}`, points: points.join(" ") });
  };
  const of = series.map((values) => ({ now: short(values.at(-1) ?? 0), most: short(Math.max(0, ...values)) }));
  const legend = names.map((name, no) => h("li", {}, h("span", { class: `swatch c${no % 5}`, "aria-hidden": "true" }), both("span", partyWord(name)), " ",
    h("span", { class: "mono" }, of[no].now), " ", h("span", { class: "soft" }, "(", both("span", pair("chartMost")), ` ${of[no].most})`)));
  return h("figure", { class: "chart" }, h("figcaption", { w: title }),
    s("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" }, s("line", { class: "base", x1: 0, x2: WIDE, y1: HIGH - 2, y2: HIGH - 2 }), series.map(line)),
    h("ul", { class: "legend" }, legend));
}
