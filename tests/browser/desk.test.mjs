// The support desk in a real browser, before a real network: signing in, what each role sees, the verdict in both languages, a session
// that is over, a network that is gone. SLIPWAY: the program; CHROMIUM: the browser. Pictures go to target/pictures.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { morning } from "./morning.mjs";
import { serious } from "./serious.mjs";

const ROOT = new URL("../../", import.meta.url).pathname;
const PICTURES = join(ROOT, "target/pictures");
const WAIT = 60_000;
const TILL = "10000001";
let network, browser, at, home, ready, rrn, password;

async function port(method, path, body) {
  const answer = await fetch(at + path, { method, headers: body ? { "content-type": "application/json" } : {}, body: body && JSON.stringify(body) });
  return answer.json();
}

// Looks until it is so: the port itself waits for the screen to change.
async function shows(first, unless = null) {
  let seen = 0;
  for (let look = 0; look < 60; look += 1) {
    // The line may not have been up yet when the cashier signed in.
    if (unless && look % 3 === 0) await unless();
    const screen = await port("GET", `/api/v1/terminals/${TILL}?seen=${seen}`);
    if (screen.lines[0]?.en.startsWith(first)) return;
    seen = screen.no;
  }
  assert.fail(`the till never showed ${first}: ${JSON.stringify((await port("GET", `/api/v1/terminals/${TILL}`)).lines)}`);
}

async function sell() {
  const act = (body) => port("POST", `/api/v1/terminals/${TILL}/acts`, body);
  await shows("Sale: key the amount", () => act({ act: "sign_in", operator: 1, password: "0000" }));
  await act({ act: "begin", kind: "sale", amount_fen: 8800 });
  await act({ act: "card", track2: ready.cards[0].track2 });
  await act({ act: "enter" });
  await act({ act: "pin", pin: ready.cards[0].pin });
  await shows("Approved: check the signature");
  await act({ act: "enter" });
  await shows("Sale: key the amount");
  const { merchant } = ready.own_terminals[0];
  for (let look = 0; look < 500; look += 1) {
    const found = await port("POST", "/api/v1/trace", { merchant, terminal: TILL, card: ready.cards[0].pan });
    if (found.verdict === "took_place" && found.evidence[1]?.slip) return found.rrn;
  }
  return assert.fail("the slip was never confirmed");
}

before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  home = mkdtempSync(join(tmpdir(), "slipway-desk-"));
  network = spawn(process.env.SLIPWAY ?? join(ROOT, "target/debug/slipway"),
    ["up", "--demo", "--pace", "fast", "--json", "--http", "127.0.0.1:0", "--acquirer-port", "0", "--switch-port", "0", "--dir", morning(join(home, "net"))],
    { stdio: ["ignore", "pipe", "inherit"] });
  ready = JSON.parse(await new Promise((done) => createInterface(network.stdout).once("line", done)));
  at = `http://${ready.http}`;
  password = ready.sign_ins[0].password;
  rrn = await sell();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await browser?.close();
  const ended = new Promise((done) => network.once("exit", done));
  network.kill("SIGTERM");
  assert.equal(await ended, 0, "the network stops in order");
  rmSync(home, { recursive: true, force: true });
});

async function open({ lang = "en-US", dark = false, width = 1280, height = 900, hash = "" } = {}) {
  const context = await browser.newContext({ locale: lang, colorScheme: dark ? "dark" : "light", viewport: { width, height } });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  // A refusal of a door is told on the page; the browser's own line about it is none of ours.
  page.on("console", (said) => said.type() === "error" && !said.text().startsWith("Failed to load resource") && wrong.push(said.text()));
  page.on("request", (asked) => asked.url().startsWith(at) || asked.url().startsWith("data:") || wrong.push(`asked ${asked.url()}`));
  page.on("dialog", (box) => { wrong.push(`dialog ${box.message()}`); box.dismiss(); });
  await page.goto(`${at}/desk${hash}`);
  await page.waitForSelector("#sign-in");
  return { page, context, wrong };
}

