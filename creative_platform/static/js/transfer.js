// One file on its way to the object store: hashed in a worker, sent in parts, for ever tried again, until the server says
// that it has all of it. Knows nothing of the page; upload.js shows what `show(what)` says.

const API = "/api/v1", MIB = 1024 * 1024;
const STALLED_MS = 60000, LONGEST_WAIT_MS = 30000;

export class Stopped extends Error {} // paused or cancelled
class Fleeting extends Error {} // may go well the next time
class Gone extends Error {} // the store has forgotten this upload
export class Refused extends Error {
  constructor(status, data = {}) {
    const said = Object.values(data.fields || {}).flat();
    super((said.length ? said : [data.detail]).join(" "));
    Object.assign(this, { status, data });
    this.ended = ["completed", "aborted"].includes(data.state) && data.state; // the upload, in another tab
  }
}

// -- hashing, in a worker ----------------------------------------------------------------------------------
const waiting = new Map();
let worker = null, asked = 0;

function sha256(blob, address, tell) {
  if (!worker) {
    worker = new Worker(address);
    worker.addEventListener("message", ({ data }) => {
      const { resolve, reject, tell } = waiting.get(data.id);
      if (!data.error && !data.sha256) return tell?.(data.done);
      waiting.delete(data.id);
      return data.error ? reject(new Refused(0)) : resolve(data.sha256);
    });
  }
  return new Promise((resolve, reject) => {
    waiting.set(asked += 1, { resolve, reject, tell });
    worker.postMessage({ id: asked, blob, part: !tell });
  });
}

// -- what the line carries, in bytes a second: as measured here (the last time, too), else what the browser guesses of slow ones
const AIM_S = 30;
const { downlink } = navigator.connection || {}; // in Mbit/s; 1.5 when it does not know
let carries = (downlink < 1 && Math.ceil(downlink * 125000)) || null;
try { carries = Number(localStorage.speed) || carries; } catch { /* a private window has no storage */ }

export function measured(speed) {
  carries = Math.ceil(speed);
  try { localStorage.speed = carries; } catch { /* as above */ }
}

// -- the transfer -----------------------------------------------------------------------------------
export class Transfer {
  constructor(file, settings, show) {
    Object.assign(this, { file, settings, show, stop: new AbortController(), mine: false, sent: 0, flying: new Map() });
    this.addresses = new Map();
    this.under = [];
    this.taken = []; // by the store, and not yet noted by the server
  }

  check() { if (this.stop.signal.aborted) throw new Stopped(); }

  hash(blob, tell) { return sha256(blob, this.settings.worker, tell); }

  // The hash of the whole file, which is computed all along; said while something waits for it.
  async known() {
    this.whole.tell = (done) => this.show("hashing", done);
    const sum = await this.whole;
    this.whole.tell = null;
    return sum;
  }

  // A promise of the file, for a deadline that comes before its bytes can.
  async commit() {
    const { file, settings: { ownerId, field }, fingerprint } = this, sha256 = await this.known();
    return this.call("POST", `/entries/${ownerId}/commitments`, { field, filename: file.name, size_bytes: file.size, sha256, fingerprint });
  }

