function minutesOf(time) {
  const [hours, minutes] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

function weekday(date) {
  return date.getDay() === 0 ? 7 : date.getDay();
}

function nextTrip(now) {
  for (let ahead = 0; ahead < 7; ahead++) {
    const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + ahead);
    const passed = ahead === 0 ? now.getHours() * 60 + now.getMinutes() : -1;
    const trip = TIMETABLE.find((row) => row.days.includes(weekday(day)) && minutesOf(row.time) > passed);
    if (trip) return { trip, ahead };
  }
  return null;
}

function show() {
  const found = nextTrip(new Date());
  const when = !found ? "" : found.ahead === 0 ? "сегодня" : found.ahead === 1 ? "завтра" : `через ${found.ahead} дн.`;
  document.getElementById("next").textContent = found
    ? `${found.trip.time}, ${when}: ${found.trip.from} — ${found.trip.to}`
    : "Рейсов нет.";
}

for (const row of TIMETABLE) {
  const line = document.createElement("tr");
  for (const words of [row.time, row.from, row.to]) {
    line.appendChild(document.createElement("td")).textContent = words;
  }
  document.getElementById("rows").appendChild(line);
}
show();
setInterval(show, 30000);
