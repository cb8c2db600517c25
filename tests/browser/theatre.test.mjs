// The counter page in a real browser, before a real network: what a person sees, in both languages, wide and narrow, light and dark.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WAIT, browser as launch, ended, fate, network, open as openAt, picture, play } from "./stage.mjs";
import { serious } from "./serious.mjs";

let net, browser;

before(async () => {
  net = await network();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await net?.stop();
});

const open = (how) => openAt(browser, net.at, how);

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
  await play(page, "next-transaction-reverses");
  await fate(page, "returned");
  await page.waitForSelector(".lcd >> text=余额");
  await play(page, "paper-out");
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

test("every scenario is there: a button that says how it ends, or the command that shows it; found by number and by word", async () => {
  const { page, context, wrong } = await open();
  const tap = page.locator('[data-play="sale-tap"]');
  assert.match(await tap.textContent(), /A08.*no PIN.*→ one slip, debited once/s);
  assert.match(await page.textContent('[data-scenario="A18"]'), /slipway demo --story next-day/);
  assert.match(await page.textContent('[data-scenario="B01"]'), /not there yet/);
  await page.fill("#find-play", "a12 void");
  const shown = () => page.$$eval("[data-play]", (all) => all.filter((one) => one.offsetParent).map((one) => one.dataset.play));
  assert.deepEqual(await shown(), ["void", "void-lost", "hold-released", "completion-void"]);
  await page.fill("#find-play", "缺纸");
  assert.deepEqual(await shown(), ["power-cut-printing", "paper-out"]);
  await page.fill("#find-play", "nothing of the kind");
  await page.waitForSelector("text=No such play");
  await page.click("#lang");
  assert.equal(await page.getAttribute("#find-play", "placeholder"), "按编号或词查找剧目");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a play that is stopped by hand, or whose window is closed, leaves nothing armed", async () => {
  const lines = 'arm.6.210.lose.9~arm.1.400.delay.always.600000~printer.jam.0~unplug.issuer2~until.screen.这句话不会出现';
  const tidy = async () => {
    const all = await (await fetch(`${net.at}api/v1/theatre`)).json();
    return all.faults.length === 0 && !all.printer.fault && Object.values(all.power).every(Boolean) && !all.stage;
  };
  for (const how of ["stop", "close"]) {
    const { page, context } = await open({ hash: `#play=${encodeURIComponent(lines)}` });
    const other = await open();
    await page.click("#play-link");
    await page.waitForSelector('.plug.off[data-party="issuer2"]');
    assert.equal(await tidy(), false);
    // The other window looks on, and cannot play meanwhile.
    await other.page.waitForSelector('.play-bar[data-done="elsewhere"]');
    await other.page.click('[data-play="sale"]');
    await other.page.waitForSelector(".toast >> text=another window");
    if (how === "stop") {
      await page.click("#stop");
      await ended(page, "stopped");
    } else await context.close();
    await other.page.waitForSelector('.play-bar[data-done="elsewhere"]', { state: "hidden" });
    assert.ok(await tidy(), how);
    if (how === "stop") await context.close();
    await other.context.close();
  }
});

test("two windows show the same", async () => {
  const one = await open(), two = await open({ lang: "zh-CN" });
  await play(one.page, "sale-credit");
  const rrn = (page) => page.textContent(".facts span:last-child").then((text) => text.replace(/\D/g, ""));
  await fate(two.page, "took_place");
  assert.equal(await rrn(two.page), await rrn(one.page));
  assert.equal(await two.page.locator(".notice").count(), await one.page.locator(".notice").count());
  assert.match(await two.page.textContent("#sentence"), /消费已成功/);
  assert.deepEqual([...one.wrong, ...two.wrong], []);
  await one.context.close();
  await two.context.close();
});

