// Figures of the theatre, as a table: bytes of a first visit, time until its buttons work, how far a live event is behind the wire, and
// what open pages cost a payment. One machine plays everything: browser, network and the readers share its cores.
//     SLIPWAY=target/release/slipway npm run measure

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { cpus } from "node:os";
import { createInterface } from "node:readline";
import { browser as launch, network, open } from "./stage.mjs";

const LOADS = 12, SALES = 40, PAGES = 200, BLOCKS = 12, BLOCK_SALES = 25, TILL = "10000001";

// As a process of its own: pages that read all they are told, as many as each line of its input says. Bare sockets: what a browser
// does with what it reads is its machine's. The process stays, so that its own beginning weighs on nothing.
if (process.argv[2] === "read") {
  const { hostname, port, host } = new URL(process.argv[3]);
  let open = [];
  for await (const line of createInterface(process.stdin)) {
    open.forEach((page) => page.destroy());
    open = await Promise.all(Array.from({ length: Number(line) }, () => new Promise((done) => {
      const page = connect(Number(port), hostname, () => page.write(`GET /api/v1/theatre/events HTTP/1.1\r\nhost: ${host}\r\n\r\n`));
      page.once("data", (head) => { assert.ok(String(head).startsWith("HTTP/1.1 200")); done(page); });
      page.resume();
    })));
    console.log(line);
  }
  process.exit(0);
}

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const sort = (all) => [...all].sort((a, b) => a - b);
const rows = [];
const row = (what, figure, wanted) => { rows.push([what, figure, wanted]); console.log(`| ${what} | ${figure} | ${wanted} |`); };

async function port(net, path, body) {
  const answer = await fetch(`${net.at}${path}`, { method: body ? "POST" : "GET", headers: body ? { "content-type": "application/json" } : {}, body: body && JSON.stringify(body) });
  return answer.json();
}

// Waits for the screen: the port itself waits for it to change.
async function shows(net, first, seen = 0) {
  for (let look = 0; look < 200; look += 1) {
    const screen = await port(net, `api/v1/terminals/${TILL}?seen=${seen}`);
    if (screen.lines[0]?.en.startsWith(first)) return screen.no;
    seen = screen.no;
  }
  return assert.fail(`the till never showed ${first}`);
}

// One sale; milliseconds from the PIN to the approval on the screen. No two are alike, so none is taken for the same again.
let fen = 100;
async function sell(net) {
  const act = (body) => port(net, `api/v1/terminals/${TILL}/acts`, body);
  const card = net.ready.cards[(fen += 1) % 16];
  await act({ act: "sale", amount_fen: fen });
  await act({ act: "card", track2: card.track2 });
  await act({ act: "enter" });
  await shows(net, "Cardholder");
  const began = performance.now();
  await act({ act: "pin", pin: card.pin });
  await shows(net, "Approved");
  const took = performance.now() - began;
  await act({ act: "enter" });
  await shows(net, "Sale: key");
  return took;
}

async function signedIn(net) {
  for (let tries = 0; tries < 40; tries += 1) {
    await port(net, `api/v1/terminals/${TILL}/acts`, { act: "sign_in", operator: 1, password: "0000" });
    const screen = await port(net, `api/v1/terminals/${TILL}?seen=0`);
    if (/^(Sale: key|Signed on)/.test(screen.lines[0]?.en ?? "")) return;
    await port(net, `api/v1/terminals/${TILL}?seen=${screen.no}`);
  }
  assert.fail("the cashier could not sign in");
}

