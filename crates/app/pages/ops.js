// Operations: sign in, see how the network stands, answer orders. The page looks again every few seconds while somebody is there; a network
// that does not answer is said, and what was seen before stays with its time.

import { both, h, toast, translate } from "/assets/dom.js";
import { ask, peek, remembered, signed, signInForm, signOut, stir } from "/assets/desk-ask.js";
import { lists } from "/assets/ops-lists.js";
import { waiting } from "/assets/ops-orders.js";
import { PANELS, clock, draw, panel } from "/assets/ops-view.js";
import { pair } from "/assets/words.js";
import "/assets/desk-words.js";
import "/assets/ops-words.js";

const EVERY_MS = 3_000;
let turn = 0;

export async function open(main) {
  document.querySelector(".tag").dataset.w = "opsTag";
  document.querySelector(".foot p").dataset.w = "opsFoot";
  translate();
  const page = h("div", { class: "ops", id: "desk" });
  main.append(page);
  const show = () => { turn += 1; page.replaceChildren(...(signed() ? inside(show) : [h("section", { class: "panel card-box desk" }, h("h1", { w: "opsSignIn" }), signInForm(show))])); };
  // Whoever touches the page is there; a page that only looks does not keep the counter open.
  for (const kind of ["pointerdown", "keydown"]) window.addEventListener(kind, stir);
  await remembered();
  show();
}

function inside(show) {
  const me = signed(), mine = turn;
  const bar = h("div", { class: "me" }, h("span", { class: "soft", w: "as" }), h("strong", { id: "me" }, me.name), both("span", me.role, { class: "chip" }),
    h("button", { class: "btn small", id: "sign-out", w: "signOut", onclick: async () => { await signOut(); show(); } }));
  if (!["operations", "auditor"].includes(me.role.word)) return [bar, h("section", { class: "panel card-box" }, h("p", { class: "refused", id: "not-yours", w: "notYours" }))];
  const stale = h("div", { id: "stopped", role: "alert" });
  const time = h("span", { class: "mono", id: "as-of" }, "—");
  const queue = h("div", { id: "waiting-orders" });
  const board = h("div", { class: "board", id: "board" }, PANELS.map(([id, word]) => panel(id, word, [h("p", { class: "soft", w: "loading" })])));
  let seen = null, figures = null, lost = false, busy = false;

  const gone = (is) => {
    if (is && !lost) stale.replaceChildren(h("p", { class: "refused" }, both("span", pair("stale")), ` ${clock(seen?.at)}`));
    if (!is && lost) { stale.replaceChildren(); toast(pair("backAgain")); }
    lost = is;
    board.classList.toggle("stale", is);
  };
  const look = async () => {
    if (busy || mine !== turn || !signed()) return;
    busy = true;
    const [whole, orders, numbers] = await Promise.all([peek("/api/v1/ops/overview"), peek("/api/v1/ops/orders?standing=waiting&limit=50"), peek("/api/v1/ops/metrics")]);
    busy = false;
    if (mine !== turn) return;
    if (whole.status === 401) { await ask("GET", "/api/v1/ops/orders?limit=1", undefined, h("div")); return; }
    if (whole.status !== 200 || orders.status !== 200) return gone(true);
    gone(false);
    [seen, figures] = [whole.value, numbers.status === 200 ? numbers.value : figures];
    time.textContent = clock(seen.at);
    draw(seen, figures, all.go);
    waiting(queue, orders.value.items, me, look);
  };
  const all = lists(me, look);
  const again = () => { if (mine === turn) { setTimeout(again, EVERY_MS); if (!document.hidden) look(); } };
  setTimeout(() => { again(); all.first(); });
  return [bar, stale, h("section", { class: "panel card-box", "aria-labelledby": "h-orders" }, h("h2", { id: "h-orders", w: "waitingOrders" }), queue),
    h("div", { class: "head-line" }, h("h1", { w: "overview" }), h("p", { class: "soft" }, both("span", pair("asOf")), " ", time)), board, all.box];
}
