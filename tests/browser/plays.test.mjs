// Every button of the catalogue, played on one network in one window: the one rule holds after each, and each comes out as the
// catalogue says.

import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { morning } from "./morning.mjs";
import { browser as launch, network, open, play } from "./stage.mjs";

let net, browser;

before(async () => {
  const home = mkdtempSync(join(tmpdir(), "slipway-plays-"));
  morning(join(home, "net"));
  net = await network({ pace: "30", home });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await net?.stop();
});

test("every play of the catalogue comes out as it says", async () => {
  const { page, context, wrong } = await open(browser, net.at);
  await page.click("text=Live");
  const ids = await page.$$eval("[data-play]", (all) => all.map((one) => one.dataset.play));
  assert.ok(ids.length > 35, ids.join(" "));
  const bad = [];
  const only = process.env.PLAYS?.split(",");
  for (const id of ids.filter((one) => !only || only.includes(one))) {
    const begun = Date.now();
    const { came, trail } = await play(page, id).catch((error) => ({ came: { rule_holds: String(error) } }));
    const good = came.rule_holds === true && came.ledgers_zero && came.quiet && came.story?.id === id && came.story.broken.length === 0;
    if (process.env.PLAYS_TOLD) console.log(id, good, `${Date.now() - begun} ms`, good ? "" : JSON.stringify({ came, trail }));
    if (!good) bad.push(`${id}: ${JSON.stringify(came)}`);
  }
  assert.deepEqual(bad, []);
  assert.deepEqual(wrong, []);
  await context.close();
});
