// How far something is: the part of the page that says so is fetched anew while it goes on. Without this one looks again oneself.

const FIRST_MS = 4000, LONGEST_MS = 60000;

async function follow(pause) {
  const place = document.querySelector("[data-follow]");
  if (!place) return;
  await new Promise((wake) => { setTimeout(wake, pause); });
  if (document.hidden || place.contains(document.activeElement)) { follow(pause); return; }
  const answer = await fetch(location.href).catch(() => null);
  const fresh = answer?.ok && !answer.redirected
    ? new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(place.id) : null;
  const moved = fresh && fresh.textContent !== place.textContent;
  if (moved && !("follow" in fresh.dataset) && document.activeElement === document.body) { location.reload(); return; }
  if (moved) place.replaceWith(document.adoptNode(fresh));
  follow(moved ? FIRST_MS : Math.min(LONGEST_MS, pause * 1.5));
}

follow(FIRST_MS);
