// Small enhancements of every page. Nothing here is needed to finish a task.

const root = document.documentElement;
const locale = root.lang || "en";

// -- the server's clock ------------------------------------------------------------------------------------
// The page says when the server made it; the browser says when the answer began to arrive. Their difference
// is the error of this device's clock.
const navigation = performance.getEntriesByType("navigation")[0];
const arrived = Date.now() - (performance.now() - (navigation ? navigation.responseStart : 0));
const skew = root.dataset.now ? Date.parse(root.dataset.now) - arrived : 0;

// The page brings the words ("0 h|0 min|0 s|1 day|2 days|5 days"): few browsers know units in Kazakh, but all
// know which plural form a number takes.
function words(seconds, units) {
  const unit = (value, index) => units[index].replace(/\d+/, value);
  const day = (value) => unit(value, { one: 3, few: 4 }[new Intl.PluralRules(locale).select(value)] ?? 5);
  const days = Math.floor(seconds / 86400), hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days) return day(days) + (hours ? " " + unit(hours, 0) : "");
  if (hours) return unit(hours, 0) + (minutes ? " " + unit(minutes, 1) : "");
  return (minutes ? unit(minutes, 1) + " " : "") + unit(seconds % 60, 2);
}

let timer = null;

function tick() {
  clearTimeout(timer);
  let wait = 60000;
  for (const el of document.querySelectorAll("[data-countdown]")) {
    const left = Math.floor((Date.parse(el.dataset.countdown) - Date.now() - skew) / 1000);
    const text = left > 0 ? el.dataset.in.replace("{}", words(left, el.dataset.units.split("|"))) : el.dataset.over;
    if (el.textContent !== text) el.textContent = text;
    el.classList.toggle("clock-soon", left < 3600);
    if (left > -5 && left < 3660) wait = 1000;
  }
  timer = setTimeout(tick, wait - ((Date.now() + skew) % 1000));
}
if (document.querySelector("[data-countdown]")) tick();
addEventListener("pageshow", (event) => { if (event.persisted) tick(); });

// -- forms -------------------------------------------------------------------------------------------------
document.querySelector("[data-focus]")?.focus();

for (const el of document.querySelectorAll("[data-count]")) {
  const input = document.getElementById(el.dataset.count), most = Number(el.dataset.max);
  const show = () => {
    // The server counts characters with line ends as two, as the form sends them.
    const left = most - [...input.value.replace(/\r?\n/g, "\r\n")].length;
    el.textContent = (left < 0 ? el.dataset.over : el.dataset.left).replace("{}", Math.abs(left));
    el.classList.toggle("over", left < 0);
    el.hidden = input.tagName === "INPUT" && left > most / 4;
  };
  input?.removeAttribute("maxlength");
  input?.addEventListener("input", show);
  if (input) show();
}

for (const set of document.querySelectorAll("[data-tabs]")) {
  const rows = [...set.querySelectorAll("[data-tab]")], bar = document.createElement("div"), buttons = [];
  const wrong = rows.findIndex((row) => row.querySelector(".error"));
  const own = rows.findIndex((row) => row.dataset.tabLang === locale);
  bar.className = "lang-tabs";
  bar.setAttribute("role", "tablist");
  const pick = (index, focus) => {
    rows.forEach((row, i) => { row.hidden = i !== index; });
    buttons.forEach((b, i) => { b.setAttribute("aria-selected", i === index); b.tabIndex = i === index ? 0 : -1; });
    if (focus) buttons[index].focus();
  };
  rows.forEach((row, i) => {
    const button = document.createElement("button"), input = row.querySelector("input, textarea");
    button.type = "button";
    button.textContent = row.dataset.tab;
    button.lang = row.dataset.tabLang;
    button.setAttribute("role", "tab");
    row.id ||= (input?.id || "tab-" + i) + "-panel";
    button.setAttribute("aria-controls", row.id);
    row.setAttribute("role", "tabpanel");
    row.setAttribute("aria-label", row.dataset.tab);
    const mark = () => button.classList.toggle("filled", Boolean(input?.value.trim()));
    input?.addEventListener("input", mark);
    input?.addEventListener("invalid", () => pick(i));
    mark();
    button.addEventListener("click", () => pick(i));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) { event.preventDefault(); pick((i + step + rows.length) % rows.length, true); }
    });
    buttons.push(button);
    bar.append(button);
  });
  set.classList.add("tabbed");
  set.insertBefore(bar, rows[0]);
  pick(wrong >= 0 ? wrong : Math.max(own, 0));
}

// Escape folds what was unfolded around the focus: the menu, a confirmation.
document.addEventListener("keydown", (event) => {
  const fold = event.key === "Escape" && !event.defaultPrevented && document.activeElement?.closest("details[open]");
  if (!fold) return;
  fold.open = false;
  fold.querySelector("summary").focus();
});

