// Proof that each rule of scripts.yaml fires, and where it must not; read by `semgrep --test`, never run.
// ruleid: html-from-text
place.innerHTML = title;
// ruleid: html-from-text
place.outerHTML = title;
// ruleid: html-from-text
place.insertAdjacentHTML("beforeend", title);
// ruleid: html-from-text
document.write(title);
// ok: html-from-text
place.textContent = title;

// ruleid: code-from-text
eval(title);
// ruleid: code-from-text
new Function(title);
// ruleid: code-from-text
setTimeout("go()", 10);
// ok: code-from-text
setTimeout(go, 10);

// ruleid: message-from-anywhere
window.addEventListener("message", take);
// ruleid: message-from-anywhere
opener.postMessage(title, "*");
// ok: message-from-anywhere
worker.postMessage({ id });

const asked = new URLSearchParams(location.search);
// ruleid: goes-where-the-address-says
location.href = asked.get("next");
// ruleid: goes-where-the-address-says
location.assign(location.hash.slice(1));
// ok: goes-where-the-address-says
location.assign(link.href);
