// The printer: paper comes out line by line, as it was printed; it hangs there until it is torn off.

import { h, s, sheet, still } from "/assets/dom.js";
import { on, post, state } from "/assets/feed.js";
import { act } from "/assets/till.js";
import { printed } from "/assets/record.js";

const FAULTS = [["paper-out", "paperOut"], ["jam", "jam"], ["cover-open", "coverOpen"], ["dead-head", "deadHead"]];
const MS_LINE = 34;

let strip, torn, tearing, line = Promise.resolve();

const picture = (paper) => h("img", { src: `/api/v1/theatre/papers/${paper.no}`, alt: paper.text, class: "slip" });


async function come(paper, now) {
  if (!paper.lines) return;
  const image = picture(paper);
  const piece = h("div", { class: "piece", "data-copy": paper.copy, "data-fate": paper.fate, "data-no": paper.no }, image);
  await image.decode().catch(() => {});
  strip.append(piece);
  tearing.hidden = false;
  if (now || still()) { strip.scrollTop = strip.scrollHeight; return; }
  const high = piece.getBoundingClientRect().height;
  const follow = setInterval(() => { strip.scrollTop = strip.scrollHeight; }, 60);
  await piece.animate([{ height: "0px" }, { height: `${high}px` }], { duration: paper.lines * MS_LINE, easing: `steps(${paper.lines})` }).finished.catch(() => {});
  clearInterval(follow);
  strip.scrollTop = strip.scrollHeight;
}

export function tear() {
  if (!strip.children.length) return;
  for (const piece of [...strip.children]) {
    const image = piece.querySelector("img");
    const name = `${piece.dataset.copy}Copy`;
    torn.prepend(h("button", { class: "torn-slip", wl: name, "data-no": piece.dataset.no, onclick: () => sheet(h("h2", { w: name }), image.cloneNode()) },
      h("span", { class: "torn-picture" }, image.cloneNode()), h("span", { w: name })));
    while (torn.children.length > 6) torn.lastChild.remove();
  }
  strip.replaceChildren();
  tearing.hidden = true;
  torn.parentElement.hidden = false;
}

export function printer() {
  strip = h("div", { class: "strip", tabindex: "0", role: "group", wl: "hanging" });
  torn = h("div", { class: "torn-all" });
  tearing = h("button", { class: "btn small tear", id: "tear", w: "tear", hidden: true, onclick: tear });
  const switches = FAULTS.map(([fault, name]) => h("button", {
    class: "btn small red", "data-fault": fault, "aria-pressed": "false", w: name,
    onclick: async (event) => {
      const body = event.currentTarget.getAttribute("aria-pressed") === "true" ? { fault: null } : { fault, lines: fault === "dead-head" ? 0 : 6 };
      printed(body);
      await post("printer", body);
    },
  }));
  const lamp = s("svg", { viewBox: "0 0 10 10", class: "lamp", "aria-hidden": "true" }, s("circle", { cx: 5, cy: 5, r: 4 }));
  const shownFault = () => {
    const fault = state.printer?.fault ?? null;
    switches.forEach((button) => button.setAttribute("aria-pressed", button.dataset.fault === fault));
    lamp.classList.toggle("red", Boolean(fault));
  };
  on("printer", shownFault);
  on("state", (all) => {
    const hanging = all.papers ?? [];
    const known = new Set([...strip.children, ...torn.children].map((el) => Number(el.dataset.no)));
    // After a reload what was out before lies in the tray already.
    const fresh = hanging.filter((paper) => !known.has(paper.no));
    line = line.then(async () => { for (const paper of fresh.slice(-4)) await come(paper, true); });
    shownFault();
  });
  on("paper", (paper) => { line = line.then(() => come(paper, false)); });
  return h("section", { class: "printer", wl: "printer" },
    h("div", { class: "printer-body" },
      h("div", { class: "printer-top" }, lamp, h("h2", { w: "printer" }), h("button", { class: "btn small", id: "reprint", w: "reprint", onclick: () => act({ act: "reprint" }) }), tearing),
      h("div", { class: "switches" }, switches),
      h("div", { class: "slot", "aria-hidden": "true" })),
    h("div", { class: "paper-way" }, strip),
    h("div", { class: "torn", hidden: true }, h("h2", { w: "torn" }), torn));
}

