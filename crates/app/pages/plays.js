// Plays: the stories of the catalogue, what a person did, and what a link holds. All are one list of steps, played through the same
// doors as hands use; a play waits for what must happen, not for a time. A link plays nothing before somebody presses the button.

import { both, h, say, toast } from "/assets/dom.js";
import { on, post, settled, state } from "/assets/feed.js";
import { pair } from "/assets/words.js";
import { press, take, act } from "/assets/till.js";
import { forget, plain, setPlaying, whenChanged, written } from "/assets/record.js";

const WAIT_MS = 150000, STEPS_MAX = 200;
const WORDS = new Set(["arm", "disarm", "sale", "balance", "say", "release", "clear", "unplug", "plug", "printer", "reprint", "until", "ever", "key", "card", "pin"]);

let seen = [], waiting = null, running = null;

on("now", (one) => {
  seen.push(one);
  if (seen.length > 4000) seen.splice(0, 1000), running && (running.from = Math.max(0, running.from - 1000));
  waiting?.();
});

export function parse(text) {
  const steps = text.split("~").filter(Boolean).map((step) => step.split("."));
  return steps.length && steps.length <= STEPS_MAX && steps.every(([word]) => WORDS.has(word)) ? steps : null;
}

const later = (ms) => new Promise((done) => setTimeout(done, ms));

function sign([kind, a, b]) {
  const says = (body, zh) => (body.lines ?? []).some((line) => plain(line.zh).includes(zh));
  return ({ kind: what, body }) => {
    switch (kind) {
      case "screen": return what === "screen" && says(body, plain(a));
      case "printed": return what === "paper" && body.copy === "cardholder" && body.fate === "printed";
      case "unprinted": return what === "paper" && ["half", "missing"].includes(body.fate);
      case "crossed": return what === "crossing" && !body.late && body.hop === Number(a) && Number(body.mti) === Number(b);
      default: return true;
    }
  };
}

async function until(fits, from, play, now = () => false) {
  const end = Date.now() + WAIT_MS;
  let next = from;
  while (Date.now() < end && !play.stopped) {
    if (now()) return true;
    while (next < seen.length) if (fits(seen[next++])) return true;
    await new Promise((done) => { waiting = done; setTimeout(done, 500); });
  }
  return false;
}

const shows = (...words) => (state.screenNow?.lines ?? []).some((line) => words.some((word) => line.zh.includes(word)));
on("now", ({ kind, body }) => { if (kind === "screen") state.screenNow = body; });
on("state", (all) => { state.screenNow = all.screen; });

// The terminal as a story finds it: with current, signed in, nothing half done.
async function ready(play) {
  if (state.power?.terminal === false) await post("plugs", { party: "terminal", on: true });
  for (let tries = 0; tries < 40 && !play.stopped; tries += 1) {
    if (shows("消费：请输入金额")) return true;
    const from = seen.length;
    if (shows("请操作员签到")) await act({ act: "cashier" });
    else if (shows("核对签名")) await act({ act: "enter" });
    else if (!shows("请稍候", "等待应答", "正在")) await act({ act: tries % 2 ? "enter" : "cancel" });
    await Promise.race([until(({ kind }) => kind === "screen", from, play), later(700)]);
  }
  return shows("消费：请输入金额");
}

async function pay(place, pin, play) {
  const from = seen.length;
  await later(350);
  await take("swipe", place);
  await until(({ kind, body }) => kind === "screen" && (body.pin || body.lines.some((line) => /卡号|确认/.test(line.zh))), from, play);
  await later(350);
  if (!state.screenNow?.pin) await act({ act: "enter" });
  await until(({ kind, body }) => kind === "screen" && body.pin, from, play, () => state.screenNow?.pin);
  await later(350);
  await act({ act: "pin", pin });
}

async function step([word, ...rest], play) {
  const right = (place) => state.cards[place]?.pin ?? null;
  switch (word) {
    case "until": return until(sign(rest), play.from, play, rest[0] === "screen" ? () => shows(rest[1]) : undefined);
    case "ever": return until(sign(rest), play.began, play);
    case "say": say(play.told, { zh: rest[0], en: rest[1] ?? rest[0] }); return true;
    case "arm": return post("lines", { hop: Number(rest[0]), mti: /^\d+$/.test(rest[1]) ? Number(rest[1]) || "money" : rest[1], fault: rest[2], times: rest[3] === "always" ? null : Number(rest[3]), ms: rest[4] ? Number(rest[4]) : undefined });
    case "disarm": return post("lines", { hop: Number(rest[0]), fault: null });
  }
  play.from = seen.length;
  switch (word) {
    case "release": return post("lines", { release: true });
    case "clear": return post("lines", { clear: true });
    case "sale": {
      for (const digit of rest[0]) { await press(digit); await later(110); }
      await press("enter");
      await pay(Number(rest[1] ?? 0), rest[2] === "wrong" ? "999999" : right(rest[1] ?? 0), play);
      return true;
    }
    case "balance": await act({ act: "balance" }); await pay(Number(rest[0] ?? 0), right(rest[0] ?? 0), play); return true;
    case "unplug": {
      const done = await post("plugs", { party: rest[0], on: false });
      if (rest[0] === "terminal") await post("lines", { clear: true });
      await later(900);
      return done;
    }
    case "plug": {
      const done = await post("plugs", { party: rest[0], on: true });
      if (rest[0] === "terminal") { await until(({ kind, body }) => kind === "screen" && body.lines.length > 0, play.from, play); await act({ act: "cashier" }); }
      return done;
    }
    case "printer": return post("printer", rest[0] === "ready" ? { fault: null } : { fault: rest[0], lines: Number(rest[1] ?? 0) });
    case "reprint": return act({ act: "reprint" });
    case "key": return act(/^\d$/.test(rest[0]) ? { act: "digit", digit: Number(rest[0]) } : { act: rest[0] });
    case "card": play.place = Number(rest[0]); return take(rest[1], play.place);
    case "pin": await until(() => false, seen.length, play, () => state.screenNow?.pin); return act({ act: "pin", pin: rest[0] === "none" ? null : rest[0] === "wrong" ? "999999" : right(play.place ?? 0) });
    default: return false;
  }
}

