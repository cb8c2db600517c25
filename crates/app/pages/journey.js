// The journey as a live picture: four stations, six crossings with a handle each, a plug at every party, and each message on its way.

import { both, h, s, say, sheet } from "/assets/dom.js";
import { on, pause, post, state } from "/assets/feed.js";
import { pair, word } from "/assets/words.js";
import { HOPS, LETTER, STATIONS, ARROW, places } from "/assets/places.js";
import { show } from "/assets/message.js";
import { armed, plugged } from "/assets/record.js";

export const FAULTS = [["lose", "cut"], ["delay", "delay"], ["double", "double"], ["reorder", "reorder"], ["spoil", "spoil"], ["hold", "hold"]];
export const FAULT_WORD = { lose: "fLose", double: "fDouble", hold: "fHold", spoil: "fSpoil", reorder: "fReorder", delay: "fDelay" };
// What is drawn for a fault, in a square of 20 around the middle.
const SIGN = {
  none: "M1.500 -6.500L-4 1H0L-1.500 6.500L4 -1H0z", lose: "M-6 -6L6 6M-6 6L6 -6", delay: "M0 -7a7 7 0 1 0 .1 0M0 -4V0L3 2", double: "M-6 -2h8v8h-8zM-2 -6h8v8",
  reorder: "M-7 -3H6L3 -6M7 4H-6L-3 7", spoil: "M-7 3L-3 -4L1 4L4 -4L7 2", hold: "M-4 -6V6M4 -6V6",
};

let where, picture, moving, kept = {}, delayed = 3;

export function tone(mti) {
  const kind = Math.trunc(Number(mti) / 100), answer = Math.trunc(Number(mti) / 10) % 10 % 2 === 1;
  return kind === 4 ? "undo" : kind === 8 || kind === 6 ? "manage" : answer ? "answer" : "ask";
}

function lane(hop) {
  const at = where.lanes[hop], name = ARROW[hop];
  const label = s("text", { class: "lane-label", x: at.mx + (where.narrow ? (at.there ? -26 : 26) : 0), y: at.my + (where.narrow ? 4 : at.there ? -24 : 38), "text-anchor": where.narrow ? (at.there ? "end" : "start") : "middle", "data-hop": hop });
  const button = s("g", { class: "handle", role: "button", tabindex: "0", "data-hop": hop, transform: `translate(${at.mx} ${at.my})`, "aria-label": `${word("handle")} ${name}` },
    s("circle", { r: 22, class: "handle-room" }), s("circle", { r: 15, class: "handle-ring" }), s("path", { class: "handle-sign", d: SIGN.none }));
  const open = () => faultSheet(Number(hop));
  button.addEventListener("click", open);
  button.addEventListener("keydown", (event) => { if (["Enter", " "].includes(event.key)) { event.preventDefault(); open(); } });
  return s("g", { class: "lane" },
    s("path", { class: "wire", d: `M${at.x1} ${at.y1}L${at.x2} ${at.y2}`, "marker-end": "url(#tip)" }), label, button);
}

function plugOf(party, x, y, side) {
  const g = s("g", { class: "plug", role: "button", tabindex: "0", "data-party": party, transform: `translate(${x} ${y})` },
    s("circle", { r: 20, class: "handle-room" }), s("circle", { r: 13, class: "plug-ring" }), s("path", { class: "plug-sign", d: "M0 -6V0M-4.200 -3.800a6 6 0 1 0 8.400 0" }));
  const turn = () => {
    const body = { party, on: state.power?.[party] === false };
    plugged(body);
    post("plugs", body);
  };
  g.addEventListener("click", turn);
  g.addEventListener("keydown", (event) => { if (["Enter", " "].includes(event.key)) { event.preventDefault(); turn(); } });
  // Where one box has two plugs each says whose it is.
  if (side) g.append(s("text", { class: "plug-name", ...side, "data-w": party }, word(party)));
  return g;
}

