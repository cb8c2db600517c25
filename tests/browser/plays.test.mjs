// Every button of the catalogue, played on one network in one window: the one rule holds after each, and each comes out as the
// catalogue says.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser as launch, network, open, play } from "./stage.mjs";

let net, browser;

before(async () => {
  net = await network({ pace: "30" });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await net?.stop();
});

test("every play of the catalogue comes out as it says", async () => {
  const { page, context, wrong } = await open(browser, net.at);
  const gone = new Set();
  page.on("response", (answer) => { if (answer.status() === 404) gone.add(new URL(answer.url()).pathname); });
  await page.click("text=Live");
  const ids = await page.$$eval("[data-play]", (all) => all.map((one) => one.dataset.play));
  assert.ok(ids.length > 35, ids.join(" "));
  const bad = [];
  const only = process.env.PLAYS?.split(",");
  // The day ends once a day, and by itself at 23:00 of the network's clock, which goes ahead of this machine's: it is ended first, and not
  // where the clock may be past that already.
  const minute = Math.floor((Date.now() / 60000 + 8 * 60) % (24 * 60));
  const late = minute >= 22 * 60 + 30;
  if (late) console.log("NOT PLAYED HERE, too late in the day at UTC+8: day-ends");
  const last = ids.indexOf("day-ends");
  assert.ok(last >= 0);
  ids.splice(last, 1);
  if (!late) ids.unshift("day-ends");
  for (const id of ids.filter((one) => !only || only.includes(one))) {
    const begun = Date.now();
    const { came, trail } = await play(page, id).catch((error) => ({ came: { rule_holds: String(error) } }));
    const good = came.rule_holds === true && came.ledgers_zero && came.quiet && came.story?.id === id && came.story.broken.length === 0;
    if (process.env.PLAYS_TOLD) console.log(id, good, `${Date.now() - begun} ms`, good ? "" : JSON.stringify({ came, trail }));
    if (!good) bad.push(`${id}: ${JSON.stringify(came)}`);
  }
  assert.deepEqual(bad, []);
  // What the board has forgotten after so many plays answers 404, and the browser writes that down by itself; which they were is told.
  if (gone.size) console.log(`answered 404: ${[...gone].join(" ")}`);
  assert.deepEqual(wrong.filter((one) => !/status of 404/.test(one)), []);
  await context.close();
});