export function plays() {
  const buttons = h("div", { class: "play-list" });
  const told = h("span", { class: "play-told" });
  const name = h("strong", {});
  const bar = h("div", { class: "play-bar panel", hidden: true, role: "status" });
  const stop = h("button", { class: "btn small", w: "stop", onclick: () => { if (running) running.stopped = true; } });
  const mine = h("code", { class: "play-text" });
  const share = h("button", { class: "btn small", id: "share", w: "share" });
  const again = h("button", { class: "btn small", id: "again", w: "again" });

  async function run(title, text) {
    const steps = parse(text);
    if (!steps) return toast(pair("badPlay"));
    if (running) { running.stopped = true; return; }
    const play = running = { stopped: false, told, began: seen.length, from: seen.length };
    setPlaying(true);
    document.body.classList.add("on-stage");
    say(name, title);
    say(told, pair("preparing"));
    bar.replaceChildren(h("span", { class: "dot", "aria-hidden": "true" }), h("span", { w: "playing" }), name, told, stop);
    bar.hidden = false;
    history.replaceState(null, "", `#play=${encodeURIComponent(text)}`);
    let done = await ready(play);
    say(told, { zh: "", en: "" });
    play.began = play.from = seen.length;
    for (const one of steps) {
      if (!done || play.stopped) break;
      done = await step(one, play);
    }
    await settled();
    running = null;
    setPlaying(false);
    document.body.classList.remove("on-stage");
    const stuck = !done && !play.stopped;
    bar.dataset.done = stuck ? "stuck" : play.stopped ? "stopped" : "played";
    bar.replaceChildren(h("span", { w: stuck ? "stuck" : "played" }), name,
      h("button", { class: "btn small", w: "again", onclick: () => run(title, text) }), h("button", { class: "btn small", w: "share", onclick: () => copy(text) }));
    if (!stuck) delete bar.dataset.stuck;
  }

  async function copy(text) {
    const link = `${location.origin}/#play=${encodeURIComponent(text)}`;
    history.replaceState(null, "", link);
    try { await navigator.clipboard.writeText(link); } catch { /* the address line has it */ }
    toast(pair("shared"));
  }

  function offered() {
    const text = /^#play=(.*)$/.exec(location.hash)?.[1];
    if (!text || running) return;
    let plainText = "";
    try { plainText = decodeURIComponent(text); } catch { /* not a play */ }
    if (!parse(plainText)) return toast(pair("badPlay"));
    const story = (state.stories ?? []).find((one) => one.play === plainText);
    const title = story ? { zh: story.zh, en: story.en } : pair("mine");
    bar.replaceChildren(h("span", { w: "linked" }), both("strong", title), h("button", { class: "btn main small", id: "play-link", w: "playIt", onclick: () => run(title, plainText) }));
    bar.hidden = false;
  }

  share.addEventListener("click", () => (written() ? copy(written()) : toast(pair("notMine"))));
  again.addEventListener("click", () => (written() ? run(pair("mine"), written()) : toast(pair("notMine"))));
  whenChanged(() => { mine.textContent = written(); });
  on("state", (all) => {
    if (buttons.children.length) return;
    buttons.replaceChildren(...all.stories.map((story) => h("button", { class: "play", "data-play": story.id, onclick: () => run({ zh: story.zh, en: story.en }, story.play) },
      h("span", { class: "play-id" }, story.id), both("span", story))));
    offered();
  });
  window.addEventListener("hashchange", offered);
  return h("section", { class: "plays panel", "aria-labelledby": "plays-head" }, bar,
    h("div", { class: "head" }, h("h2", { id: "plays-head", w: "plays" })), buttons,
    h("div", { class: "mine" }, h("h2", { w: "mine" }), mine, again, share, h("button", { class: "btn small", w: "forget", onclick: forget })));
}
