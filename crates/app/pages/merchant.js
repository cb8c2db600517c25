// The merchant portal: sign in, and see one shop's day, payments, settlement, terminals and refunds.

import { both, h, money as sum, translate } from "/assets/dom.js";
import { remembered, signed, signInForm, signOut } from "/assets/desk-ask.js";
import { clock, fact, look, nameShop, pages, panel, payout, shopNamed, stoppedNote, sums } from "/assets/merchant-look.js";
import { list, one, refunds } from "/assets/merchant-payments.js";
import { day, money, payments } from "/assets/merchant-money.js";
import { terminals } from "/assets/merchant-terminals.js";
import { pair } from "/assets/words.js";
import "/assets/desk-words.js";
import "/assets/merchant-words.js";

const TABS = { today: "tabToday", payments: "tabPayments", days: "tabDays", terminals: "tabTerminals", refunds: "tabRefunds" };

export async function open(main) {
  document.querySelector(".tag").dataset.w = "portalTag";
  document.querySelector(".foot p").dataset.w = "portalFoot";
  translate();
  const page = h("div", { class: "desk portal", id: "merchant" });
  main.append(page);
  const draw = async () => page.replaceChildren(...(signed() ? await inside(draw) : [h("section", { class: "panel card-box" }, h("h1", { w: "portalSignIn" }), signInForm(draw))]));
  await remembered();
  await draw();
}

async function inside(draw) {
  const me = signed();
  const out = h("button", { class: "btn small", id: "sign-out", w: "signOut", onclick: async () => { await signOut(); nameShop(""); window.onhashchange = null; history.replaceState(null, "", "/merchant"); draw(); } });
  const bar = h("div", { class: "me" }, h("span", { class: "soft", w: "as" }), h("strong", { id: "me" }, me.name), both("span", me.role, { class: "chip" }), out);
  if (me.role.word === "agent") return [bar, h("p", { class: "panel card-box", w: "noPortal" })];
  if (!me.merchant && !shopNamed()) return [bar, choose(draw)];
  const place = h("div", {});
  const shop = await look("shop", place);
  if (!shop) {
    const again = h("button", { class: "btn", w: me.merchant ? "retry" : "back", onclick: () => { nameShop(""); draw(); } });
    return [bar, stoppedNote(), h("section", { class: "panel card-box" }, place, again)];
  }
  const view = h("div", { id: "view", tabindex: "-1" });
  const nav = h("nav", { class: "tabs", wl: "sections" }, Object.entries(TABS).filter(([name]) => name !== "days" || shop.may.see_settlement)
    .map(([name, word]) => h("a", { class: "btn", href: `#${name}`, id: `tab-${name}`, w: word })));
  const head = h("header", { class: "shop-head" }, h("h1", {}, h("bdi", { id: "shop-name" }, shop.name ?? shop.name_place ?? shop.merchant)),
    h("p", { class: "soft" }, h("span", { class: "mono" }, shop.merchant), shop.day && h("span", {}, " · ", h("span", { w: "businessDay" }), ` ${shop.day}`)));
  const views = { today, payments: list, days: money, terminals, refunds };
  const route = () => {
    const [, x] = /^#x=([\w-]+)$/.exec(location.hash) ?? [];
    const [, d] = /^#day=([\d-]+)$/.exec(location.hash) ?? [];
    const name = x ? "payments" : d ? "days" : Object.hasOwn(views, location.hash.slice(1)) ? location.hash.slice(1) : "today";
    for (const tab of nav.children) { if (tab.id === `tab-${name}`) tab.setAttribute("aria-current", "page"); else tab.removeAttribute("aria-current"); }
    view.replaceChildren();
    if (x) one(view, x, shop, me); else if (d) day(view, d); else views[name](view, shop, me);
  };
  window.onhashchange = () => { if (signed()) route(); };
  route();
  return [bar, stoppedNote(), head, nav, view];
}

function choose(draw) {
  const form = h("form", { class: "fields", id: "choose" }, h("label", {}, h("span", { w: "merchantNo" }), h("input", { name: "merchant", required: true, maxlength: "15", autocomplete: "off", spellcheck: "false" })),
    h("button", { class: "btn main", w: "openShop" }));
  form.addEventListener("submit", (event) => { event.preventDefault(); nameShop(form.elements.merchant.value.trim()); draw(); });
  return h("section", { class: "panel card-box" }, h("h1", { w: "whichShop" }), form);
}

