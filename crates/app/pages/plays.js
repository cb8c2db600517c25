// Plays: the stories of the catalogue, what a person did, and what a link holds. All are one list of steps. A link plays nothing before
// somebody presses the button. One window plays at a time; whoever stops, or closes his window, leaves nothing armed.

import { both, h, say, toast } from "/assets/dom.js";
import { get, on, post, settled, state } from "/assets/feed.js";
import { pair } from "/assets/words.js";
import { forget, setPlaying, whenChanged, written } from "/assets/record.js";
import { forgetTold, later, parse, ready, seen, signed, step } from "/assets/player.js";
import { counted, markOf, trailOf } from "/assets/trail.js";
import { catalogue } from "/assets/catalogue.js";
import { cameOf } from "/assets/came.js";
import { unpick } from "/assets/pick.js";

const WHO = Math.random().toString(36).slice(2), HOLD_MS = 4000, QUIET_MS = 60000, CALM_MS = 8000;
let running = null;

const hold = (on, title) => post("stage", { who: WHO, on, title }, true);

// What came of it, once nothing is on its way any more; after a while as it then stands.
async function outcome(since, story, most, play) {
  const query = `since=${since}${story ? `&story=${encodeURIComponent(story)}` : ""}`, end = Date.now() + most;
  for (;;) {
    const came = await get(`/api/v1/theatre/outcome?${query}`);
    if (came?.quiet || Date.now() > end || play.stopped) return came;
    await later(400);
  }
}

export function plays() {
  const told = h("span", { class: "play-told" }), name = h("strong", {});
  const bar = h("div", { class: "play-bar panel", hidden: true, role: "status" });
  const stop = h("button", { class: "btn small", id: "stop", w: "stop", onclick: () => { if (running) running.stopped = true; } });
  const mine = h("code", { class: "play-text" });
  const share = h("button", { class: "btn small", id: "share", w: "share" });
  const again = h("button", { class: "btn small", id: "again", w: "again" });

  async function run(title, text, story = null, as = null) {
    const steps = parse(text);
    if (!steps) return toast(pair("badPlay"));
    if (running) { running.stopped = true; return; }
    const play = running = { stopped: false, told, began: 0, from: 0 };
    delete bar.dataset.done;
    if (!(await hold(true, title))) { running = null; elsewhere(state.stage); return; }
    unpick();
    const holds = setInterval(() => hold(true, title), HOLD_MS);
    setPlaying(true);
    document.body.classList.add("on-stage");
    say(name, title);
    say(told, pair("preparing"));
    bar.replaceChildren(h("span", { class: "dot", "aria-hidden": "true" }), h("span", { w: "playing" }), name, told, stop);
    bar.hidden = false;
    history.replaceState(null, "", link(text, as));
    forgetTold();
    let done = await ready(play), since = state.ms;
    // What an earlier play left on its way is none of this one.
    if (done) await outcome((await hold(true, title))?.ms ?? since, null, CALM_MS, play);
    since = (await hold(true, title))?.ms ?? since;
    say(told, { zh: "", en: "" });
    forgetTold();
    play.began = play.from = seen.length;
    for (const one of steps) {
      if (!done || play.stopped) break;
      done = await step(one, play);
    }
    if (done && !play.stopped) await signed(play);
    const stuck = !done && !play.stopped, stopped = play.stopped;
    if (!stopped) say(told, pair("settling"));
    const came = stopped ? null : await outcome(since, story, stuck ? 0 : QUIET_MS, play);
    const trail = trailOf(seen), mark = markOf(trail);
    clearInterval(holds);
    await hold(false);
    await settled();
    running = null;
    setPlaying(false);
    document.body.classList.remove("on-stage");
    const word = stuck ? "stuck" : stopped ? "stopped" : "played";
    bar.replaceChildren(h("span", { w: stopped ? "stoppedPlay" : word }), name, ...cameOf(came, { as, mark, count: counted(trail) }),
      h("button", { class: "btn small", w: "again", onclick: () => run(title, text, story, as) }),
      h("button", { class: "btn small", w: "share", onclick: () => copy(text, stopped || stuck ? null : mark) }),
      h("button", { class: "btn small", wl: "close", onclick: () => { bar.hidden = true; } }, "×"));
    Object.assign(bar, { trail, mark, came });
    bar.dataset.done = word;
  }

  const link = (text, as) => `#play=${encodeURIComponent(text)}${as ? `&as=${as}` : ""}`;

  async function copy(text, as = null) {
    const whole = `${location.origin}/${link(text, as)}`;
    history.replaceState(null, "", whole);
    try { await navigator.clipboard.writeText(whole); } catch { /* the address line has it */ }
    toast(pair("shared"));
  }

  function offered() {
    const [, text, as = null] = /^#play=([^&]*)(?:&as=([0-9a-f]{8}))?$/.exec(location.hash) ?? [];
    if (!text || running) return;
    let plainText = "";
    try { plainText = decodeURIComponent(text); } catch { /* not a play */ }
    if (!parse(plainText)) return toast(pair("badPlay"));
    const story = state.catalogue?.flatMap((group) => group.plays).find((one) => one.play === plainText);
    const title = story ? { zh: story.zh, en: story.en } : pair("mine");
    bar.replaceChildren(h("span", { w: "linked" }), both("strong", title), h("button", { class: "btn main small", id: "play-link", w: "playIt", onclick: () => run(title, plainText, story?.id, as) }));
    bar.hidden = false;
  }

  // Another window plays: this one looks on.
  function elsewhere(now) {
    if (running || now?.who === WHO) return;
    if (now) {
      bar.replaceChildren(h("span", { class: "dot", "aria-hidden": "true" }), h("span", { w: "elsewhere" }), both("strong", now.title));
      bar.dataset.done = "elsewhere";
      bar.hidden = false;
    } else if (bar.dataset.done === "elsewhere") { bar.hidden = true; delete bar.dataset.done; }
  }

  share.addEventListener("click", () => (written() ? copy(written()) : toast(pair("notMine"))));
  again.addEventListener("click", () => (written() ? run(pair("mine"), written()) : toast(pair("notMine"))));
  whenChanged(() => { mine.textContent = written(); });
  const list = catalogue((story) => run({ zh: story.zh, en: story.en }, story.play, story.id));
  on("state", (all) => {
    if (list.fill(all.catalogue)) offered();
    elsewhere(all.stage);
  });
  on("stage", elsewhere);
  window.addEventListener("hashchange", offered);
  window.addEventListener("pagehide", () => {
    const body = JSON.stringify({ who: WHO, on: false });
    if (running) fetch("/api/v1/theatre/stage", { method: "POST", headers: { "content-type": "application/json" }, body, keepalive: true });
  });
  return h("section", { class: "plays panel", "aria-labelledby": "plays-head" }, bar,
    h("div", { class: "head" }, h("h2", { id: "plays-head", w: "plays" }), list.search), list.el,
    h("div", { class: "mine" }, h("h2", { w: "mine" }), mine, again, share, h("button", { class: "btn small", w: "forget", onclick: forget })));
}
