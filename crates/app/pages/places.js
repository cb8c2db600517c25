// Where everything of the journey stands: across on a wide page, down on a narrow one. Plain numbers, no drawing.

export const STATIONS = ["terminal", "acquirer", "switch", "issuer"];
export const LETTER = { terminal: "T", acquirer: "A", switch: "S", issuer: "I" };

// Hop 1..6: which two stations, and which way round the page it runs.
export const HOPS = {
  1: ["terminal", "acquirer"], 2: ["acquirer", "switch"], 3: ["switch", "issuer"],
  4: ["issuer", "switch"], 5: ["switch", "acquirer"], 6: ["acquirer", "terminal"],
};
export const ARROW = { 1: "T→A", 2: "A→S", 3: "S→I", 4: "I→S", 5: "S→A", 6: "A→T" };

export function places(narrow) {
  const box = narrow ? { w: 190, h: 92 } : { w: 132, h: 128 };
  const size = narrow ? { w: 340, h: 660, y: 0 } : { w: 920, h: 190, y: 32 };
  const at = {};
  STATIONS.forEach((name, no) => {
    at[name] = narrow ? { x: 170, y: 52 + no * 184 } : { x: 70 + no * 260, y: 124 };
  });
  const lanes = {};
  for (const [hop, [from, to]] of Object.entries(HOPS)) {
    const there = Number(hop) <= 3, a = at[from], b = at[to];
    if (narrow) {
      const x = 170 + (there ? -50 : 50), down = b.y > a.y ? 1 : -1;
      lanes[hop] = { x1: x, y1: a.y + down * box.h / 2, x2: x, y2: b.y - down * box.h / 2 };
    } else {
      const y = 124 + (there ? -32 : 32), right = b.x > a.x ? 1 : -1;
      lanes[hop] = { x1: a.x + right * box.w / 2, y1: y, x2: b.x - right * box.w / 2, y2: y };
    }
    const lane = lanes[hop];
    Object.assign(lane, { mx: (lane.x1 + lane.x2) / 2, my: (lane.y1 + lane.y2) / 2, there });
  }
  return { narrow, box, size, at, lanes };
}
