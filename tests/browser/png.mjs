// A screenshot made small: its colours reduced to a palette. Reads what the browser writes (8 bits, RGB or RGBA, not interlaced).

import { deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const TABLE = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(name, body) {
  const all = Buffer.alloc(body.length + 12);
  all.writeUInt32BE(body.length, 0);
  all.write(name, 4, "latin1");
  body.copy(all, 8);
  all.writeUInt32BE(crc(all.subarray(4, body.length + 8)), body.length + 8);
  return all;
}

// Width, height and three bytes a point.
export function decode(png) {
  let at = 8, head = null;
  const data = [];
  while (at < png.length) {
    const size = png.readUInt32BE(at), name = png.toString("latin1", at + 4, at + 8), body = png.subarray(at + 8, at + 8 + size);
    if (name === "IHDR") head = { width: body.readUInt32BE(0), height: body.readUInt32BE(4), bits: body[8], kind: body[9], laced: body[12] };
    if (name === "IDAT") data.push(body);
    at += size + 12;
  }
  if (head?.bits !== 8 || ![2, 6].includes(head.kind) || head.laced) throw new Error("not a picture of the browser's");
  const { width, height } = head, by = head.kind === 6 ? 4 : 3, line = width * by, raw = inflateSync(Buffer.concat(data));
  const points = Buffer.alloc(width * height * 3);
  let before = Buffer.alloc(line);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (line + 1)], now = Buffer.from(raw.subarray(y * (line + 1) + 1, (y + 1) * (line + 1)));
    for (let x = 0; x < line; x += 1) {
      const a = x >= by ? now[x - by] : 0, b = before[x], c = x >= by ? before[x - by] : 0;
      const p = a + b - c, pa = Math.abs(p - a), pb = Math.abs(p - b), pc = Math.abs(p - c);
      now[x] += [0, a, b, (a + b) >> 1, pa <= pb && pa <= pc ? a : pb <= pc ? b : c][filter];
    }
    for (let x = 0; x < width; x += 1) now.copy(points, (y * width + x) * 3, x * by, x * by + 3);
    before = now;
  }
  return { width, height, points };
}

// The same picture with at most so many colours: the most frequent ones, and for every other point the nearest of these.
export function small(png, colours = 96) {
  const { width, height, points } = decode(png);
  const counts = new Map(), key = (at) => (points[at] << 16) | (points[at + 1] << 8) | points[at + 2];
  for (let at = 0; at < points.length; at += 3) counts.set(key(at), (counts.get(key(at)) ?? 0) + 1);
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, colours).map(([colour]) => [colour >> 16, (colour >> 8) & 255, colour & 255]);
  const nearest = new Map();
  const index = (colour) => {
    if (!nearest.has(colour)) {
      const [r, g, b] = [colour >> 16, (colour >> 8) & 255, colour & 255];
      let best = 0, least = Infinity;
      palette.forEach(([pr, pg, pb], no) => { const far = (pr - r) ** 2 + (pg - g) ** 2 + (pb - b) ** 2; if (far < least) { least = far; best = no; } });
      nearest.set(colour, best);
    }
    return nearest.get(colour);
  };
  const raw = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) raw[y * (width + 1) + 1 + x] = index(key((y * width + x) * 3));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("PLTE", Buffer.from(palette.flat())), chunk("IDAT", deflateSync(raw, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
