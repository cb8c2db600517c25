// The theatre: verdict above, till on the left, journey and books in the middle, phone on the right, plays below.

import { h } from "/assets/dom.js";
import { connect, on } from "/assets/feed.js";
import { books } from "/assets/books.js";
import { journey } from "/assets/journey.js";
import { messages } from "/assets/message.js";
import { printer } from "/assets/paper.js";
import { phone } from "/assets/phone.js";
import { plays } from "/assets/plays.js";
import { till } from "/assets/till.js";
import { verdict } from "/assets/verdict.js";

export function open(main) {
  main.append(
    h("h1", { class: "hidden-text" }, "Slipway"),
    verdict(),
    h("div", { class: "stage" },
      h("div", { class: "side left" }, till(), printer()),
      h("div", { class: "middle" }, journey(), plays(), books(), messages()),
      h("div", { class: "side right" }, phone())));
  // From here on every button does something; `npm run measure` reads the mark.
  on("state", () => { if (!performance.getEntriesByName("interactive").length) performance.mark("interactive"); });
  connect();
}
