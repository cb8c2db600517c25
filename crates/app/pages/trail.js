// The trail of a play: which kinds of things came, in order. On each crossing, on the screen, from the printer, on the phone: each a
// sequence of its own, for what two parties do at once has no order. No amount, number or time is in it, so two plays of one link on
// fresh networks leave the same trail. What has a clock of its own (sign-ons, echoes, confirmations of slips) is left out.

const OWN_CLOCK = /^0[68]/;
// The screens of a sign-on, and the one that a play begins with, which comes once more after them.
const SIGN_ON = ["签到成功", "正在签到"], IDLE = "消费：请输入金额";

export function trailOf(told) {
  const trail = { 1: [], 2: [], 3: [], 4: [], 5: [], 6: [], screen: [], paper: [], phone: [] };
  for (const { kind, body } of told) {
    if (kind === "crossing" && !OWN_CLOCK.test(body.mti ?? "")) trail[body.hop].push([body.mti ?? "?", body.code?.code, body.fault, body.late && "late"].filter(Boolean).join(" "));
    if (kind === "screen" && body.lines.length) {
      const first = body.lines[0].zh.replace(/[\d.:*-]+/g, "#");
      if (trail.screen.at(-1) !== first && !SIGN_ON.includes(first) && (trail.screen.length || first !== IDLE)) trail.screen.push(first);
    }
    if (kind === "paper") trail.paper.push(`${body.copy} ${body.fate}`);
    if (kind === "notice") trail.phone.push(body.kind);
  }
  return trail;
}

// Eight characters that are the same exactly if the trail is (FNV-1a): short enough for a link, a check and no secret.
export function markOf(trail) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(JSON.stringify(trail))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

export const counted = (trail) => [1, 2, 3, 4, 5, 6].reduce((sum, hop) => sum + trail[hop].length, 0);