test("an earlier exchange is picked from the list, stays while others come, and the newest comes back", async () => {
  const { page, context, wrong } = await open();
  await play(page, "A02.4");
  await fate(page, "returned");
  await play(page, "sale-credit");
  await fate(page, "took_place");
  await page.click("#pick");
  const rows = page.locator(".pick-row");
  assert.ok(await rows.count() >= 2);
  const [newest, earlier] = await page.$$eval(".pick-row", (all) => all.slice(0, 2).map((one) => one.dataset.id));
  assert.notEqual(newest, earlier);
  await page.click(`.pick-row[data-id="${earlier}"]`);
  await fate(page, "returned");
  await page.waitForSelector('[data-station="issuer"][data-state="undone"]');
  await page.click("#cashier", { timeout: 500 }).catch(() => {});
  for (const key of ["1", "0", "0", "0", "Enter"]) await page.keyboard.press(key);
  await page.waitForSelector(".lcd >> text=10.00");
  await page.keyboard.press("Escape");
  assert.equal(await page.getAttribute("#fate", "data-fate"), "returned");
  await page.click("#newest");
  await fate(page, "took_place");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("on a phone: amounts of messages, whose plug it is, a till that has finished, a result that covers little", async () => {
  const { page, context, wrong } = await open({ width: 390, height: 844 });
  await play(page, "sale");
  await page.waitForSelector(".lcd >> text=Key the amount");
  assert.ok(await page.locator(".wire-row .wire-sum >> text=88.00").first().isVisible(), "a message says how much");
  const names = await page.locator(".plug-name").allTextContents();
  assert.deepEqual(names, ["Issuer 1", "Issuer 2"]);
  assert.ok(await page.isVisible('[data-came="rule"][data-good="true"]'));
  assert.ok(!(await page.isVisible("[data-came=trail]")), "the rest is there on request");
  const { height } = await page.locator(".play-bar").boundingBox();
  assert.ok(height < 150, `the result is ${height} high`);
  await page.click(".came-more summary");
  assert.ok(await page.isVisible("[data-came=trail]"));
  assert.match(await page.textContent(".sum.lit .sum-fen"), /^¥ 88\.00$/);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the delay of a handle is chosen", async () => {
  const { page, context, wrong } = await open();
  await page.click('.handle[data-hop="6"]');
  await page.fill(".seconds", "0");
  await page.click('[data-fault="delay"][data-times="once"]');
  assert.ok(await page.isVisible("dialog[open]"), "no delay at all is none");
  await page.fill(".seconds", "1.5");
  await page.click('[data-fault="delay"][data-times="once"]');
  await page.waitForSelector('.handle.armed[data-hop="6"]');
  const { faults } = await (await fetch(`${net.at}api/v1/theatre`)).json();
  assert.deepEqual(faults.map((one) => [one.hop, one.fault, one.ms]), [[6, "delay", 1500]]);
  await page.click('.handle[data-hop="6"]');
  await page.click("text=Mend everything");
  await page.waitForSelector(".handle.armed", { state: "detached" });
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

test("a page left open while the network stops is told so, and is true again when it is back", async () => {
  const own = await network({ pace: "30" });
  const { page, context } = await openAt(browser, own.at);
  await play(page, "sale");
  await fate(page, "took_place");
  const sentence = await page.textContent("#sentence"), http = own.ready.http;
  await own.stop({ keep: true });
  await page.waitForSelector("body.lost", { state: "attached" });
  const again = await network({ pace: "30", home: own.home, http });
  await page.waitForSelector("body:not(.lost)", { state: "attached" });
  await fate(page, "took_place");
  assert.equal(await page.textContent("#sentence"), sentence);
  await play(page, "A02.6");
  await fate(page, "returned");
  await context.close();
  await again.stop();
});

test("narrow, wide, light, dark: nothing overflows, and no serious finding of axe", async () => {
  for (const [name, how] of Object.entries({ phone: { width: 360, height: 740 }, "phone-dark": { width: 360, height: 740, dark: true, lang: "zh-CN" }, wide: {}, dark: { dark: true } })) {
    const { page, context } = await open(how);
    await fate(page, "took_place");
    await picture(page, name);
    await serious(page, name);
    await context.close();
  }
});
