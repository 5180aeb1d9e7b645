// Saves a form while it is filled in. "Saved" appears only after the server said so; without a connection the
// text stays on this device and is sent when the connection is back.
//
// <form data-autosave="/address" data-autosave-method="PATCH" data-version="3" data-owner="public id of the actor">
// sends JSON {field: value, …, version}. A dot in a name nests (scores.idea). `data-json="number|boolean"` types a
// value; `data-autosave-skip` leaves a control out. The answer is JSON: 200 {version, saved_at?}; 409 {version,
// current: {…}}; 400 or 422 {errors: {field: sentence}}. `saved_at` (ISO) or else the Date header is the time shown.
// `parts` {id: html} in a 200 are drawn again on the page: what is still missing, what can be done now.

const PAUSE_MS = 1200;
const RETRY_MS = 15000;

class Autosave {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosave;
    this.version = Number(form.dataset.version || 0);
    this.key = `draft:${form.dataset.owner || ""}:${this.url}`;
    this.status = form.querySelector("[data-save-status]") || document.querySelector("[data-save-status]");
    this.sent = JSON.stringify(this.values());
    this.timer = this.busy = null;
    form.addEventListener("input", () => this.changed());
    form.addEventListener("change", () => this.changed());
    form.addEventListener("submit", (event) => this.leave(event));
    addEventListener("pageshow", () => { this.leaving = false; });
    for (const event of ["online", "focus"]) addEventListener(event, () => this.save());
    addEventListener("beforeunload", (event) => { if (!this.leaving && this.unsent() && !this.kept) event.preventDefault(); });
    this.restore();
  }

  controls() {
    return [...this.form.elements].filter((el) => el.name && !el.disabled && !("autosaveSkip" in el.dataset) &&
      !["csrf_token", "version"].includes(el.name) && !["submit", "button", "file", "hidden"].includes(el.type));
  }

  values() {
    const flat = {};
    for (const el of this.controls()) {
      if (el.type === "radio") { if (el.checked) flat[el.name] = typed(el, el.value); }
      else if (el.type === "checkbox" && this.form.querySelectorAll(`[name="${CSS.escape(el.name)}"]`).length > 1) {
        flat[el.name] ||= [];
        if (el.checked) flat[el.name].push(el.value);
      } else if (el.type === "checkbox") flat[el.name] = el.checked;
      else flat[el.name] = typed(el, el.value);
    }
    return flat;
  }

  // A save on its way ends first: the form then carries the version that it made.
  leave(event) {
    clearTimeout(this.timer);
    this.leaving = true;
    if (!this.busy) return;
    event.preventDefault();
    this.held = { by: event.submitter };
  }

  unsent() { return JSON.stringify(this.values()) !== this.sent; }

  changed() {
    clearTimeout(this.timer);
    this.keep();
    this.timer = setTimeout(() => this.save(), PAUSE_MS);
  }

  keep() {
    try {
      localStorage.setItem(this.key, JSON.stringify({ version: this.version, values: this.values() }));
      this.kept = true;
    } catch { this.kept = false; }
  }

  forget() { try { localStorage.removeItem(this.key); } catch { /* a private window has no storage */ } }

  restore() {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(this.key)); } catch { /* unreadable: nothing to restore */ }
    if (!kept) return;
    const server = this.values();
    if (plain(kept.values) === plain(server)) return this.forget();
    if (kept.version === this.version) { this.fill(kept.values); this.changed(); }
    else { this.fill(kept.values); this.conflict(server, this.version); }
  }

  fill(values) {
    for (const el of this.controls()) {
      if (!(el.name in values)) continue;
      const value = values[el.name];
      if (el.type === "radio") el.checked = String(value) === el.value;
      else if (el.type === "checkbox") el.checked = Array.isArray(value) ? value.includes(el.value) : Boolean(value);
      else el.value = value ?? "";
    }
  }

  say(state, time) {
    if (!this.status) return;
    this.status.hidden = false;
    this.status.dataset.state = state;
    this.status.textContent = (this.status.dataset[state] || "").replace("{}", time || "");
  }

  async save() {
    clearTimeout(this.timer);
    if (this.busy || this.stopped || !this.unsent()) return;
    this.busy = true;
    const values = this.values(), body = JSON.stringify({ ...nested(values), version: this.version });
    this.say("saving");
    try {
      const token = this.form.querySelector('[name="csrf_token"]')?.value;
      const answer = await fetch(this.url, {
        method: this.form.dataset.autosaveMethod || "PATCH", body, credentials: "same-origin", redirect: "manual",
        headers: { "Content-Type": "application/json", "X-Requested-With": "fetch", Accept: "application/json", ...(token && { "X-CSRFToken": token }) },
      });
      await this.heard(answer, values);
    } catch {
      this.say("kept");
      this.timer = setTimeout(() => this.save(), RETRY_MS);
    } finally { this.busy = false; }
    const held = this.held;
    this.held = null;
    if (held && !this.stopped) return this.form.requestSubmit(held.by);
    if (this.again) { this.again = false; this.changed(); }
  }

  async heard(answer, values) {
    const data = await answer.json().catch(() => ({}));
    if (answer.ok) {
      this.version = data.version ?? this.version + 1;
      const hidden = this.form.querySelector('[name="version"]');
      if (hidden) hidden.value = this.version;
      this.sent = JSON.stringify(values);
      this.renewed = false;
      const at = new Date(data.saved_at || answer.headers.get("Date"));
      this.say("saved", at.toLocaleTimeString(document.documentElement.lang, { hour12: false }));
      if (this.unsent()) this.again = true; else this.forget();
      for (const [id, html] of Object.entries(data.parts || {})) this.redraw(document.getElementById(id), html);
    } else if (answer.status === 409 && data.current) this.conflict(flat(data.current), data.version);
    else if (data.code === "csrf" && (await this.freshToken())) this.again = true;
    else if (answer.type === "opaqueredirect" || data.code === "csrf" || [401, 403].includes(answer.status)) this.say("signedOut");
    else if ([400, 404, 409, 413, 422].includes(answer.status)) {
      this.say("refused");
      const reasons = [data.detail, ...Object.values(data.fields || {}).flat()].filter(Boolean);
      if (reasons.length && this.status) this.status.textContent = reasons.join(" ");
    } else throw new Error(String(answer.status));
  }

  // Who signed in again in another tab goes on here; on a page of somebody else nothing is sent.
  async freshToken() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const same = [...page.forms].find((form) => form.dataset.autosave === this.url && form.dataset.owner === this.form.dataset.owner);
    const token = same?.querySelector('[name="csrf_token"]')?.value;
    if (!token || this.renewed) return false;
    for (const input of document.querySelectorAll('[name="csrf_token"]')) input.value = token;
    return (this.renewed = true);
  }

  // What somebody is using at this moment stays as it is. The HTML is a part of our own page, as the server wrote it.
  redraw(part, html) {
    if (part && !this.leaving && !part.contains(document.activeElement) && !part.querySelector("details[open]")) part.innerHTML = html; // nosemgrep: html-from-text
  }

  conflict(theirs, version) {
    this.say("conflict");
    this.stopped = true;
    const mine = this.values(), box = document.createElement("div");
    box.className = "notice notice-warning";
    const inner = box.appendChild(document.createElement("div"));
    const pairs = Object.keys(mine).filter((name) => name in theirs && JSON.stringify(mine[name]) !== JSON.stringify(theirs[name]));
    let open = pairs.length;
    const settle = () => {
      if (open > 0) return;
      box.remove();
      this.version = version;
      this.stopped = false;
      this.sent = null;
      this.changed();
    };
    for (const name of pairs) inner.append(this.choice(name, mine[name], theirs[name], () => { open -= 1; settle(); }));
    if (open) { this.form.prepend(box); box.tabIndex = -1; box.focus(); } else settle();
  }

  choice(name, mine, theirs, chosen) {
    const row = document.createElement("div"), text = this.status?.dataset || {};
    const control = this.form.querySelector(`[name="${CSS.escape(name)}"]`);
    const line = (label, value) => {
      const p = row.appendChild(document.createElement("p")), b = p.appendChild(document.createElement("b"));
      b.textContent = label + ": ";
      p.append(String(value ?? "–"));
    };
    const title = row.appendChild(document.createElement("h3"));
    title.textContent = (control?.closest("fieldset")?.querySelector("legend") || control?.labels?.[0])?.textContent.trim() || name;
    line(text.mineLabel, mine);
    line(text.theirsLabel, theirs);
    const buttons = row.appendChild(document.createElement("div"));
    buttons.className = "cluster";
    for (const [label, value] of [[text.mine, mine], [text.theirs, theirs]]) {
      const button = buttons.appendChild(document.createElement("button"));
      button.type = "button";
      button.className = "button";
      button.textContent = label;
      button.addEventListener("click", () => { this.fill({ [name]: value }); row.remove(); chosen(); });
    }
    return row;
  }
}

// Two forms are the same text when they differ only by what a form post changes: line ends and outer spaces.
function plain(values) {
  return JSON.stringify(values, (_, value) => (typeof value === "string" ? value.replace(/\r\n/g, "\n").trim() : value));
}

function typed(el, value) {
  if (el.dataset.json === "number") return value === "" ? null : Number(value);
  if (el.dataset.json === "boolean") return value === "true";
  return value;
}

function nested(values) {
  const out = {};
  for (const [name, value] of Object.entries(values)) {
    const parts = name.split("."), last = parts.pop();
    let at = out;
    for (const part of parts) at = at[part] ||= {};
    at[last] = value;
  }
  return out;
}

function flat(values, prefix = "", out = {}) {
  for (const [name, value] of Object.entries(values)) {
    if (value && typeof value === "object" && !Array.isArray(value)) flat(value, prefix + name + ".", out);
    else out[prefix + name] = value;
  }
  return out;
}

for (const form of document.querySelectorAll("form[data-autosave]")) new Autosave(form);