  async run() {
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.once();
      } catch (error) {
        this.check();
        if (!(error instanceof Gone) || tries > 1) throw error;
        await Promise.allSettled(this.under); // nothing of the old upload may be noted of the new one
        this.addresses.clear();
        this.taken = [];
        await this.call("DELETE", `/uploads/${this.upload.upload_id}`);
      }
    }
  }

  async once() {
    const { file } = this, middle = Math.floor(file.size / 2);
    const ends = new Blob([file.slice(0, MIB), file.slice(middle, middle + MIB), file.slice(-MIB)]);
    const fingerprint = this.fingerprint = `${file.size} ${await this.hash(ends)}`;
    const whole = this.whole ||= this.hash(file, (done) => whole.tell?.(done));
    this.whole.catch(() => {});
    // No more is said of the line than fills parts for which hash.js has room: 28 MiB a GiB of memory, in 30 s, three at once.
    const plan = {
      field: this.settings.field, filename: file.name, size_bytes: file.size,
      content_type: (file.type || "application/octet-stream").slice(0, 120), fingerprint,
      sha256: this.settings.owed ? await this.known() : null, bytes_per_s: carries && Math.min(carries, (navigator.deviceMemory || 8) * Math.floor(2.8 * MIB)),
    };
    const open = async () => { this.upload = await this.call("POST", `/entries/${this.settings.ownerId}/uploads`, plan); };
    await open();
    this.lanes = this.most();
    this.show("opened");
    await this.alone(`upload ${this.upload.upload_id}`, async (waited) => {
      this.mine = true;
      try {
        if (waited) {
          const { state } = await this.call("GET", `/uploads/${this.upload.upload_id}`);
          if (state !== "open") throw new Refused(409, { state });
          await open(); // the other tab may have ended before it noted its last parts: now they are looked for
        }
        await this.deliver(this.upload);
      } catch (error) {
        if (error.ended !== "completed") throw error;
      }
    });
    return this.upload.file_id;
  }

  // Of two tabs with the same file one sends; the other waits and goes on where that one stopped.
  async alone(name, act) {
    if (!navigator.locks) return act(false);
    const first = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => lock && ((await act(false)), true));
    if (first) return null;
    this.show("otherTab");
    return navigator.locks.request(name, { signal: this.stop.signal }, () => act(true)).catch((error) => { this.check(); throw error; });
  }

  async deliver({ received, part_count: count }) {
    const there = new Set(received);
    let missing = Array.from({ length: count }, (_, index) => index + 1).filter((part) => !there.has(part));
    this.sent = received.reduce((sum, part) => sum + this.blob(part).size, 0);
    this.show("sending");
    while (missing) {
      await this.sendAll(missing);
      missing = null;
      this.show("finishing");
      try {
        await this.call("POST", `/uploads/${this.upload.upload_id}/complete`, { sha256: await this.whole, sent: this.taken.splice(0, 64) });
      } catch (error) {
        if (error.status !== 409 || error.ended) throw error;
        missing = error.data.missing;
        if (!missing) throw new Gone();
        this.sent -= missing.reduce((sum, part) => sum + this.blob(part).size, 0);
      }
    }
  }

  // As many parts side by side as the line carries in good time.
  most() { return Math.max(1, Math.min(3, Math.floor((carries * AIM_S) / this.upload.part_size_bytes || 3))); }

  // Whether parts take so long that the server had better cut the file anew; of what was sent nothing is lost then.
  drags() { return !this.sent && Math.min(this.file.size, this.upload.part_size_bytes) > 2 * AIM_S * carries; }

  blob(part) {
    const size = this.upload.part_size_bytes;
    return this.file.slice((part - 1) * size, part * size);
  }

  async sendAll(missing) {
    const under = this.under = new Set();
    this.todo = [...missing];
    while (this.todo.length || under.size) {
      while (this.todo.length && under.size < this.lanes) {
        const sending = this.send(this.todo.shift()).finally(() => under.delete(sending));
        sending.catch(() => {});
        under.add(sending);
      }
      await Promise.race(under);
      this.lanes = Math.min(this.most(), this.lanes + 1);
    }
  }

  async send(part) {
    const blob = this.blob(part);
    const put = async (signedAgain) => {
      const { url, headers, sha256: sum } = await this.address(part);
      if (this.todo.length) this.address(this.todo[0]).catch(() => {}); // is there when its turn comes
      const { status, etag, said } = await this.put(part, url, headers, blob);
      if (status === 200) return { etag: etag || "unseen", sha256: sum };
      this.addresses.delete(part);
      if (said.includes("NoSuchUpload")) throw new Gone();
      if (status === 403 && !signedAgain) return put(true);
      throw new Fleeting();
    };
    this.taken.push({ number: part, ...await this.patiently(() => put(false)) });
    this.flying.delete(part);
    this.sent += blob.size;
    this.show("progress");
  }

  // Addresses are asked for just in time, for what goes within a minute: an hour is short on a slow line. The first are
  // those of what goes at once, for all of it must be hashed before.
  address(part) {
    if (!this.addresses.has(part)) {
      const soon = this.addresses.size && Math.min(8, Math.floor((carries * 60) / this.upload.part_size_bytes));
      const next = [part, ...this.todo.filter((other) => other !== part && !this.addresses.has(other)).slice(0, Math.max(soon, this.lanes) - 1)];
      const signed = this.sign(next);
      for (const one of next) {
        const own = signed.then((all) => all.get(one));
        own.catch(() => this.addresses.delete(one));
        this.addresses.set(one, own);
      }
    }
    return this.addresses.get(part);
  }

  async sign(numbers) {
    const parts = await Promise.all(numbers.map(async (part) => ({ number: part, sha256: await this.hash(this.blob(part)) })));
    const sent = this.taken.splice(0, 64); // what stays unnoted is found in the store when the upload goes on
    const answer = await this.call("POST", `/uploads/${this.upload.upload_id}/urls`, { parts, sent });
    return new Map(answer.parts.map((signed, index) => [signed.number, { ...signed, sha256: parts[index].sha256 }]));
  }

  put(part, url, headers, blob) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      let clock = 0;
      const abort = () => request.abort();
      const alive = () => { clearTimeout(clock); clock = setTimeout(abort, STALLED_MS); };
      request.upload.addEventListener("progress", (event) => {
        alive();
        this.flying.set(part, event.loaded);
        this.show("progress");
      });
      request.addEventListener("loadend", () => {
        clearTimeout(clock);
        this.stop.signal.removeEventListener("abort", abort);
        if (request.status !== 200) this.flying.delete(part);
        if (request.status) resolve({ status: request.status, etag: request.getResponseHeader("ETag"), said: request.responseText });
        else reject(new Fleeting());
      });
      request.open("PUT", url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      this.stop.signal.addEventListener("abort", abort);
      alive();
      request.send(blob);
    });
  }

  call(method, path, body) { return this.patiently(() => this.ask(method, path, body, false)); }

  async ask(method, path, body, again) {
    const over = new AbortController(), abort = () => over.abort();
    const clock = setTimeout(abort, STALLED_MS);
    this.stop.signal.addEventListener("abort", abort);
    let answer, data;
    try {
      answer = await fetch(API + path, {
        method, signal: over.signal, body: body && JSON.stringify(body),
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.settings.token, "X-Requested-With": "fetch" },
      });
      data = await answer.json().catch(() => ({}));
    } catch {
      throw new Fleeting();
    } finally {
      clearTimeout(clock);
      this.stop.signal.removeEventListener("abort", abort);
    }
    if (answer.ok) return data;
    if (answer.status >= 500 || [408, 429].includes(answer.status)) throw new Fleeting();
    if (!again && (answer.status === 401 || data.code === "csrf") && (await this.freshToken())) {
      return this.ask(method, path, body, true);
    }
    throw new Refused(answer.status, data);
  }

  // The page may have been open for days: sign-in and token have changed in another tab, perhaps.
  async freshToken() {
    const token = (await currentPage())?.querySelector("[data-upload][data-token]")?.dataset.token;
    if (token) this.settings.token = token;
    return Boolean(token);
  }

  async patiently(attempt) {
    for (let tries = 0; ; tries += 1) {
      this.check();
      try {
        const value = await attempt();
        if (tries) this.show("sending");
        return value;
      } catch (error) {
        this.check();
        if (!(error instanceof Fleeting)) throw error;
        this.lanes = 1;
        this.show("waiting");
        await this.rest(Math.min(LONGEST_WAIT_MS, 1000 * 2 ** tries) * (0.75 + Math.random() / 2));
      }
    }
  }

  rest(ms) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(clock);
        removeEventListener("online", wake);
        resolve();
      };
      const clock = setTimeout(wake, ms);
      addEventListener("online", wake);
      this.stop.signal.addEventListener("abort", wake, { once: true });
    });
  }
}

export async function currentPage() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}

