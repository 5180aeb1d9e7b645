// Sends files straight to the object store, over pauses, reloads and lost connections.
//
// Takes over every [data-upload] section (macros/media.html) inside a [data-upload-place], which the server draws again
// when something has changed. The section brings what is needed as data attributes: owner-id (of an entry), field,
// max-bytes, most (files), token, worker (address of hash.js), every sentence as say-*, figures as patterns ("0 MB").

import { currentPage, measured, Refused, Stopped, Transfer } from "./transfer.js";

const MIB = 1024 * 1024, SPEED_OVER_MS = 15000, SETTLED_MS = 25000; // at first bytes only fill the buffers here
const lang = document.documentElement.lang || "en";
// Chromium says that it knows Kazakh and writes its numbers as in English; Russian ones look the same.
const number = (value, digits = 0) => value.toLocaleString(lang === "kk" ? "ru" : lang, { maximumFractionDigits: digits });

// -- file handles, where the browser has them: after a reload the file need not be picked again ------------
async function handles(mode, key, value) {
  if (!window.showOpenFilePicker) return null;
  try {
    const db = await settled(Object.assign(indexedDB.open("uploads", 1), {
      onupgradeneeded: (event) => event.target.result.createObjectStore("handles"),
    }));
    const store = db.transaction("handles", mode === "get" ? "readonly" : "readwrite").objectStore("handles");
    const found = await settled(mode === "put" ? store.put(value, key) : store[mode](key));
    db.close();
    return found;
  } catch {
    return null; // private windows have no such memory
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

// -- the section on the page -------------------------------------------------------------------------------
class Field {
  constructor(section) {
    this.section = section;
    this.settings = { ...section.dataset };
    this.queue = [];
    this.key = `${this.settings.ownerId}/${this.settings.field}`;
    this.input = section.querySelector("[data-upload-file]");
    this.input.multiple = Number(this.settings.most) > 1;
    this.input.form.querySelector("[type=submit]").hidden = true;
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    this.input.addEventListener("click", (event) => this.pick(event));
    this.on("pause", () => this.pause());
    this.on("resume", () => this.resume());
    this.on("cancel", () => this.cancel());
    this.part("commit")?.addEventListener("click", () => this.commit());
    section.addEventListener("dragover", (event) => { event.preventDefault(); section.classList.add("over"); });
    section.addEventListener("dragleave", () => section.classList.remove("over"));
    section.addEventListener("drop", (event) => {
      event.preventDefault();
      section.classList.remove("over");
      if (!this.transfer) this.take([...event.dataTransfer.files]);
    });
    this.recall();
  }

  part(name) { return this.section.querySelector(`[data-upload-${name}]`); }

  on(name, act) { this.part(name).addEventListener("click", act); }

  words(name, values = {}) {
    const text = this.settings["say" + name[0].toUpperCase() + name.slice(1)] || "";
    return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  }

  say(text, wrong = false) {
    const status = this.part("status");
    if (status.textContent !== text) status.textContent = text;
    status.classList.toggle("error", wrong);
  }

  size(bytes) {
    const units = this.settings.units.split("|"), step = bytes < MIB ? 0 : bytes < 1024 * MIB ? 1 : 2;
    return units[step].replace("0", number(bytes / 1024 ** (step + 1), step));
  }

  // The browser's own picker gives a handle that can be kept; where it will not, the plain one follows at the next click.
  async pick(event) {
    if (!window.showOpenFilePicker || this.plainPicker) return;
    event.preventDefault();
    try {
      const picked = await showOpenFilePicker({ multiple: this.input.multiple });
      if (picked.length === 1) await handles("put", this.key, picked[0]);
      this.take(await Promise.all(picked.map((handle) => handle.getFile())));
    } catch (error) {
      this.plainPicker = error.name !== "AbortError";
    }
  }

  async recall() {
    if (!this.section.parentElement.querySelector("[data-asset-state=uploading]")) return;
    const handle = await handles("get", this.key);
    if (!handle || this.transfer) return;
    this.open(handle.name);
    this.paused(true);
    this.asleep = handle;
    if ((await handle.queryPermission?.()) === "granted") this.resume();
  }

  take(files) {
    const most = Number(this.settings.maxBytes);
    const wrong = files.find((file) => !file.size || file.size > most);
    this.input.value = "";
    if (wrong) this.say(`${wrong.name}: ${this.words(wrong.size ? "tooLarge" : "empty")}`, true);
    this.queue = files.filter((file) => file.size && file.size <= most);
    if (this.queue.length) this.next();
  }

  next() {
    const file = this.queue.shift();
    this.open(`${file.name} · ${this.size(file.size)}`);
    this.say(this.words("volume", { size: this.size(file.size) }));
    this.go(file);
  }

  open(name) {
    const focused = this.part("plain").contains(document.activeElement);
    this.part("live").hidden = false;
    this.part("plain").hidden = true;
    if (focused) this.part("cancel").focus();
    this.part("name").hidden = false;
    this.part("name").textContent = name;
  }

  close() {
    this.transfer = null;
    this.part("live").hidden = true;
    this.part("plain").hidden = false;
    this.part("name").hidden = true;
    this.draw(0, 1);
  }

  paused(yes) {
    const focused = [this.part("pause"), this.part("resume")].includes(document.activeElement);
    this.part("pause").hidden = yes;
    this.part("resume").hidden = !yes;
    if (focused) this.part(yes ? "resume" : "pause").focus();
    if (yes) this.part("speed").textContent = this.part("left").textContent = "";
  }

  async go(file) {
    this.samples = [];
    this.began = performance.now();
    this.paused(false);
    const transfer = new Transfer(file, this.settings, (what, done) => { if (this.transfer === transfer) this.show(what, done); });
    transfer.whole = this.file === file ? this.transfer?.whole : null;
    this.file = file;
    this.transfer = transfer;
    try {
      await transfer.run();
      await handles("delete", this.key);
      this.say(this.words("received"));
      if (this.queue.length) this.next(); else await this.redraw();
    } catch (error) {
      if (this.transfer !== transfer) return;
      const paused = error instanceof Stopped;
      transfer.stop.abort();
      if (paused) return;
      if (error.status === 401 || error.data?.code === "csrf") {
        this.paused(true);
        this.say(this.words("signedOut"), true);
      } else {
        this.queue = [];
        this.close();
        if (error.ended) this.say(this.words("cancelled"));
        else this.say(error.message && error instanceof Refused ? error.message : this.words("changed"), true);
      }
    }
  }

  pause() {
    this.transfer.stop.abort();
    this.paused(true);
    this.say(this.words("paused"));
  }

  async resume() {
    if (!this.asleep) return this.go(this.file);
    const handle = this.asleep;
    try {
      if ((await handle.requestPermission({ mode: "read" })) !== "granted") return null;
      const file = await handle.getFile();
      this.asleep = null;
      this.open(`${file.name} · ${this.size(file.size)}`);
      return this.go(file);
    } catch {
      this.close();
      return this.say(this.words("changed"), true);
    }
  }

  async cancel() {
    const { upload, mine } = this.transfer || {};
    this.transfer?.stop.abort();
    this.queue = [];
    this.asleep = null;
    await handles("delete", this.key);
    if (upload && mine) await new Transfer(this.file, this.settings, () => {}).call("DELETE", `/uploads/${upload.upload_id}`).catch(() => {});
    this.close();
    this.say(this.words("cancelled"));
    await this.redraw();
  }

  async commit() {
    const button = this.part("commit"), { transfer } = this, promise = new Transfer(this.file, this.settings, transfer.show);
    button.hidden = true;
    try {
      await Object.assign(promise, { whole: transfer.whole, fingerprint: transfer.fingerprint }).commit();
      this.say(this.words("committed"));
      await refresh();
    } catch (error) {
      if (this.transfer !== transfer) return;
      button.hidden = false;
      if (!(error instanceof Stopped)) this.say(error.message || this.words("changed"), true);
    }
  }

  async redraw() {
    this.transfer = null;
    await refresh(this.section.parentElement, this.part("status").textContent);
  }

  show(what, done) {
    const { transfer, file } = this;
    if (what === "opened") {
      const panel = this.section.parentElement.querySelector(`[data-asset="${transfer.upload.file_id}"]`);
      if (panel) panel.hidden = true;
      if (this.part("commit")) this.part("commit").hidden = Boolean(this.settings.owed);
    }
    if (what === "hashing") return this.say(this.words(what, { percent: number(Math.floor(100 * done)) }));
    if (what !== "progress" && what !== "opened") this.say(this.words(what, { size: this.size(file.size) }));
    let sent = transfer.sent;
    for (const bytes of transfer.flying.values()) sent += bytes;
    const now = performance.now();
    if (what === "progress" && now - (this.drawn || 0) < 250 && sent < file.size) {
      this.late ||= setTimeout(() => { this.late = 0; if (this.transfer === transfer) this.show("progress"); }, 250);
      return; // drawn a little later: this may be the last news for a while
    }
    clearTimeout(this.late);
    this.late = 0;
    this.drawn = now;
    this.draw(Math.min(sent, file.size), file.size);
    const speed = this.measure(now, sent, what !== "progress");
    if (!(speed > 0)) return;
    this.part("speed").textContent = this.words("speed", { size: this.size(speed) });
    const left = (file.size - sent) / speed;
    this.part("left").textContent = this.words("left", { time: this.time(left) });
    this.part("commit")?.classList.toggle("primary", left > Number(this.settings.closesS) - now / 1000);
    if (now - this.began < SETTLED_MS) return;
    measured(speed);
    if (this.anew === file || !transfer.drags()) return;
    this.anew = file; // once: larger files than the server takes in small parts stay as they are
    transfer.stop.abort();
    this.go(file);
  }

  // Browser and system take bytes in bursts, as their buffers empty: what had gone when one burst began until another did
  // has gone over the line.
  measure(now, sent, afresh) {
    const gone = afresh ? sent : this.gone;
    if (afresh) this.samples = [];
    this.gone = sent;
    if (now - this.samples.at(-1)?.[0] < 1000) return null;
    this.samples.push([now, gone]);
    while (now - this.samples[1]?.[0] > SPEED_OVER_MS) this.samples.shift();
    const [since, before] = this.samples[0];
    return ((gone - before) * 1000) / (now - since);
  }

  draw(sent, all) {
    const share = Math.floor((100 * sent) / all);
    this.part("progress").value = share;
    this.part("percent").textContent = this.words("percent", { percent: number(share) });
    this.part("bytes").textContent = sent ? this.words("bytes", { sent: this.size(sent), all: this.size(all), rest: this.size(all - sent) }) : "";
  }

  time(seconds) {
    const [hours, minutes, secs] = this.settings.timeUnits.split("|"), unit = (text, value) => text.replace("0", number(value));
    if (seconds >= 3600) return `${unit(hours, Math.floor(seconds / 3600))} ${unit(minutes, Math.floor((seconds % 3600) / 60))}`;
    return seconds >= 60 ? unit(minutes, Math.ceil(seconds / 60)) : unit(secs, Math.max(1, Math.ceil(seconds)));
  }
}

// The server draws the field again: the file with its state, a place for the next one, what is still missing.
async function refresh(place, said) {
  const owed = "[data-owed=yes]";
  let page = await currentPage();
  for (let tries = 0; !page && tries < 30; tries += 1) { // the server may be away just now
    await new Promise((wake) => { setTimeout(wake, 2000); });
    page = await currentPage();
  }
  // The last promised file came after the close: all of the page says so, and there is no text on it to lose.
  if (page && !document.getElementById("entry") && document.querySelector(owed) && !page.querySelector(owed)) return location.reload();
  for (const id of page ? [place?.id, "hand-in-side"] : []) {
    const old = document.getElementById(id), fresh = page.getElementById(id);
    if (!old || !fresh) continue;
    const focused = old.contains(document.activeElement);
    old.replaceWith(fresh);
    if (id === place?.id) takeOver(fresh, said);
    if (focused) Object.assign(fresh, { tabIndex: -1 }).focus();
  }
}

// A file in checking is asked after until the check has spoken; a field that is sending is left alone meanwhile.
function follow(place, field, wait = 2000) {
  const checking = place.querySelector("[data-asset-state=received], [data-asset-state=verifying]");
  if (!checking) return;
  setTimeout(async () => {
    if (!place.isConnected) return;
    const answer = await fetch(`/media/${checking.dataset.asset}/state`, { headers: { Accept: "application/json" } }).catch(() => null);
    const state = answer?.ok ? (await answer.json()).state : "received";
    if (["received", "verifying"].includes(state) || field?.transfer) follow(place, field, Math.min(wait * 1.3, 15000));
    else await refresh(place);
  }, wait);
}

function takeOver(place, said = "") {
  const section = place.querySelector("[data-upload]"), field = section && new Field(section);
  if (field && said) field.say(said);
  follow(place, field);
}

for (const place of document.querySelectorAll("[data-upload-place]")) takeOver(place);
