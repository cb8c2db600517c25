// The player: does the steps of a play through the same doors as hands use. It waits for what must happen, not for a time; pauses are
// for the eye only.

import { say } from "/assets/dom.js";
import { on, post, state } from "/assets/feed.js";
import { act, flash, take } from "/assets/till.js";
import { plain } from "/assets/record.js";

const WAIT_MS = 150000, STEPS_MAX = 200, QUESTIONS_MAX = 12;
const WORDS = new Set(["arm", "disarm", "sale", "balance", "deal", "say", "release", "clear", "unplug", "plug", "printer", "reprint", "until", "ever", "key", "card", "pin", "finding", "day"]);

// Everything told since the page was opened, as it happened; the picture may be behind.
export const seen = [];
let waiting = null;

on("now", (one) => {
  seen.push(one);
  if (one.kind === "screen") state.screenNow = one.body;
  waiting?.();
});
on("state", (all) => { state.screenNow = all.screen; });

// A play is over: what was told before it is not needed again.
export function forgetTold() { seen.length = 0; }

export function parse(text) {
  const steps = text.split("~").filter(Boolean).map((step) => step.split("."));
  return steps.length && steps.length <= STEPS_MAX && steps.every(([word]) => WORDS.has(word)) ? steps : null;
}

export const later = (ms) => new Promise((done) => setTimeout(done, ms));

function sign([kind, a, b]) {
  const says = (body, zh) => (body.lines ?? []).some((line) => plain(line.zh).includes(zh));
  return ({ kind: what, body }) => {
    switch (kind) {
      case "screen": return what === "screen" && says(body, plain(a));
      case "printed": return what === "paper" && body.copy === "cardholder" && body.fate === "printed";
      case "unprinted": return what === "paper" && ["half", "missing"].includes(body.fate);
      case "crossed": return what === "crossing" && !body.late && body.hop === Number(a) && Number(body.mti) === Number(b);
      case "line": return what === "line" && body.up === (a === "up");
      default: return true;
    }
  };
}

export async function until(fits, from, play, now = () => false) {
  const end = Date.now() + WAIT_MS;
  let next = from;
  while (Date.now() < end && !play.stopped) {
    if (now()) return true;
    while (next < seen.length) if (fits(seen[next++])) return true;
    await new Promise((done) => { waiting = done; setTimeout(done, 500); });
  }
  return false;
}

const isScreen = ({ kind }) => kind === "screen";
const shows = (...words) => (state.screenNow?.lines ?? []).some((line) => words.some((word) => line.zh.includes(word)));

// Something is on its way, and the next screen comes by itself.
function waits() {
  return (state.screenNow?.lines ?? []).some(({ zh }) => zh.endsWith("请稍候") || zh.includes("等待应答") || zh === "正在签到" || zh.endsWith("正在重连"));
}

// The terminal as a play finds it: with current, signed in, nothing half done.
export async function ready(play) {
  if (state.power?.terminal === false) await post("plugs", { party: "terminal", on: true });
  for (let tries = 0; tries < 40 && !play.stopped; tries += 1) {
    if (shows("消费：请输入金额")) return true;
    const from = seen.length;
    if (shows("请操作员签到")) await act({ act: "cashier" });
    else if (shows("核对签名")) await act({ act: "enter" });
    else if (!waits()) await act({ act: tries % 2 ? "enter" : "cancel" });
    await Promise.race([until(isScreen, from, play), later(700)]);
  }
  return shows("消费：请输入金额");
}

// The signature is right: a till that asks for it at the end of a play has not finished the sale.
export async function signed(play) {
  // The slip is out a moment before the question about it.
  await Promise.race([until(() => false, seen.length, play, () => !waits() && shows("核对签名", "消费：请输入金额")), later(2500)]);
  if (state.power?.terminal === false || !shows("核对签名")) return;
  const from = seen.length;
  await act({ act: "enter" });
  await rest(from, play);
}

async function rest(from, play) {
  // An act is answered by a screen. One that changes nothing is waited for a moment only.
  await Promise.race([until(isScreen, from, play), later(900)]);
  return until(() => false, seen.length, play, () => !waits());
}

