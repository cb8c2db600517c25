// The tour of the README: a few pictures of a running network, made small, into docs/tour, with the day and the commit in docs/tour.md.
//     npm run tour

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, browser as launch, fate, network, open, play } from "./stage.mjs";
import { small } from "./png.mjs";

const BYTES_MAX = 120 * 1024;
const TOUR = [
  ["sale", "一笔消费：终端、报文、结论、手机", "A sale: till, messages, verdict, phone"],
  ["lost", "应答丢失：扣款与退回两条通知，结论“已退回”", "The answer was lost: debited and given back, two notices, and the verdict says returned"],
  ["slip", "撕下的小票，与打印的完全一样", "The slip that was torn off, exactly as printed"],
  ["plays", "目录：每个场景一个按钮，或给出能演示它的命令", "The catalogue: a button for every scenario, or the command that shows it"],
  ["handle", "每一段线路上都有手柄", "A handle on every stretch of line"],
  ["desk", "服务台：钱在哪里，一句话，各方的证据", "The support desk: where the money is, one sentence, each party's evidence"],
  ["phone", "360 像素，深色", "At 360 pixels, dark"],
];

const net = await network({ pace: "30" });
const browser = await launch();
mkdirSync(join(ROOT, "docs/tour"), { recursive: true });

async function shot(page, name) {
  await page.waitForTimeout(400);
  let colours = 128, picture = small(await page.screenshot(), colours);
  while (picture.length > BYTES_MAX && colours > 8) picture = small(await page.screenshot(), colours /= 2);
  if (picture.length > BYTES_MAX) throw new Error(`${name}: ${picture.length} bytes`);
  writeFileSync(join(ROOT, `docs/tour/${name}.png`), picture);
  console.log(`${name}.png ${picture.length} bytes, ${colours} colours`);
}

const wide = { width: 1280, height: 860 };
{
  const { page, context } = await open(browser, net.at, wide);
  await play(page, "sale");
  await fate(page, "took_place");
  await page.waitForSelector('.piece[data-copy="cardholder"]');
  await page.click(".play-bar [data-wl=close]");
  await page.mouse.move(0, 0);
  await shot(page, "sale");
  await page.locator(".groups").scrollIntoViewIfNeeded();
  await page.evaluate(() => document.querySelector(".plays").scrollIntoView());
  await shot(page, "plays");
  await page.evaluate(() => scrollTo(0, 0));
  await page.click('.handle[data-hop="6"]');
  await shot(page, "handle");
  await page.keyboard.press("Escape");
  await page.click("#tear");
  await page.click(".torn-slip");
  await shot(page, "slip");
  await context.close();
}
{
  const { page, context } = await open(browser, net.at, { ...wide, lang: "zh-CN" });
  await play(page, "A02.6");
  await fate(page, "returned");
  await shot(page, "lost");
  await context.close();
}
{
  const { page, context } = await open(browser, net.at, { width: 360, height: 720, dark: true, lang: "zh-CN" });
  await play(page, "sale-credit");
  await fate(page, "took_place");
  await page.click(".play-bar [data-wl=close]");
  await page.evaluate(() => scrollTo(0, 0));
  await shot(page, "phone");
  await context.close();
}
{
  const context = await browser.newContext({ locale: "en-US", viewport: wide });
  const page = await context.newPage();
  const { rrn } = (await (await fetch(`${net.at}api/v1/theatre`)).json()).verdict;
  await page.goto(`${net.at}desk`);
  const form = page.locator("#sign-in").last();
  await form.locator("[name=name]").fill("desk");
  await form.locator("[name=password]").fill(net.ready.sign_ins[0].password);
  await form.locator("button").click();
  await page.fill("#find-form [name=rrn]", rrn);
  await page.click("#find-form button");
  await fate(page, "took_place");
  await page.waitForSelector(".papers img");
  await shot(page, "desk");
  await context.close();
}
await browser.close();
await net.stop();

const git = (...args) => execFileSync("git", ["-C", ROOT, ...args], { encoding: "utf8" }).trim();
const commit = git("rev-parse", "--short", "HEAD"), day = new Date().toISOString().slice(0, 10);
writeFileSync(join(ROOT, "docs/tour.md"), `# The tour 导览

Pictures of a running network (\`slipway up --demo\`), made by \`npm run tour\` in \`tests/browser\` on ${day} at commit ${commit}.
[theatre.md](theatre.md) and [desk.md](desk.md) tell more.

${TOUR.map(([name, zh, en]) => `## ${en}\n\n${zh}\n\n![${en}](tour/${name}.png)\n`).join("\n")}`);
