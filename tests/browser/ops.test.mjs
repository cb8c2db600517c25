// Operations in a real browser, before a real network: who may come in, the overview as it changes, an order from one person's proposal to
// the other's yes, a network that is gone and comes back. SLIPWAY: the program; CHROMIUM: the browser. Pictures go to target/pictures.

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
let network, browser, at, home, ready, password;

async function port(path, body) {
  const answer = await fetch(at + path, { method: body ? "POST" : "GET", headers: body ? { "content-type": "application/json" } : {}, body: body && JSON.stringify(body) });
  return answer.json();
}

before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  home = mkdtempSync(join(tmpdir(), "slipway-ops-"));
  network = spawn(process.env.SLIPWAY ?? join(ROOT, "target/debug/slipway"),
    ["up", "--demo", "--pace", "fast", "--json", "--http", "127.0.0.1:0", "--acquirer-port", "0", "--switch-port", "0", "--dir", morning(join(home, "net"))],
    { stdio: ["ignore", "pipe", "inherit"] });
  ready = JSON.parse(await new Promise((done) => createInterface(network.stdout).once("line", done)));
  at = `http://${ready.http}`;
  password = ready.sign_ins[0].password;
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

async function open(name, { lang = "en-US", dark = false, width = 1280, height = 900, hash = "" } = {}) {
  const context = await browser.newContext({ locale: lang, colorScheme: dark ? "dark" : "light", viewport: { width, height } });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (said) => said.type() === "error" && !said.text().startsWith("Failed to load resource") && wrong.push(said.text()));
  page.on("request", (asked) => asked.url().startsWith(at) || asked.url().startsWith("data:") || wrong.push(`asked ${asked.url()}`));
  await page.goto(`${at}/ops${hash}`);
  await page.waitForSelector("#sign-in");
  if (name) await signIn(page, name);
  return { page, context, wrong };
}

async function signIn(page, name) {
  const form = page.locator("#sign-in").last();
  await form.locator("[name=name]").fill(name);
  await form.locator("[name=password]").fill(password);
  await form.locator("button").click();
}

const stands = (page) => page.waitForSelector('.party-card[data-party="acquirer"][data-up="true"]');
const picture = (page, name) => page.screenshot({ path: join(PICTURES, `ops-${name}.png`), fullPage: true });

async function proposeHold(page, yuan, because) {
  await page.click("#new-hold");
  await page.fill("#order-form [name=merchant]", ready.own_terminals[0].merchant);
  await page.fill("#order-form [name=amount]", yuan);
  await page.selectOption("#order-form [name=ground]", "risk-hit");
  await page.fill("#order-form [name=doubt]", "1000");
  await page.fill("#order-form [name=until]", "2027-01-20");
  await page.fill("#order-form [name=because]", because);
  await page.click("#order-form .btn.main");
  await page.waitForSelector("#order-form", { state: "detached" });
}

test("one person proposes, the other says yes; the first cannot", async () => {
  const one = await open("operations"), other = await open("checker", { lang: "zh-CN" });
  await stands(one.page);
  const odd = "<img src=x onerror=alert(1)> 命中 😀";
  await proposeHold(one.page, "88.50", odd);
  await one.page.waitForSelector(".order");
  await one.page.click(".order button");
  await one.page.waitForSelector("dialog[open] >> text=another person approves it");
  assert.equal(await one.page.locator("#approve").count(), 0);
  await one.page.keyboard.press("Escape");
  // It comes to the other one's page by itself.
  await other.page.waitForSelector(".order");
  assert.match(await other.page.textContent(".order"), /暂缓商户资金/);
  await other.page.click(".order button");
  await other.page.waitForSelector("#approve");
  const told = await other.page.textContent("dialog[open]");
  assert.ok(told.includes("88.50") && told.includes(odd) && told.includes("应付商户"), told);
  await picture(other.page, "review-zh");
  await serious(other.page, "review");
  await other.page.click("#approve");
  await other.page.waitForSelector(".toast >> text=暂缓 1 已设立");
  await one.page.waitForSelector(".order", { state: "detached" });
  await one.page.click("#tab-holds");
  await one.page.waitForSelector('#list[data-list="holds"] td >> text=88.50');
  // The hold's end is an order again; its first person takes it back.
  await one.page.click('[data-propose="release"]');
  await one.page.fill("#order-form [name=because]", "too early");
  await one.page.click("#order-form .btn.main");
  await one.page.waitForSelector(".order");
  await one.page.click(".order button");
  await one.page.fill("dialog[open] [name=because]", "not yet");
  await one.page.click("#refuse");
  await one.page.waitForSelector("text=No order waits");
  await one.page.click("#tab-orders");
  await one.page.waitForSelector('#list[data-list="orders"] >> text=refused');
  assert.equal(await one.page.locator("#desk img").count(), 0, "what people type is text");
  assert.deepEqual([...one.wrong, ...other.wrong], []);
  await one.context.close();
  await other.context.close();
});

