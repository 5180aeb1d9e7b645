// A worker that computes the SHA-256 of blobs of any size: {id, blob, part} in, {id, done}… and {id, sha256} or {id, error} out.
// WebCrypto takes only a whole buffer, and nothing at all on plain http; so parts and small files go there when it is present, one
// at a time, and others through here; so does what there is no room for: a part is held twice, of 28 MiB a GiB of memory at most.

const MIB = 1024 * 1024, PART_BYTES = 28 * MIB * (navigator.deviceMemory || 8);
const primes = [];
for (let n = 2; primes.length < 64; n += 1) if (primes.every((p) => n % p)) primes.push(n);
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
const START = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p))), K = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));

// FIPS 180-4, section 6.2, over bytes that come in pieces.
class Sha256 {
  constructor() {
    this.state = Int32Array.from(START);
    this.words = new Int32Array(64);
    this.rest = new Uint8Array(64);
    this.length = 0;
  }

  update(bytes) {
    let at = 0;
    const held = this.length % 64;
    this.length += bytes.length;
    if (held) {
      at = Math.min(64 - held, bytes.length);
      this.rest.set(bytes.subarray(0, at), held);
      if (held + at < 64) return this;
      this.block(this.rest, 0);
    }
    for (; at + 64 <= bytes.length; at += 64) this.block(bytes, at);
    this.rest.set(bytes.subarray(at));
    return this;
  }

  hex() {
    const bits = this.length * 8, held = this.length % 64, end = new Uint8Array(held < 56 ? 64 - held : 128 - held);
    end[0] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(end.length - 4, bits >>> 0);
    this.update(end);
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  block(bytes, from) {
    const w = this.words, s = this.state;
    for (let i = 0, j = from; i < 16; i += 1, j += 4) w[i] = (bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3];
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15], y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (let i = 0; i < 64; i += 1) {
      const e1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + e1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const a1 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (a1 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
  }
}

let turn = Promise.resolve();

function whole(blob) {
  const digest = turn.then(async () => crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  turn = digest.catch(() => {});
  return digest;
}

async function sha256(blob, part, tell = () => {}) {
  const small = blob.size <= (part ? PART_BYTES : 16 * MIB) && self.crypto.subtle && await whole(blob).catch(() => null);
  if (small) return Array.from(new Uint8Array(small), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const sum = new Sha256();
  for (let at = 0; at < blob.size; at += MIB) {
    sum.update(new Uint8Array(await blob.slice(at, at + MIB).arrayBuffer()));
    tell(at / blob.size);
  }
  return sum.hex();
}

self.addEventListener("message", async ({ data: { id, blob, part } }) => {
  try {
    self.postMessage({ id, sha256: await sha256(blob, part, (done) => self.postMessage({ id, done })) });
  } catch (error) {
    self.postMessage({ id, error: error.name });
  }
});