function station(name) {
  const { x, y } = where.at[name], { w, h: high } = where.box;
  const wide = where.narrow, left = x - w / 2, top = y - high / 2;
  const letter = wide ? { x: left + 34, y: y } : { x, y: top + 34 };
  const text = wide ? { x: left + 66, y: y - 6, anchor: "start" } : { x, y: top + 78, anchor: "middle" };
  const plugs = name === "issuer" ? ["issuer1", "issuer2"] : [name];
  return s("g", { class: "station", "data-station": name },
    s("rect", { class: "station-box", x: left, y: top, width: w, height: high, rx: 16 }),
    s("circle", { class: "station-disc", cx: letter.x, cy: letter.y, r: 20 }),
    s("text", { class: "station-letter", x: letter.x, y: letter.y + 7, "text-anchor": "middle" }, LETTER[name]),
    s("text", { class: "station-name", x: text.x, y: text.y, "text-anchor": text.anchor, "data-w": name }, word(name)),
    s("text", { class: "station-state", x: text.x, y: text.y + 22, "text-anchor": text.anchor }, "—"),
    plugs.map((party, no) => {
      const two = plugs.length > 1, last = no === plugs.length - 1;
      if (wide) return plugOf(party, left + w - 6, top + (two ? 20 + no * 52 : 20), two && { x: -18, y: 4, "text-anchor": "end" });
      return plugOf(party, left + w - 10 - (plugs.length - 1 - no) * (w - 20), top + 6, two && { x: last ? 13 : -13, y: -17, "text-anchor": last ? "end" : "start" });
    }));
}

