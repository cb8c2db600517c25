// The merchant portal in a real browser, before a real network: one shop's day, payments, settlement and refunds; what each role sees; a
// session that is over; a network that is gone. SLIPWAY: the program; CHROMIUM: the browser. Pictures go to target/pictures.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { morning } from "./morning.mjs";
import { serious } from "./serious.mjs";

const ROOT = new URL("../../", import.meta.url).pathname;
const PICTURES = join(ROOT, "target/pictures");
const SLIPWAY = process.env.SLIPWAY ?? join(ROOT, "target/debug/slipway");
const WAIT = 60_000;
const TILL = "10000001";
// A merchant may be called anything.
const ODD = "<b onclick=alert(1)>市场</b> \u202e\u0645\u0631\u062d\u0628\u0627\u202c 😀 <img src=x onerror=alert(1)>";
let network, browser, at, home, net, ready, password, id;

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
  assert.fail(`the till never showed ${first}`);
}

async function sell(fen) {
  const act = (body) => port("POST", `/api/v1/terminals/${TILL}/acts`, body);
  await shows("Sale: key the amount", () => act({ act: "sign_in", operator: 1, password: "0000" }));
  await act({ act: "begin", kind: "sale", amount_fen: fen });
  await act({ act: "card", track2: ready.cards[0].track2 });
  await act({ act: "enter" });
  await act({ act: "pin", pin: ready.cards[0].pin });
  await shows("Approved: check the signature");
  await act({ act: "enter" });
  await shows("Sale: key the amount");
  const { merchant } = ready.own_terminals[0];
  for (let look = 0; look < 500; look += 1) {
    const found = await port("POST", "/api/v1/trace", { merchant, terminal: TILL, card: ready.cards[0].pan });
    if (found.verdict === "took_place" && found.evidence[1]?.slip) return found.till.replaceAll("/", "-");
  }
  return assert.fail("the slip was never confirmed");
}

before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  home = mkdtempSync(join(tmpdir(), "slipway-portal-"));
  net = join(home, "net");
  network = spawn(SLIPWAY, ["up", "--demo", "--pace", "fast", "--json", "--http", "127.0.0.1:0", "--acquirer-port", "0", "--switch-port", "0", "--dir", morning(net)],
    { stdio: ["ignore", "pipe", "inherit"] });
  ready = JSON.parse(await new Promise((done) => createInterface(network.stdout).once("line", done)));
  at = `http://${ready.http}`;
  password = ready.sign_ins[0].password;
  const book = join(net, "acquirer/merchants.toml");
  writeFileSync(book, readFileSync(book, "utf8").replace("示范超市 SAMPLE MARKET", ODD));
  id = await sell(8800);
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

async function open({ lang = "en-US", dark = false, width = 1280, height = 900, hash = "", as = null } = {}) {
  const context = await browser.newContext({ locale: lang, colorScheme: dark ? "dark" : "light", viewport: { width, height } });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  // A refusal of a door is told on the page; the browser's own line about it is none of ours.
  page.on("console", (said) => said.type() === "error" && !said.text().startsWith("Failed to load resource") && wrong.push(said.text()));
  page.on("request", (asked) => asked.url().startsWith(at) || asked.url().startsWith("data:") || wrong.push(`asked ${asked.url()}`));
  page.on("dialog", (box) => { wrong.push(`dialog ${box.message()}`); box.dismiss(); });
  await page.goto(`${at}/merchant${hash}`);
  await page.waitForSelector("#sign-in");
  if (as) await signIn(page, as);
  return { page, context, wrong };
}

async function signIn(page, name) {
  const form = page.locator("#sign-in").last();
  await form.locator("[name=name]").fill(name);
  await form.locator("[name=password]").fill(password);
  await form.locator("button").click();
}

const picture = (page, name) => page.screenshot({ path: join(PICTURES, `merchant-${name}.png`), fullPage: true });

