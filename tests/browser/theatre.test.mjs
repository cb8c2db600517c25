// The counter page in a real browser, before a real network: what a person sees, in both languages, wide and narrow, light and dark.
// SLIPWAY: the program; CHROMIUM: the browser. Pictures go to target/pictures.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const ROOT = new URL("../../", import.meta.url).pathname;
const PICTURES = join(ROOT, "target/pictures");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WAIT = 60_000;
let network, browser, at, home;

before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  home = mkdtempSync(join(tmpdir(), "slipway-browser-"));
  network = spawn(process.env.SLIPWAY ?? join(ROOT, "target/debug/slipway"),
    ["up", "--demo", "--pace", "30", "--json", "--http", "127.0.0.1:0", "--acquirer-port", "0", "--switch-port", "0", "--dir", join(home, "net")],
    { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((done) => createInterface(network.stdout).once("line", done));
  at = `http://${JSON.parse(line).http}/`;
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

async function open({ lang = "en-US", dark = false, width = 1440, height = 1000, hash = "" } = {}) {
  const context = await browser.newContext({ locale: lang, colorScheme: dark ? "dark" : "light", viewport: { width, height } });
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (said) => said.type() === "error" && wrong.push(said.text()));
  page.on("request", (asked) => asked.url().startsWith(at) || asked.url().startsWith("data:") || wrong.push(`asked ${asked.url()}`));
  await page.goto(at + hash);
  await page.waitForSelector("[data-play]");
  return { page, context, wrong };
}

async function play(page, name) {
  await page.click(`[data-play="${name}"]`);
  await ended(page);
}

async function ended(page) {
  await page.waitForSelector(".play-bar[data-done]", { timeout: WAIT });
  assert.equal(await page.getAttribute(".play-bar", "data-done"), "played");
}

const fate = (page, want) => page.waitForSelector(`#fate[data-fate="${want}"]`, { timeout: WAIT });
const picture = (page, name) => page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });

test("a sale from the keys to its torn-off slip", async () => {
  const { page, context, wrong } = await open();
  await page.click("#cashier");
  await page.waitForSelector("text=Key the amount", { timeout: WAIT });
  for (const key of ["8", "8", "0", "0", "Enter"]) await page.keyboard.press(key);
  await page.waitForSelector(".lcd >> text=88.00");
  await page.click('[data-how="swipe"]');
  await page.waitForSelector(".lcd >> text=0010");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".pin-pad:not([hidden])");
  await page.keyboard.type("123456");
  assert.equal(await page.textContent(".pin-dots"), "●●●●●●");
  assert.ok(!(await page.textContent("body")).includes("999001000000"), "no card number, and the PIN nowhere but on the tray");
  await page.keyboard.press("Enter");
  await fate(page, "took_place");
  await page.waitForSelector('.piece[data-copy="cardholder"]', { timeout: WAIT });
  const slip = page.locator('.piece[data-copy="cardholder"] img');
  assert.match(await slip.getAttribute("alt"), /88\.00/);
  await page.click("#tear");
  assert.equal(await page.locator(".torn-slip").count(), 2);
  assert.deepEqual(await page.locator(".sum.lit").count(), 3, "slip, debit and credit");
  await picture(page, "sale");
  // What was done is a link without card number or PIN.
  const mine = await page.textContent(".play-text");
  assert.match(mine, /card\.0\.swipe/);
  assert.ok(!/\d{6}/.test(mine), mine);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the lost answer: two notices, and the verdict changes with the truth", async () => {
  const { page, context, wrong } = await open();
  const known = await page.locator(".notice").count();
  await page.evaluate(() => {
    window.fates = [];
    new MutationObserver(() => { const now = document.getElementById("fate")?.dataset.fate; if (now && window.fates.at(-1) !== now) window.fates.push(now); })
      .observe(document.querySelector(".verdict"), { subtree: true, attributes: true, childList: true });
  });
  await play(page, "A02.6");
  await fate(page, "returned");
  assert.equal(await page.locator(".notice").count(), known + 2);
  assert.ok((await page.evaluate(() => window.fates)).length >= 2, "it was something else before");
  await page.click('.wire-row:has(.hurt-mark)');
  await page.waitForSelector("dialog[open] table");
  assert.match(await page.textContent("dialog[open]"), /999001\*+0010/);
  await picture(page, "message");
  await page.keyboard.press("Escape");
  await page.click("#audit");
  await page.waitForSelector("#audit-said .good-text");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the next transaction reverses; paper out, and reprint; in Chinese and dark", async () => {
  const { page, context, wrong } = await open({ lang: "zh-CN", dark: true });
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  await play(page, "A03");
  await fate(page, "returned");
  await page.waitForSelector(".lcd >> text=余额");
  await page.evaluate(() => delete document.querySelector(".play-bar").dataset.done);
  await play(page, "A13");
  await page.waitForSelector('.piece[data-fate="half"], .piece[data-fate="missing"]', { timeout: WAIT });
  await page.waitForSelector('.piece[data-copy="cardholder"] img[alt*="重打印"]', { state: "attached", timeout: WAIT });
  await fate(page, "took_place");
  await picture(page, "dark-zh");
  await page.click("#lang");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.waitForSelector("text=The journey of a message");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a link plays nothing before it is told to", async () => {
  const { page, context } = await open({ hash: `#play=${encodeURIComponent("sale.8800.1.right~until.printed")}` });
  const before = await page.locator(".wire-row").count();
  await page.waitForSelector("#play-link");
  assert.equal(await page.locator(".wire-row").count(), before);
  await page.click("#play-link");
  await ended(page);
  assert.match(await page.textContent(".facts"), /0028/);
  await context.close();
});

test("narrow, wide, light, dark: nothing overflows, and no serious finding of axe", async () => {
  for (const [name, how] of Object.entries({ phone: { width: 360, height: 740 }, "phone-dark": { width: 360, height: 740, dark: true, lang: "zh-CN" }, wide: {}, dark: { dark: true } })) {
    const { page, context } = await open(how);
    await fate(page, "took_place");
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(over, 0, `${name} is ${over} wider than its window`);
    await picture(page, name);
    await page.evaluate(AXE);
    const found = await page.evaluate(() => window.axe.run());
    const bad = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
    assert.deepEqual(bad.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(" | ")}`), [], name);
    await context.close();
  }
});
