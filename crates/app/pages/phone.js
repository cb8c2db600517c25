// The cardholder's phone.

import { both, h } from "/assets/dom.js";
import { on } from "/assets/feed.js";

const KINDS = { debit: ["debitNotice", "−"], refund: ["refundNotice", "+"], decline: ["declineNotice", ""] };

export function phone() {
  const list = h("ol", { class: "notices", tabindex: "0", wl: "bank", "aria-live": "polite" });
  const quiet = h("p", { class: "quiet", w: "quiet" });
  const clock = h("span", {}, "");
  const box = h("section", { class: "phone", wl: "phone" },
    h("div", { class: "phone-top", "aria-hidden": "true" }, clock, h("span", { class: "notch" }), h("span", {}, "5G ▮▮")),
    h("h2", { class: "phone-head", w: "bank" }), quiet, list);

  function one(notice) {
    const [name, sign] = KINDS[notice.kind] ?? ["bank", ""];
    clock.textContent = (notice.at ?? "").slice(11, 16);
    quiet.hidden = true;
    return h("li", { class: `notice ${notice.kind}` },
      h("div", { class: "notice-top" }, h("span", { class: "notice-kind", w: name }), h("span", { class: "notice-sum" }, `${sign}¥ ${notice.amount}`)),
      both("p", notice));
  }
  on("state", (all) => {
    list.replaceChildren(...(all.notices ?? []).slice(-12).reverse().map(one));
    quiet.hidden = list.children.length > 0;
    if (!clock.textContent) clock.textContent = "--:--";
  });
  on("notice", (notice) => {
    const el = one(notice);
    el.classList.add("fresh");
    list.prepend(el);
    while (list.children.length > 20) list.lastChild.remove();
  });
  return box;
}
