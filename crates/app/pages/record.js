// What a person does is written down as a play: acts and faults, each behind the screen it was done at. No card number (a card is
// its place in the tray), no PIN (it is the right one, a wrong one, or none).

import { state } from "/assets/feed.js";

let steps = [], screen = null, changed = () => {};

export const written = () => steps.join("~");
export function forget() { steps = []; screen = null; changed(); }
export function whenChanged(fn) { changed = fn; }

// A text inside a step has no dot and no tilde.
export const plain = (text) => text.replace(/[.~]/g, " ").trim();

function push(step) {
  if (steps.length > 120) return;
  const first = plain(state.screen?.lines?.[0]?.zh ?? "");
  // Only what waits for the network is waited for: digits change a screen too.
  if (first && first !== screen && steps.length) steps.push(`until.screen.${first}`);
  screen = first;
  steps.push(step);
  changed();
}

export function did(body) {
  if (playing) return;
  const own = state.cards ?? [];
  switch (body.act) {
    case "digit": return push(`key.${body.digit}`);
    case "card": return push(`card.${body.place}.${body.how}`);
    case "cashier": return;
    case "pin": return push(`pin.${!body.pin ? "none" : own.some((card) => card.pin === body.pin) ? "right" : "wrong"}`);
    case "reprint": return push("reprint");
    default: return push(`key.${body.act}`);
  }
}

export function armed(body) {
  if (playing) return;
  if (body.clear) return push("clear");
  if (body.release) return push("release");
  if (!body.fault) return push(`disarm.${body.hop}`);
  push(`arm.${body.hop}.${body.mti ?? "any"}.${body.fault}.${body.times ?? "always"}${body.ms ? `.${body.ms}` : ""}`);
}

export const printed = (body) => { if (!playing) push(body.fault ? `printer.${body.fault}.${body.lines ?? 0}` : "printer.ready"); };
export const plugged = (body) => { if (!playing) push(`${body.on ? "plug" : "unplug"}.${body.party}`); };

let playing = false;
export function setPlaying(now) { playing = now; }