const right = (place) => state.cards[place]?.pin ?? null;

// What the clerk does at this screen; `null`: the transaction has come to an end, or asks what the play answers itself.
function answer(place, how, may, again) {
  if (state.screenNow?.pin) return { act: "pin", pin: right(place === "-" ? 0 : place) };
  if (shows("同卡同金额")) return again ? { act: "pay_again", reason: again } : null;
  if (shows("主管密码")) return may.has("by") ? { act: "supervisor" } : null;
  if (shows("请刷卡", "请输入卡号")) return place === "-" ? null : { act: "card", place: Number(place), how };
  return shows("与卡面一致请按确认", "无误请按确认") || (may.has("go") && shows("确认继续")) ? { act: "enter" } : null;
}

async function deal([kind, fen, about, place, how, flags], play) {
  const may = new Set(flags.split("+")), again = [...may].find((one) => !["by", "go", "-"].includes(one));
  await until(() => false, seen.length, play, () => !waits());
  let next = { act: "begin", kind, amount_fen: Number(fen) || undefined, last: about === "last" || undefined };
  for (let turn = 0; next && turn < QUESTIONS_MAX && !play.stopped; turn += 1) {
    const from = seen.length;
    if (!(await act(next))) return false;
    await rest(from, play);
    await later(250);
    next = answer(place, how, may, again);
  }
  return !play.stopped;
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
  return act({ act: "pin", pin });
}

async function sale([fen, place, pin], play) {
  await until(() => false, seen.length, play, () => !waits());
  if (shows("请输入金额")) {
    for (const digit of fen) { flash(digit); await act({ act: "digit", digit: Number(digit) }); await later(110); }
    flash("enter");
    await act({ act: "enter" });
  } else await act({ act: "sale", amount_fen: Number(fen) });
  return pay(Number(place ?? 0), pin === "wrong" ? "999999" : right(place ?? 0), play);
}

async function unplug(party) {
  const done = await post("plugs", { party, on: false });
  if (party === "terminal") await post("lines", { clear: true });
  await later(900);
  return done;
}

async function plug(party, play) {
  const from = seen.length;
  const done = await post("plugs", { party, on: true });
  if (party === "terminal") { await until(({ kind, body }) => kind === "screen" && body.lines.length > 0, from, play); await act({ act: "cashier" }); }
  return done;
}

// The day ends at the switch; it is over when every member has cleared it.
async function endDay(play) {
  const ended = await post("day", { end: true }, true);
  const end = Date.now() + WAIT_MS;
  while (ended && Date.now() < end && !play.stopped) {
    const day = await fetch(`/api/v1/theatre/day/${ended.ended}`).then((answered) => answered.ok ? answered.json() : null, () => null);
    if (day?.cleared) return true;
    await later(700);
  }
  return false;
}

// One step. `false`: what it waits for did not come, or a door refused it.
export async function step([word, ...rest], play) {
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
    case "sale": return sale(rest, play);
    case "balance": await act({ act: "balance" }); return pay(Number(rest[0] ?? 0), right(rest[0] ?? 0), play);
    case "deal": return deal(rest, play);
    case "unplug": return unplug(rest[0]);
    case "plug": return plug(rest[0], play);
    case "printer": return post("printer", rest[0] === "ready" ? { fault: null } : { fault: rest[0], lines: Number(rest[1] ?? 0) });
    case "reprint": return act({ act: "reprint" });
    case "finding": return post("findings", { finding: rest[0] });
    case "day": return endDay(play);
    case "key": return act(/^\d$/.test(rest[0]) ? { act: "digit", digit: Number(rest[0]) } : { act: rest[0] });
    case "card": play.place = Number(rest[0]); return take(rest[1], play.place);
    case "pin": await until(() => false, seen.length, play, () => state.screenNow?.pin); return act({ act: "pin", pin: rest[0] === "none" ? null : rest[0] === "wrong" ? "999999" : right(play.place ?? 0) });
    default: return false;
  }
}