function today(view, shop) {
  const takings = h("section", { class: "panel hero", "aria-labelledby": "taken" }, h("p", { class: "soft", w: "loading" }));
  const doubts = h("div", {}), payouts = h("div", {});
  const fill = () => {
    drawTakings(takings, shop);
    pages(doubts, "doubts", "noDoubts", doubt);
    if (shop.may.see_settlement) pages(payouts, "payouts?limit=3", "noPayouts", payout, (rows) => h("div", {}, h("ul", { class: "rows" }, rows.slice(0, 3)))).then(() => payouts.querySelector(".more")?.remove());
  };
  view.append(takings, panel("doubtsTitle", "doubts", doubts));
  if (shop.may.see_settlement) view.append(panel("payoutsTitle", "payouts", payouts, h("p", {}, h("a", { href: "#days", w: "allDays" }))));
  view.append(h("button", { class: "btn", id: "refresh", w: "refresh", onclick: fill }));
  fill();
}

async function drawTakings(place, shop) {
  const told = await look("takings?limit=1", place);
  if (!told) return;
  const now = told.items[0];
  if (!now) return place.replaceChildren(both("p", pair("nothingToday"), { class: "soft empty" }));
  const expect = h("p", { class: "soft", id: "expected" });
  place.replaceChildren(...[h("h2", { id: "taken", w: "taken" }),
    h("p", { class: "big" }, h("strong", { id: "net" }, sum(now.gross_fen))),
    now.count ? h("dl", { class: "facts" }, fact("salesIn", sum(now.gross_in_fen)), fact("givenBack", sum(-now.gross_back_fen)), now.fees_to_fen != null && fact("feesToday", sums(now.fees_from_fen, now.fees_to_fen)),
      now.waiting.count > 0 && fact("waitingTill", `${sum(now.waiting.fen)} · `, both("span", payments(now.waiting.count)))) : both("p", pair("nothingToday"), { class: "soft empty" }),
    now.count > 0 && h("ul", { class: "kinds" }, now.kinds.map((kind) => h("li", {}, both("span", kind), h("span", { class: "mono" }, ` ${kind.count} · ${sum(kind.fen)}`)))),
    now.left_from_before?.count > 0 && h("p", { class: "soft" }, h("span", { w: "leftBefore" }), " ", both("span", payments(now.left_from_before.count)), ` · ${sum(now.left_from_before.fen)}`),
    expect, h("p", { class: "soft small" }, h("span", { w: "asOf" }), ` ${clock(shop.now)} · `, h("span", { w: "businessDay" }), ` ${now.day}`)].filter(Boolean));
  if (!shop.may.see_settlement) return;
  const soon = await look("expected", expect);
  if (!soon?.expected) return;
  const { payable_fen: payable, pay_day: payDay, carried_in_fen: before, carried_out_fen: after } = soon.expected;
  const carried = (word, fen) => fen ? [" · ", h("span", { w: word }), " ", h("strong", {}, sum(fen))] : [];
  expect.replaceChildren(...(payable > 0 ? [h("span", { w: "expectPay" }), " ", h("span", { w: "aboutWord" }), " ", h("strong", {}, sum(payable)), " · ", h("span", { w: "expectOn" }), ` ${payDay}`] : [h("span", { w: "expectNone" })]),
    ...carried("carriedIn", before), ...carried("carried", after));
}

function doubt(one) {
  return h("li", { class: "doubt" }, h("a", { href: `#x=${one.id}` }, one.kind ? both("span", one.kind) : one.voucher, one.amount_fen != null ? ` ${sum(one.amount_fen)}` : ""),
    h("span", { class: "soft mono" }, `${clock(one.at)} · ${one.terminal}`), both("p", one.sentence, { class: "says" }),
    h("p", { class: "clock" }, one.due ? h("span", {}, h("span", { w: "answerBy" }), " ", h("strong", { class: "mono" }, clock(one.due))) : h("span", { w: "noClock" })));
}
