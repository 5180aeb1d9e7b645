// Two recordings that share a part: play both from where it begins, in step. Without this each has its own controls and links.

for (const box of document.querySelectorAll("[data-together]")) {
  const sides = [...box.querySelectorAll("[data-from]")].map((el) => ({
    media: el.querySelector("video, audio"), from: Number(el.dataset.from), to: Number(el.dataset.to),
  })).filter((side) => side.media);
  const button = box.parentElement.querySelector("[data-play-both]");
  for (const side of sides) {
    for (const link of side.media.closest("figure").querySelectorAll('a[href*="#t="]')) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        side.media.currentTime = Number(link.hash.slice(3));
        side.media.play();
      });
    }
  }
  if (sides.length !== 2 || !button) continue;
  const [a, b] = sides, label = button.querySelector("span") || button, before = label.textContent;
  // Times of a film are those of its key pictures, which stand still for a while: how fast it goes is told beside them.
  const pace = Number(box.dataset.pace), ratio = pace ? 100 / pace : (b.to - b.from) / Math.max(0.1, a.to - a.from);
  button.hidden = false;

  const stop = () => { for (const side of sides) side.media.pause(); label.textContent = before; };
  button.addEventListener("click", async () => {
    if (!a.media.paused || !b.media.paused) { stop(); return; }
    for (const side of sides) side.media.currentTime = side.from;
    b.media.muted = true;
    b.media.playbackRate = Math.min(4, Math.max(0.25, ratio));
    label.textContent = button.dataset.stop;
    await Promise.allSettled(sides.map((side) => side.media.play()));
  });
  a.media.addEventListener("timeupdate", () => {
    if (a.media.paused || b.media.paused) return;
    const due = b.from + (a.media.currentTime - a.from) * ratio;
    if (Math.abs(b.media.currentTime - due) > 0.4) b.media.currentTime = due;
    if (a.media.currentTime >= a.to) stop();
  });
  a.media.addEventListener("pause", () => { if (!b.media.paused) stop(); });
}
