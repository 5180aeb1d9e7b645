// Shows Markdown as the server will render it: <button type="button" hidden data-preview="ID of the textarea"
// data-preview-url="/address">. The server answers with sanitised HTML for the posted field `text`.

for (const button of document.querySelectorAll("[data-preview]")) {
  const area = document.getElementById(button.dataset.preview), place = document.createElement("div");
  place.className = "preview prose";
  place.hidden = true;
  place.setAttribute("aria-live", "polite");
  button.after(place);
  button.hidden = false;
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", async () => {
    const open = place.hidden;
    button.setAttribute("aria-expanded", open);
    place.hidden = !open;
    if (!open) return;
    const body = new FormData();
    body.append("text", area.value);
    body.append("csrf_token", button.form?.querySelector('[name="csrf_token"]')?.value || "");
    const answer = await fetch(button.dataset.previewUrl, { method: "POST", body, credentials: "same-origin" });
    // The fragment was cleaned by the server's sanitiser, the same that cleans the published page.
    if (answer.ok) place.innerHTML = await answer.text(); // nosemgrep: html-from-text
  });
}