test("the first screen: takings, open doubts, last payouts; a name is text; both languages", async () => {
  const { page, context, wrong } = await open({ as: "market" });
  assert.equal(await page.textContent("#shop-name"), ODD);
  assert.equal(await page.locator("#shop-name *").count(), 0, "a name is text and nothing else");
  await page.waitForSelector("#net >> text=88.00");
  await page.waitForSelector("text=0.44 – 0.53");
  await page.waitForSelector("text=No payment is in doubt.");
  await page.waitForSelector("text=No payout yet.");
  await page.waitForSelector("#expected >> text=Expected payout");
  assert.ok(await page.isHidden("#stopped"));
  await picture(page, "today");
  await page.click("#lang");
  await page.waitForSelector("text=没有未定的交易。");
  assert.equal(await page.textContent("#tab-days"), "结算");
  assert.equal(await page.textContent("#net"), "¥ 88.00", "the same in both languages");
  assert.match(await page.textContent(".shop-head"), /营业日/);
  await picture(page, "today-zh");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a payment with its fee, its slip as files, and a refund that two tabs order", async () => {
  const { page, context, wrong } = await open({ as: "market", hash: "#payments" });
  await page.click(`a[href="#x=${id}"]`);
  await page.waitForSelector('#fate[data-fate="took_place"]');
  await page.waitForSelector("#fees >> text=88.00 × 0.5% = 0.44");
  assert.equal(await page.locator('[data-deed="propose_refund"]').count(), 0, "it is ordered here, not proposed");
  await page.waitForSelector(".papers img");
  for (const [form, kind] of [["png", "image/png"], ["pdf", "application/pdf"]]) {
    const href = await page.locator(`.papers a[href*=".${form}?"]`).first().getAttribute("href");
    const got = await page.evaluate(async (href) => { const said = await fetch(href); return [said.status, said.headers.get("content-type")]; }, href);
    assert.deepEqual(got, [200, kind]);
  }
  const other = await context.newPage();
  await other.goto(`${at}/merchant#x=${id}`);
  await other.waitForSelector("#refund-form");
  assert.equal(await page.inputValue("#refund-form [name=amount]"), "88.00");
  const order = async (tab, amount) => {
    await tab.fill("#refund-form [name=amount]", amount);
    await tab.fill("#refund-form [name=because]", "<i>坏了</i> \u05d0\u05d1😀");
    await tab.click("#refund-form button");
  };
  await order(page, "88.0.1");
  await page.waitForSelector("text=An amount reads 88 or 88.00");
  await order(page, "8.80");
  await page.waitForSelector('#orders [data-state="waits"]');
  assert.equal(await page.locator("#orders i").count(), 0);
  assert.ok(await page.locator("#why-refund").isVisible());
  await order(other, "88.00");
  await other.waitForSelector(".refused >> text=ordered already");
  await picture(page, "payment");
  await page.click("#tab-refunds");
  await page.click("[data-order] button");
  await page.waitForSelector('[data-state="withdrawn"]');
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a cashier, another shop, a service agent, the desk", async () => {
  const cashier = await open({ as: "cashier" });
  await cashier.page.waitForSelector("#net >> text=88.00");
  assert.equal(await cashier.page.locator("#tab-days").count(), 0);
  assert.ok(!(await cashier.page.textContent("#view")).includes("0.44"));
  await cashier.page.goto(`${at}/merchant#x=${id}`);
  await cashier.page.waitForSelector("#why-refund");
  assert.equal(await cashier.page.locator("#refund-form").count(), 0);
  await cashier.context.close();

  const hotel = await open({ as: "hotel" });
  await hotel.page.waitForSelector("text=Nothing was taken today yet.");
  await hotel.page.evaluate((hash) => { location.hash = hash; }, `#x=${id}`);
  await hotel.page.waitForSelector("#view >> text=there is no such payment");
  await picture(hotel.page, "other-shop");
  await hotel.context.close();

  const agent = await open({ as: "agent" });
  await agent.page.waitForSelector("text=This role sees no merchant's books.");
  await agent.context.close();

  const desk = await open({ as: "desk" });
  await desk.page.fill("#choose [name=merchant]", "<b>");
  await desk.page.click("#choose button");
  await desk.page.waitForSelector("text=there is no such merchant");
  await desk.page.click(".card-box .btn");
  await desk.page.fill("#choose [name=merchant]", ready.own_terminals[0].merchant);
  await desk.page.click("#choose button");
  await desk.page.waitForSelector("#net >> text=88.00");
  await desk.context.close();
});

