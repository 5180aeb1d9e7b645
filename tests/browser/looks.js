// What tests/browser/looks.py asks a page, one question a function.
({
  // Sizes as they came, also of what the browser had kept: `encodedBodySize` does not forget.
  firstView() {
    const own = (entry) => new URL(entry.name).origin === location.origin;
    const media = (entry) => new URL(entry.name).pathname.startsWith("/media/");
    const needed = performance.getEntriesByType("resource").filter((entry) => own(entry) && !media(entry));
    const once = new Map(needed.map((entry) => [entry.name, entry])); // the sprite is the page's icon as well
    const all = [performance.getEntriesByType("navigation")[0], ...once.values()];
    return {
      requests: all.length,
      bytes: all.reduce((sum, entry) => sum + entry.encodedBodySize, 0),
      unsized: all.filter((entry) => !entry.encodedBodySize).map((entry) => entry.name),
    };
  },

  tooWide() {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    const out = [...document.body.querySelectorAll("*")].filter((el) => el.getBoundingClientRect().right > wide + 1);
    return ["wider than the window", ...out.slice(-2).map((el) => el.outerHTML.slice(0, 160))];
  },

  // Links inside a sentence may be as low as their line (WCAG 2.5.8); what a label wraps is as large as the label,
  // and a link laid over its whole card as large as the card.
  smallTargets() {
    const controls = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary");
    const size = (el) => {
      const box = el.getBoundingClientRect(), around = (el.matches("input") && el.closest("label")) || el;
      const outer = around.getBoundingClientRect();
      return [Math.max(box.width, outer.width), Math.max(box.height, outer.height)];
    };
    const exempt = (el) => {
      const after = getComputedStyle(el, "::after");
      return el.disabled || el.matches(".skip") || (el.matches("a") && getComputedStyle(el).display === "inline") ||
        (after.position === "absolute" && after.content !== "none") || !el.checkVisibility({ visibilityProperty: true });
    };
    return [...controls].filter((el) => !exempt(el) && Math.min(...size(el)) < 43.5)
      .map((el) => `${size(el).map(Math.round).join(" x ")} ${el.outerHTML.slice(0, 140)}`);
  },

  // Numbers what Tab must reach, in the order of the page (of a group of radio buttons one), and goes to its beginning.
  numberStops() {
    const groups = new Set(), stops = [];
    const candidates = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0'], [controls]";
    for (const el of document.querySelectorAll(candidates)) {
      if (el.matches(":disabled") || el.tabIndex < 0 || !el.checkVisibility({ visibilityProperty: true })) continue;
      let stop = el;
      if (el.type === "radio") {
        const group = [el.form?.id, el.form?.action, el.name].join(" ");
        if (groups.has(group)) continue;
        groups.add(group);
        stop = [...document.getElementsByName(el.name)].find((other) => other.form === el.form && other.checked) || el;
      }
      stop.dataset.stop = stops.push(stop) - 1;
    }
    const beginning = document.createElement("span");
    beginning.tabIndex = -1;
    document.body.prepend(beginning);
    beginning.focus();
    return stops.map((el) => el.outerHTML.slice(0, 140));
  },

  // Where the focus is, and whether it can be seen there.
  stop() {
    const el = document.activeElement;
    if (!el || el === document.body) return null;
    const drawn = ([around, pseudo]) => {
      const style = around && getComputedStyle(around, pseudo);
      return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    };
    const box = el.getBoundingClientRect();
    return {
      stop: Number(el.dataset.stop ?? -1),
      shown: [[el], [el, "::after"], [el.nextElementSibling], [el.closest("label")]].some(drawn),
      seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
      html: el.outerHTML.slice(0, 140),
    };
  },

  moving() {
    return document.getAnimations().map((one) => one.effect?.target?.outerHTML?.slice(0, 100) ?? "something");
  },

  ground() {
    return getComputedStyle(document.body).backgroundColor;
  },
})
