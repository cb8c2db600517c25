// What a page must not have, whatever its width: something wider than its window, and a serious finding of axe.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function serious(page, name) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    // A button that is changing its colour has neither the one nor the other yet.
    const ending = (one) => Number.isFinite(one.effect?.getComputedTiming().endTime);
    await Promise.allSettled(document.getAnimations().filter(ending).map((one) => one.finished));
    return window.axe.run();
  });
  const bad = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  assert.deepEqual(bad.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 140)).join(" | ")}`), [], name);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(over, 0, `${name} is ${over} wider than its window`);
}