test("a session that is over covers the page, signs in again, and is back", async () => {
  const { page, context, wrong } = await open({ as: "market" });
  await page.waitForSelector("#net >> text=88.00");
  await context.clearCookies();
  await page.click("#refresh");
  await page.waitForSelector("#over[open]");
  assert.ok(!(await page.isVisible("#net")), "what was shown is covered");
  await picture(page, "over");
  await signIn(page, "market");
  await page.waitForSelector("#over", { state: "detached" });
  await page.waitForSelector("#net >> text=88.00");
  await page.click("#sign-out");
  await page.waitForSelector("#sign-in");
  assert.ok(!(await page.textContent("body")).includes("88.00"), "nothing is left on the page");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a network that is gone is told, and read again by itself once it is back", async () => {
  const { page, context } = await open({ as: "market" });
  await page.waitForSelector("#net >> text=88.00");
  await context.setOffline(true);
  await page.click("#refresh");
  await page.waitForSelector("#stopped:visible");
  await picture(page, "stopped");
  await context.setOffline(false);
  await page.waitForSelector(".toast >> text=The network is back");
  await page.waitForSelector("#stopped", { state: "hidden" });
  await page.waitForSelector("#net >> text=88.00");
  await context.close();
});

test("a settled day to the fen; narrow, wide, light, dark: nothing overflows, no serious finding of axe", async (t) => {
  const cut = JSON.parse(spawnSync(SLIPWAY, ["cutover", "--json", "--dir", net], { encoding: "utf8" }).stdout);
  if (cut.begun === false) return t.skip("between 23:00 and midnight the day after tomorrow is refused");
  const day = cut.closing[0].business_day;
  await sell(500);
  // The port answers a question about an unchanged screen after a while, and so is the clock of this look.
  const seen = (await port("GET", `/api/v1/terminals/${TILL}`)).no;
  for (let look = 0; look < 60 && !existsSync(join(net, "settlement", day, "payouts.xml")); look += 1) await port("GET", `/api/v1/terminals/${TILL}?seen=${seen}`);
  const { page, context, wrong } = await open({ as: "market", hash: "#days" });
  await page.click(`#days a[href="#day=${day}"]`);
  await page.waitForSelector("#lines >> text=88.00 × 0.5% = 0.44");
  await page.waitForSelector("#view >> text=to be paid");
  await picture(page, "day");
  assert.deepEqual(wrong, []);
  await context.close();
  for (const [name, how] of Object.entries({ phone: { width: 360, height: 740 }, "phone-dark": { width: 360, height: 740, dark: true, lang: "zh-CN" }, wide: {}, dark: { dark: true } })) {
    const { page, context, wrong } = await open(how);
    await serious(page, `${name}, signing in`);
    await signIn(page, "market");
    await page.waitForSelector("#net");
    for (const [hash, ready] of [["today", "#expected strong"], ["payments", "#payments .pay"], [`x=${id}`, ".papers img"], ["days", "#days .line"], [`day=${day}`, "#lines td"], ["terminals", "#batches .batch"], ["refunds", "[data-order]"]]) {
      // By keyboard alone where there is a tab for it.
      const tab = page.locator(`[id="tab-${hash}"]`);
      if (await tab.count()) { await tab.focus(); await page.keyboard.press("Enter"); } else await page.evaluate((hash) => { location.hash = hash; }, `#${hash}`);
      await page.waitForSelector(ready);
      await serious(page, `${name} ${hash}`);
      await picture(page, `${name}-${hash.split("=")[0]}`);
    }
    assert.deepEqual(wrong, [], name);
    await context.close();
  }
});