// A link of the error summary leads into a folded or hidden place: open it first.
document.addEventListener("click", (event) => {
  const id = event.target.closest?.(".errors a")?.hash.slice(1);
  const target = id && document.getElementById(id);
  if (!target) return;
  event.preventDefault();
  const row = target.closest("[data-tab]");
  if (row?.hidden) document.querySelector(`[aria-controls="${CSS.escape(row.id)}"]`)?.click();
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  (target.matches("input, textarea, select, button") ? target : target.querySelector("input, textarea, select") || target).focus();
});

for (const input of document.querySelectorAll("[data-typed]")) {
  const button = input.form.querySelector('[type="submit"]');
  const check = () => { button.disabled = input.value.trim() !== input.dataset.typed.trim(); };
  input.addEventListener("input", check);
  check();
}

// A second click must not send a form twice; coming back by the browser's arrow wakes the button again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 8000);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// -- copying -----------------------------------------------------------------------------------------------
for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const label = button.querySelector("span") || button, before = label.textContent;
    await navigator.clipboard.writeText(button.dataset.copy);
    label.textContent = button.dataset.copied;
    setTimeout(() => { label.textContent = before; }, 2500);
  });
}

// -- keyboard ----------------------------------------------------------------------------------------------
const scales = [...document.querySelectorAll("[data-scale]")];
const keysHelp = document.querySelector("[data-keys-help]");
if (keysHelp || scales.length) {
  const box = keysHelp?.querySelector("[data-keys-switch]");
  if (keysHelp) keysHelp.hidden = false;
  if (box) {
    box.checked = localStorage.getItem("keys") !== "off";
    box.addEventListener("change", () => localStorage.setItem("keys", box.checked ? "on" : "off"));
  }
  const typing = (el) => el.closest("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form") || scales[0]?.closest("form");
      form?.requestSubmit(form.querySelector("button.primary[type=submit]"));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || (box && !box.checked)) return;
    if (event.key === "j" || event.key === "k") {
      document.querySelector(event.key === "j" ? 'a[rel~="next"]' : 'a[rel~="prev"]')?.click();
    } else if (/^\d$/.test(event.key) && scales.length) {
      const open = scales.find((s) => !s.querySelector(":checked")) || scales[0];
      const scale = event.target.closest("[data-scale]") || open;
      const mark = scale.querySelector(`input[value="${event.key === "0" && !scale.querySelector('input[value="0"]') ? 10 : event.key}"]`);
      if (!mark || mark.matches(":disabled")) return;
      event.preventDefault();
      mark.checked = true;
      mark.dispatchEvent(new Event("input", { bubbles: true }));
      mark.dispatchEvent(new Event("change", { bubbles: true }));
      const following = scales[scales.indexOf(scale) + 1];
      (following?.querySelector("input:checked") || following?.querySelector("input") || mark).focus();
    }
  });
}

// -- players -----------------------------------------------------------------------------------------------
// A signed address ends after a while. The page asks for a fresh one ({"url": …}) and goes on at the same place.
for (const media of document.querySelectorAll("[data-resign] video, [data-resign] audio")) {
  let place = 0, asked = 0;
  const keep = () => { place = media.currentTime || place; };
  media.addEventListener("timeupdate", keep);
  media.addEventListener("seeking", keep);
  const figure = media.closest("[data-resign]");
  const again = async () => {
    if (Date.now() - asked < 5000) return;
    asked = Date.now();
    const playing = !media.paused, from = place;
    const answer = await fetch(figure.dataset.resign, { headers: { Accept: "application/json", "X-Requested-With": "fetch" } });
    if (!answer.ok) return;
    media.addEventListener("loadedmetadata", () => {
      media.currentTime = from;
      if (playing) media.play();
    }, { once: true });
    media.src = (await answer.json()).url;
  };
  // Two qualities: the choice is remembered on this device only.
  const versions = [...figure.querySelectorAll("[data-version]")];
  const choose = (version) => {
    for (const other of versions) other.removeAttribute("aria-current");
    version.setAttribute("aria-current", "true");
    figure.dataset.resign = version.getAttribute("href");
    asked = 0;
    again();
  };
  let chosen;
  try { chosen = localStorage.getItem("quality"); } catch { /* a private window has no storage */ }
  for (const version of versions) {
    version.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      try { localStorage.setItem("quality", version.dataset.version); } catch { /* as below */ }
      choose(version);
    });
    if (version.dataset.version === chosen && !version.hasAttribute("aria-current")) choose(version);
  }
  media.addEventListener("error", again, true);
  if (media.error || media.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) again();
}
