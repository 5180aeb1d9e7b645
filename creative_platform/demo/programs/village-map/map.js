const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return document.getElementById("sheet").appendChild(node);
}

shape("rect", { width: 100, height: 100, fill: "#f3e9d2" });
for (const [a, b] of PATHS) {
  const from = PLACES[a], to = PLACES[b];
  shape("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y, stroke: "#b08968", "stroke-width": 1.5, "stroke-dasharray": "2 1.5" });
}
PLACES.forEach((place, number) => {
  shape("circle", { cx: place.x, cy: place.y, r: 3, fill: "#9b2226" });
  const label = shape("text", { x: place.x, y: place.y + 1, fill: "white", "font-size": 3, "text-anchor": "middle" });
  label.textContent = String(number + 1);
  const line = document.getElementById("list").appendChild(document.createElement("li"));
  line.textContent = `${place.name}: ${place.about}`;
});
