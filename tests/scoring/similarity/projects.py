"""Small programs as entrants write them, made up for these tests."""

TEMPERATURE = '''
"""Reads a sensor and warns the neighbours."""
import json
import statistics
from pathlib import Path


class Station:
    def __init__(self, name, limit=30):
        self.name = name
        self.limit = limit
        self.readings = []

    def add(self, value):
        if value is None or value < -60:
            raise ValueError("impossible reading")
        self.readings.append(round(value, 1))
        while len(self.readings) > 500:
            self.readings.pop(0)

    def median_of_last(self, count):
        last = self.readings[-count:]
        return statistics.median(last) if last else None

    def warning(self):
        middle = self.median_of_last(12)
        if middle is not None and middle > self.limit:
            return f"{self.name}: {middle} degrees, water the trees"
        return ""


def load(path):
    stations = {}
    for line in Path(path).read_text().splitlines():
        record = json.loads(line)
        station = stations.setdefault(record["station"], Station(record["station"]))
        try:
            station.add(record.get("value"))
        except ValueError:
            continue
    return stations
'''
SHADOWS = '''
import math
import random


def silhouette(points, lamp, wall):
    """Project a puppet on the wall."""
    shape = []
    for x, y, z in points:
        share = (wall - lamp[2]) / (z - lamp[2])
        shape.append((lamp[0] + share * (x - lamp[0]), lamp[1] + share * (y - lamp[1])))
    return shape


def area(shape):
    total = 0.0
    for (x1, y1), (x2, y2) in zip(shape, shape[1:] + shape[:1]):
        total += x1 * y2 - x2 * y1
    return abs(total) / 2


def flicker(seconds, seed=3):
    dice = random.Random(seed)
    level = 1.0
    for step in range(int(seconds * 25)):
        level += dice.uniform(-0.1, 0.1) - (level - 1) * 0.05
        yield step / 25, max(0.2, level) * (1 + 0.03 * math.sin(step))
'''
BUSES = """
const stops = new Map();

export function arrive(bus, stop, clock) {
  const known = stops.get(stop) || [];
  known.push({ bus, at: clock });
  stops.set(stop, known.filter((one) => clock - one.at < 3600));
  return known.length;
}

export function waiting(stop, clock) {
  const known = stops.get(stop);
  if (!known) {
    return null;
  }
  let longest = 0;
  for (let i = 1; i < known.length; i += 1) {
    longest = Math.max(longest, known[i].at - known[i - 1].at);
  }
  return { longest, since: clock - known[known.length - 1].at };
}
"""