async function firstVisit(browser, net) {
  const took = [];
  let bytes = 0, state = 0;
  for (let load = 0; load < LOADS; load += 1) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
    const page = await context.newPage();
    const sizes = [];
    page.on("response", (answer) => {
      if (answer.url().endsWith("/events")) return;
      sizes.push(answer.body().then((body) => [new URL(answer.url()).pathname, body.length], () => ["", 0]));
    });
    await page.goto(net.at);
    await page.waitForFunction(() => performance.getEntriesByName("interactive").length);
    took.push(await page.evaluate(() => performance.getEntriesByName("interactive")[0].startTime));
    const all = await Promise.all(sizes);
    state = all.filter(([path]) => path === "/api/v1/theatre").reduce((sum, [, size]) => sum + size, 0);
    bytes = all.reduce((sum, [, size]) => sum + size, 0);
    await context.close();
  }
  row("bytes of a first visit (of these the state)", `${(bytes / 1024).toFixed(1)} KB (${(state / 1024).toFixed(1)} KB)`, "< 300 KB");
  const all = sort(took);
  row(`until its buttons work, ${LOADS} loads: p50, worst`, `${at(all, 0.5).toFixed(0)} ms, ${all.at(-1).toFixed(0)} ms`, "< 1000 ms");
}

// At pace 1 the network's clock is the wall's: what an event says of its moment is compared with the moment it is in the page.
async function lag(browser, net, others) {
  const { page, context } = await open(browser, net.at);
  await page.click("text=Live");
  await page.evaluate(async () => {
    const { on } = await import("/assets/feed.js");
    window.lags = [];
    // Heard last: the page has drawn it.
    on("crossing", (one) => { if (one.ms) window.lags.push(Date.now() - one.ms); });
  });
  for (let sale = 0; sale < SALES; sale += 1) await sell(net);
  await page.waitForFunction((most) => window.lags.length >= most, SALES * 6);
  const all = sort(await page.evaluate(() => window.lags));
  assert.ok(all.length >= SALES * 6, `${all.length} crossings`);
  row(`from the wire to the page${others}, ${all.length} crossings: p50, p99`, `${at(all, 0.5)} ms, ${at(all, 0.99)} ms`, "< 100 ms");
  await context.close();
}

async function readers(net) {
  const child = spawn(process.execPath, [new URL(import.meta.url).pathname, "read", net.at], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async open(many) { child.stdin.write(`${many}\n`); assert.equal((await lines.next()).value, String(many)); },
    end: () => new Promise((done) => { child.once("exit", done); child.stdin.end(); }),
  };
}

// In turn without and with pages, so that what else the machine does weighs on both alike. The first two blocks only warm up.
async function pages(net, reading) {
  const took = { without: [], with: [] }, spent = { without: 0, with: 0 };
  for (let block = -1; block < BLOCKS; block += 1) {
    for (const how of block % 2 ? ["with", "without"] : ["without", "with"]) {
      await reading.open(how === "with" ? PAGES : 0);
      await sell(net);
      const began = performance.now();
      for (let sale = 0; sale < BLOCK_SALES; sale += 1) {
        const ms = await sell(net);
        if (block >= 0) took[how].push(ms);
      }
      if (block >= 0) spent[how] += performance.now() - began;
    }
  }
  const count = BLOCKS * BLOCK_SALES;
  const of = (how) => { const all = sort(took[how]); return [at(all, 0.5), at(all, 0.99), (count * 1000) / spent[how]]; };
  const [none, many] = [of("without"), of("with")];
  const told = ([p50, p99, rate]) => `${p50.toFixed(1)} ms, ${p99.toFixed(1)} ms, ${rate.toFixed(1)}/s`;
  row(`a payment, PIN to approval, no page: p50, p99, sales`, told(none), "");
  row(`the same with ${PAGES} pages open`, told(many), "");
  row("slower by (p50, sales)", `${((many[0] / none[0] - 1) * 100).toFixed(1)} %, ${((none[2] / many[2] - 1) * 100).toFixed(1)} %`, "≤ 10 %");
}

console.log(`${cpus()[0]?.model ?? "?"}, ${cpus().length} cores, Node.js ${process.version}\n\n| what | measured | wanted |\n|---|---|---|`);
const net = await network({ pace: "real" });
const browser = await launch();
await signedIn(net);
await firstVisit(browser, net);
await lag(browser, net, "");
const reading = await readers(net);
await reading.open(PAGES);
await lag(browser, net, `, ${PAGES} others open`);
await browser.close();
await pages(net, reading);
await reading.end();
await net.stop();
