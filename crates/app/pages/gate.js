// A network without a theatre: says what it is, and asks for the token. The token stays in this page's memory.

import { both, h, toast } from "/assets/dom.js";
import { pair } from "/assets/words.js";

export function open(main) {
  const token = h("input", { type: "password", name: "token", autocomplete: "off", required: true });
  const rrn = h("input", { name: "rrn", autocomplete: "off", maxlength: "12", minlength: "12", required: true });
  const answer = h("div", { role: "status", id: "answer" });
  const form = h("form", {}, h("label", {}, h("span", { w: "token" }), token), h("label", {}, h("span", { w: "rrn" }), rrn), h("button", { class: "btn main", w: "ask" }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const asked = await fetch("/api/v1/trace", { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${token.value}` }, body: JSON.stringify({ rrn: rrn.value, asker: "page" }) }).catch(() => null);
    const found = await asked?.json().catch(() => null);
    if (asked?.status === 401) return toast(pair("wrongToken"));
    if (!found?.sentence) return toast(found?.title ? { zh: found.title_zh, en: found.title } : pair("lost"));
    answer.replaceChildren(both("p", found.sentence, { class: "sentence" }), both("p", found.cardholder));
  });
  main.append(h("section", { class: "gate panel" }, h("h1", { w: "gateTitle" }), h("p", { w: "gateWhat" }), form, answer, h("pre", {}, "slipway up --demo --pace 10\nslipway trace RRN --dir DIR")));
}
