// What the browser tests share: a network of its own for each file, a browser, and a page that tells what went wrong on it.
// SLIPWAY: the program; CHROMIUM: the browser. Pictures go to target/pictures.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const ROOT = new URL("../../", import.meta.url).pathname;
export const PICTURES = join(ROOT, "target/pictures");
export const WAIT = 90_000;

// A network in a folder that is new, or kept from before.
export async function network({ pace = "30", home = mkdtempSync(join(tmpdir(), "slipway-browser-")), http = "127.0.0.1:0" } = {}) {
  const child = spawn(process.env.SLIPWAY ?? join(ROOT, "target/debug/slipway"),
    ["up", "--demo", "--pace", pace, "--json", "--http", http, "--acquirer-port", "0", "--switch-port", "0", "--dir", join(home, "net")],
    { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  const line = await Promise.race([new Promise((done) => createInterface(child.stdout).once("line", done)), ended]);
  assert.equal(typeof line, "string", "the network starts");
  const ready = JSON.parse(line);
  return {
    home, ready, at: `http://${ready.http}/`,
    async stop({ keep = false } = {}) {
      child.kill("SIGTERM");
      assert.equal(await ended, 0, "the network stops in order");
      if (!keep) rmSync(home, { recursive: true, force: true });
    },
  };
}

export function browser() {
  mkdirSync(PICTURES, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

// A page of the theatre in a window of its own; `wrong` is what no page may do.
export async function open(browser, at, { lang = "en-US", dark = false, width = 1440, height = 1000, hash = "", context = null } = {}) {
  context ??= await browser.newContext({ locale: lang, colorScheme: dark ? "dark" : "light", viewport: { width, height } });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (said) => said.type() === "error" && wrong.push(said.text()));
  page.on("request", (asked) => asked.url().startsWith(at) || asked.url().startsWith("data:") || wrong.push(`asked ${asked.url()}`));
  await page.goto(at + hash);
  await page.waitForSelector("[data-play]");
  return { page, context, wrong };
}

// Waits until the play is over; what came of it.
export async function ended(page, how = "played") {
  await page.waitForSelector(".play-bar[data-done]", { timeout: 180_000 });
  const bar = await page.evaluate(() => {
    const { dataset, trail, mark, came } = document.querySelector(".play-bar");
    return { done: dataset.done, trail, mark, came };
  });
  assert.equal(bar.done, how, JSON.stringify(bar.came));
  return bar;
}

export async function play(page, id) {
  await page.click(`[data-play="${id}"]`);
  return ended(page);
}

export const fate = (page, want) => page.waitForSelector(`#fate[data-fate="${want}"]`);
export const picture = (page, name) => page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