test("what is no amount is refused, and an order is not sent twice by itself", async () => {
  const { page, context, wrong } = await open("operations");
  await stands(page);
  await page.click("#new-hold");
  await page.fill("#order-form [name=merchant]", ready.own_terminals[0].merchant);
  await page.fill("#order-form [name=amount]", "1.234");
  await page.fill("#order-form [name=until]", "2027-01-20");
  await page.fill("#order-form [name=because]", "x");
  await page.click("#order-form .btn.main");
  await page.waitForSelector("#order-form .refused");
  await page.fill("#order-form [name=amount]", "2.00");
  await page.fill("#order-form [name=doubt]", "2");
  await context.clearCookies();
  await page.click("#order-form .btn.main");
  await page.waitForSelector("#over[open]");
  assert.ok(!(await page.isVisible("#board")), "what was shown is covered");
  await signIn(page, "operations");
  await page.waitForSelector("#order-form .refused >> text=was not done");
  await page.keyboard.press("Escape");
  await page.waitForSelector("text=No order waits");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the overview follows the network, and says when it is gone", async () => {
  const { page, context, wrong } = await open("auditor", { hash: "#list=keys" });
  await stands(page);
  await page.waitForSelector('#list[data-list="keys"] td');
  assert.equal(await page.locator("#new-hold").count(), 0, "an auditor proposes nothing");
  await page.waitForSelector(".chart polyline.c0");
  await port("/api/v1/theatre/plugs", { party: "issuer2", on: false });
  await page.waitForSelector('.party-card[data-party="issuer2"][data-up="false"]');
  await picture(page, "down");
  await serious(page, "a party without power");
  await port("/api/v1/theatre/plugs", { party: "issuer2", on: true });
  await page.waitForSelector('.party-card[data-party="issuer2"][data-up="true"]');
  await context.setOffline(true);
  await page.waitForSelector("#stopped .refused >> text=does not answer");
  assert.ok(await page.isVisible(".party-card"), "what was seen stays, with its time");
  await serious(page, "gone");
  await context.setOffline(false);
  await page.waitForSelector(".toast >> text=back");
  assert.equal(await page.locator("#stopped .refused").count(), 0);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("nobody else comes in", async () => {
  const { page, context, wrong } = await open("desk");
  await page.waitForSelector("#not-yours");
  assert.equal(await page.locator("#board").count(), 0);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a page that only looks does not keep the counter open", async () => {
  const { page, context } = await open();
  await page.clock.install();
  await signIn(page, "operations");
  await stands(page);
  await page.clock.fastForward("14:00");
  await page.keyboard.press("Shift");
  await page.clock.fastForward("14:00");
  assert.ok(await page.isVisible("#board"), "somebody was there");
  await page.clock.fastForward("01:01");
  await page.waitForSelector("#over[open]");
  assert.ok(!(await page.isVisible("#board")));
  await context.close();
});

test("narrow, wide, light, dark: nothing overflows, no serious finding of axe; every list by keyboard", async () => {
  for (const [name, how] of Object.entries({ phone: { width: 360, height: 740 }, "phone-dark": { width: 360, height: 740, dark: true, lang: "zh-CN" }, wide: {}, dark: { dark: true, width: 1680 } })) {
    const { page, context, wrong } = await open(null, how);
    await serious(page, `${name}, signing in`);
    await signIn(page, "operations");
    await stands(page);
    await page.waitForSelector(".chart polyline.c0");
    for (const list of ["exchanges", "outbox", "cases", "differences", "disputes", "suspense", "holds", "returned", "keys", "orders"]) {
      await page.focus(`#tab-${list}`);
      await page.keyboard.press("Enter");
      await page.waitForSelector(`#list[data-list="${list}"]`);
    }
    await serious(page, name);
    await picture(page, name);
    await page.click("#lang");
    assert.equal(await page.getAttribute("html", "lang"), how.lang ? "en" : "zh-CN");
    await page.click("#new-dispute");
    await serious(page, `${name}, a form`);
    assert.deepEqual(wrong, []);
    await context.close();
  }
});