function draw() {
  where = places(matchMedia("(max-width: 760px)").matches);
  kept = {};
  moving = s("g", { class: "moving" });
  picture.setAttribute("viewBox", `0 ${where.size.y} ${where.size.w} ${where.size.h}`);
  picture.replaceChildren(
    s("defs", {}, s("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 13, markerHeight: 13, markerUnits: "userSpaceOnUse", orient: "auto" }, s("path", { class: "tip", d: "M0 0L8 4L0 8z" }))),
    ...Object.keys(HOPS).map(lane), ...STATIONS.map(station), moving);
  for (const one of state.crossings ?? []) labelled(one);
  faultsNow();
  powerNow();
  recordsNow(state.verdict);
}

function labelled(one) {
  const label = picture.querySelector(`.lane-label[data-hop="${one.hop}"]`);
  if (!label) return;
  label.textContent = `${one.mti ?? "?"}${one.code ? ` · ${one.code.code}` : ""}`;
  label.classList.toggle("struck", one.fault === "lose");
  label.onclick = () => show(one.no);
}

function faultsNow() {
  for (const handle of picture.querySelectorAll(".handle")) {
    const rule = (state.faults ?? []).find((one) => one.hop === Number(handle.dataset.hop));
    handle.classList.toggle("armed", Boolean(rule));
    handle.querySelector("path").setAttribute("d", SIGN[rule?.fault ?? "none"]);
    const said = rule ? `: ${word(FAULT_WORD[rule.fault])}` : "";
    handle.setAttribute("aria-label", `${word("handle")} ${ARROW[handle.dataset.hop]}${said}`);
  }
}

function powerNow() {
  for (const plug of picture.querySelectorAll(".plug")) {
    const off = state.power?.[plug.dataset.party] === false;
    plug.classList.toggle("off", off);
    plug.setAttribute("aria-pressed", String(off));
    plug.setAttribute("aria-label", `${word(plug.dataset.party)}: ${word(off ? "plugBack" : "pull")}`);
  }
  for (const el of picture.querySelectorAll(".station")) {
    const name = el.dataset.station, own = name === "issuer" ? ["issuer1", "issuer2"] : [name];
    el.classList.toggle("off", own.every((party) => state.power?.[party] === false));
  }
}

function recordsNow(found) {
  for (const name of STATIONS) {
    const one = found?.evidence?.find((seen) => seen.party === name);
    const el = picture.querySelector(`[data-station="${name}"]`), text = el.querySelector(".station-state");
    el.dataset.state = one?.state ?? "";
    say(text, pair(one ? one.state : "nothing"));
  }
}

// Each message on its way. What is lost breaks half-way; what is kept waits in the middle until it goes on.
function travel(one) {
  labelled(one);
  const at = where.lanes[one.hop], ms = pause() ? 620 : 0;
  const stays = ["hold", "delay", "reorder"].includes(one.fault);
  if (one.late) { kept[one.hop]?.shift()?.remove(); }
  if (!ms && !stays) return arrive(one);
  const make = () => s("g", { class: `message ${tone(one.mti)}${one.fault ? " hurt" : ""}` },
    s("rect", { x: -23, y: -12, width: 46, height: 24, rx: 12 }), s("text", { y: 5, "text-anchor": "middle" }, one.mti ?? "?"));
  const go = (el, from, to, wait = 0) => {
    moving.append(el);
    const step = (point) => ({ transform: `translate(${point[0]}px, ${point[1]}px)` });
    return el.animate([step(from), step(to)], { duration: Math.max(ms, 1), delay: wait, easing: "cubic-bezier(.45,.05,.4,1)", fill: "both" }).finished.catch(() => {});
  };
  const begin = one.late ? [at.mx, at.my] : [at.x1, at.y1], end = [at.x2, at.y2], mid = [at.mx, at.my];
  const el = make();
  if (stays) {
    (kept[one.hop] ??= []).push(el);
    go(el, begin, mid).then(() => el.classList.add("waits"));
    return;
  }
  if (one.fault === "lose") {
    go(el, begin, mid).then(() => { el.classList.add("gone"); setTimeout(() => el.remove(), 700); });
    return;
  }
  go(el, begin, end).then(() => { el.remove(); arrive(one); });
  if (one.fault === "double") { const twin = make(); go(twin, begin, end, 230).then(() => twin.remove()); }
}

function arrive(one) {
  if (one.fault === "lose") return;
  const el = picture.querySelector(`[data-station="${HOPS[one.hop]?.[1]}"]`);
  el?.classList.remove("hit");
  // Anew at the next picture: asking for the layout in between would hold up what comes next.
  requestAnimationFrame(() => el?.classList.add("hit"));
}

// The handle's choices.
function faultSheet(hop) {
  const name = `${ARROW[hop]}`;
  let box;
  const send = (body) => { armed(body); post("lines", body); box.close(); };
  const seconds = h("input", { type: "number", class: "seconds", min: "0.1", max: "600", step: "0.1", value: String(delayed), wl: "seconds" });
  const once = (fault, times) => {
    const ms = Math.round(Number(seconds.value) * 1000);
    if (fault !== "delay") return send({ hop, fault, times, mti: "any" });
    if (!(ms >= 100 && ms <= 600000)) return seconds.focus();
    delayed = ms / 1000;
    return send({ hop, fault, times, mti: "any", ms });
  };
  const row = ([fault, label]) => h("div", { class: "fault-row" },
    s("svg", { viewBox: "-10 -10 20 20", class: "fault-sign", "aria-hidden": "true" }, s("path", { d: SIGN[fault] })),
    h("div", { class: "fault-said" }, h("strong", { w: label }), h("span", { w: `${label}Said` })), fault === "delay" && h("label", { class: "by" }, seconds, h("span", { w: "unitSeconds" })),
    h("button", { class: "btn small", "data-fault": fault, "data-times": "once", w: "once", onclick: () => once(fault, 1) }),
    h("button", { class: "btn small", "data-fault": fault, "data-times": "always", w: "always", onclick: () => once(fault, null) }));
  const now = (state.faults ?? []).filter((one) => one.hop === hop);
  box = sheet(h("h2", {}, h("span", { w: "handle" }), ` ${name}`), FAULTS.map(row),
    h("div", { class: "fault-foot" },
      h("button", { class: "btn main", w: "mend", disabled: now.length === 0, onclick: () => send({ hop, fault: null }) }),
      h("button", { class: "btn", w: "release", onclick: () => send({ release: true }) }),
      h("button", { class: "btn", w: "mendAll", onclick: () => send({ clear: true }) })));
}

export function journey() {
  picture = s("svg", { class: "picture", role: "group", "aria-labelledby": "journey-head" });
  const speeds = [["slow", true], ["live", false]].map(([name, slow]) => h("button", { class: "btn small", "aria-pressed": String(state.slow === slow), w: name, onclick: () => {
    state.slow = slow;
    speeds.forEach((el, at) => el.setAttribute("aria-pressed", String((at === 0) === slow)));
  } }));
  matchMedia("(max-width: 760px)").addEventListener("change", draw);
  on("state", draw);
  on("crossing", (one) => { state.crossings?.push(one); if (state.crossings?.length > 120) state.crossings.shift(); travel(one); });
  on("faults", faultsNow);
  on("power", powerNow);
  on("verdict", recordsNow);
  return h("section", { class: "journey panel", "aria-labelledby": "journey-head" },
    h("div", { class: "head" }, h("h2", { id: "journey-head", w: "journey" }), h("div", { class: "speeds", role: "group", wl: "speed" }, speeds)), picture);
}