async function signIn(page, name, word = password) {
  const form = page.locator("#sign-in").last();
  await form.locator("[name=name]").fill(name);
  await form.locator("[name=password]").fill(word);
  await form.locator("button").click();
}

async function find(page, reference) {
  await page.fill("#find-form [name=rrn]", reference);
  await page.click("#find-form button");
}

const fate = (page, want) => page.waitForSelector(`#fate[data-fate="${want}"]`);
const picture = (page, name) => page.screenshot({ path: join(PICTURES, `desk-${name}.png`), fullPage: true });

test("from signing in to the verdict, its slip, and a reprint; in both languages", async () => {
  const { page, context, wrong } = await open();
  await signIn(page, "desk", "not the password");
  await page.waitForSelector(".wrong >> text=wrong");
  assert.equal(await page.inputValue("#sign-in [name=password]"), "", "what was typed is not kept");
  await signIn(page, "desk");
  await page.waitForSelector("#me >> text=desk");
  await find(page, rrn);
  await fate(page, "took_place");
  assert.match(await page.textContent("#truth"), /took place/);
  assert.match(await page.textContent(".now"), /print/i);
  for (const party of ["terminal", "acquirer", "switch", "issuer"]) assert.ok(await page.locator(`.line-of-time [data-party="${party}"]`).count(), party);
  await page.waitForSelector(".papers img");
  assert.equal(await page.locator(".papers img").count(), 3);
  assert.match(await page.locator(".papers img").nth(2).getAttribute("alt"), /重打印/);
  assert.ok(!(await page.content()).includes(ready.cards[0].pan), "no card number");
  await page.click('[data-deed="reprint"]');
  await page.waitForSelector("#deed-said .done");
  await picture(page, "en");
  await page.click("#lang");
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  assert.match(await page.textContent("#truth"), /[一-鿿]/);
  assert.match(await page.textContent("#deeds"), /现在可以做的/);
  await picture(page, "zh");
  // By the hotline's three: the card leaves the form with the question.
  await page.click("#byCard");
  await page.fill("[name=merchant]", ready.own_terminals[0].merchant);
  await page.fill("[name=terminal]", TILL);
  await page.fill("#find-form [name=card]", ready.cards[0].pan);
  await page.click("#find-form button");
  await fate(page, "took_place");
  assert.equal(await page.inputValue("#find-form [name=card]"), "");
  assert.ok(!page.url().includes(ready.cards[0].pan), page.url());
  await page.click("#sign-out");
  await page.waitForSelector("#sign-in");
  assert.ok(!(await page.textContent("body")).includes(rrn), "nothing is left on the page");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a shop sees its own payments only, and what may not be done says why", async () => {
  const own = await open();
  await signIn(own.page, "cashier");
  await find(own.page, rrn);
  await fate(own.page, "took_place");
  assert.equal(await own.page.locator('.line-of-time [data-party="issuer"]').count(), 0);
  assert.ok(await own.page.isDisabled('[data-deed="propose_refund"]'));
  assert.match(await own.page.textContent("#why-propose_refund"), /proposes no refund/);
  const address = own.page.url();
  await own.context.close();

  const { page, context, wrong } = await open();
  await signIn(page, "hotel");
  await find(page, rrn);
  await fate(page, "not_found");
  await page.evaluate((hash) => { location.hash = hash; }, new URL(address).hash);
  await page.waitForSelector("#result >> text=there is no such payment");
  // What people type is text, and nothing else.
  await find(page, "<b>\u202e😀");
  await page.waitForSelector("#result .refused");
  assert.equal(await page.locator("#result b").count(), 0);
  await picture(page, "other-shop");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("five wrong passwords lock a name", async () => {
  const { page, context } = await open();
  for (let no = 0; no < 5; no += 1) {
    const said = page.waitForResponse((answer) => answer.url().endsWith("/api/v1/session") && answer.request().method() === "POST");
    await signIn(page, "operations", `wrong password ${no}`);
    assert.equal((await said).status(), 401);
  }
  await signIn(page, "operations");
  await page.waitForSelector(".wrong >> text=too many tries");
  await picture(page, "locked");
  await context.close();
});

test("a page left open over night: the session is over, signs in again, and is back", async () => {
  const { page, context, wrong } = await open();
  await signIn(page, "desk");
  await find(page, rrn);
  await fate(page, "took_place");
  await context.clearCookies();
  await page.click('[data-deed="ask_again"]');
  await page.waitForSelector("#over[open]");
  assert.equal(await page.inputValue("#over [name=name]"), "desk");
  assert.ok(!(await page.isVisible("#truth")), "what was shown is covered");
  await picture(page, "over");
  await signIn(page, "desk");
  await page.waitForSelector("#over", { state: "detached" });
  assert.ok(await page.isVisible("#truth"));
  // All that the page asks by itself is answered.
  await page.waitForSelector(".toast >> text=asked anew");
  await page.waitForSelector(".papers img");
  // What does something is not done by itself afterwards.
  await context.clearCookies();
  await page.click('[data-deed="propose_refund"]');
  await page.fill("[name=because]", "<img src=x onerror=alert(1)> \u05d0\u05d1 odd 😀");
  await page.click("dialog[open] .btn.main");
  await page.waitForSelector("#over[open]");
  await signIn(page, "desk");
  await page.waitForSelector("dialog[open] .refused");
  await page.click("dialog[open] .btn.main");
  await page.waitForSelector("text=A refund is proposed");
  assert.equal(await page.locator("#desk img[src=x]").count(), 0);
  assert.ok(await page.isDisabled('[data-deed="propose_refund"]'));
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a counter that was left covers itself, and who closes the question sees nothing", async () => {
  const { page, context } = await open();
  await page.clock.install();
  await signIn(page, "desk");
  await find(page, rrn);
  await fate(page, "took_place");
  await page.waitForSelector(".papers img");
  await page.clock.fastForward("15:01");
  await page.waitForSelector("#over[open]");
  assert.ok(!(await page.isVisible("#truth")));
  await context.clearCookies();
  await page.keyboard.press("Escape");
  await page.waitForSelector("main #sign-in");
  assert.equal(await page.locator("#truth").count(), 0);
  await context.close();
});

test("a network that is gone is told, and nothing is claimed", async () => {
  const { page, context } = await open();
  await signIn(page, "desk");
  await find(page, rrn);
  await fate(page, "took_place");
  await context.setOffline(true);
  await page.click('[data-deed="reprint"]');
  await page.waitForSelector("#deed-said >> text=does not answer");
  await context.setOffline(false);
  await page.click('[data-deed="ask_again"]');
  await page.waitForSelector(".toast >> text=asked anew");
  await context.close();
});

test("a caller without a role gets one sentence", async () => {
  const { page, context, wrong } = await open();
  await page.fill("#caller [name=merchant]", ready.own_terminals[0].merchant);
  await page.fill("#caller [name=terminal]", TILL);
  await page.fill("#caller [name=card]", ready.cards[0].pan);
  await page.click("#caller button");
  await page.waitForSelector("#sentence-answer .sentence");
  assert.equal(await page.inputValue("#caller [name=card]"), "");
  assert.ok(!(await page.textContent("#sentence-answer")).includes(rrn), "the sentence and nothing else");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("narrow, wide, light, dark: nothing overflows, no serious finding of axe; the auditor's trail", async () => {
  for (const [name, how] of Object.entries({ phone: { width: 360, height: 740 }, "phone-dark": { width: 360, height: 740, dark: true, lang: "zh-CN" }, wide: {}, dark: { dark: true } })) {
    const { page, context } = await open(how);
    await serious(page, `${name}, signing in`);
    await picture(page, `${name}-sign-in`);
    await signIn(page, "auditor");
    await page.waitForSelector("#find-form");
    // By keyboard alone.
    await page.focus("#find-form [name=rrn]");
    await page.keyboard.type(rrn);
    await page.keyboard.press("Enter");
    await fate(page, "took_place");
    await page.waitForSelector("#trail-table td");
    await page.waitForSelector(".papers img");
    assert.match(await page.textContent("#trail-table"), /find/);
    await serious(page, name);
    await picture(page, name);
    await context.close();
  }
});
