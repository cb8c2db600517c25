// A link is played twice, each time on a network that is new: both leave the same trail of crossings, screens, papers and notices, and
// the page says so. A trail that is not the link's own is told as well.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser as launch, ended, network, open } from "./stage.mjs";

const PLAYS = [
  "arm.6.210.lose.1~sale.8800.0.right~until.screen.自动冲正成功",
  "printer.paper-out.6~sale.8800.0.right~until.unprinted~until.screen.未打印~printer.ready~reprint~until.printed~ever.crossed.6.630~deal.SaleVoid.0.last.-.-.by~until.printed",
  "arm.5.210.lose.1~sale.8800.1.right~until.screen.自动冲正成功~balance.0~until.screen.余额",
];
let browser;

before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

async function played(play, as = "") {
  const net = await network({ pace: "10" });
  try {
    const { page, context, wrong } = await open(browser, net.at, { hash: `#play=${encodeURIComponent(play)}${as}` });
    await page.click("#play-link");
    const bar = await ended(page);
    const told = await page.getAttribute("[data-came=trail]", "data-good");
    assert.deepEqual(wrong, []);
    await context.close();
    return { ...bar, told };
  } finally { await net.stop(); }
}

for (const play of PLAYS) {
  test(`the same link, two networks: ${play.slice(0, 40)}`, async () => {
    const first = await played(play);
    assert.ok(first.trail[1].length > 0 && first.trail.screen.length > 2 && first.came.rule_holds, JSON.stringify(first));
    const second = await played(play, `&as=${first.mark}`);
    assert.deepEqual(second.trail, first.trail);
    assert.equal(second.mark, first.mark);
    assert.equal(second.told, "true", "the page says that it went as in the link");
  });
}

test("another course than the link's is told", async () => {
  const { told, done } = await played("sale.8800.0.right~until.printed", "&as=00000000");
  assert.equal(done, "played");
  assert.equal(told, "false");
});
