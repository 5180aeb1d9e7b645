"""Сөзжарыс: words come back on the day on which you are about to forget them."""

import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
STEPS_DAYS = [0, 1, 3, 7, 21]
WORDS_A_DAY = 5


def load(name: str) -> dict:
    path = HERE / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def due_words(words: dict, progress: dict, today: str) -> list[str]:
    again = [word for word in words if word in progress and progress[word]["due"] <= today]
    new = [word for word in words if word not in progress]
    return (again + new)[:WORDS_A_DAY]


def ask(word: str, words: dict) -> bool:
    others = random.sample([meaning for key, meaning in words.items() if key != word], 3)
    choices = sorted([words[word], *others])
    sys.stdout.write(f"\n{word}\n" + "".join(f"  {n}  {choice}\n" for n, choice in enumerate(choices, start=1)))
    answer = input("> ").strip()
    right = answer.isdigit() and 0 < int(answer) <= len(choices) and choices[int(answer) - 1] == words[word]
    sys.stdout.write("Дұрыс!\n" if right else f"Жоқ: {words[word]}\n")
    return right


def main() -> None:
    words, progress = load("words.json"), load("progress.json")
    now = datetime.fromtimestamp(time.time(), UTC)
    for word in due_words(words, progress, now.date().isoformat()):
        step = progress.get(word, {"step": 0})["step"]
        step = min(step + 1, len(STEPS_DAYS) - 1) if ask(word, words) else 0
        due = now + timedelta(days=STEPS_DAYS[step])
        progress[word] = {"step": step, "due": due.date().isoformat()}
    (HERE / "progress.json").write_text(json.dumps(progress, ensure_ascii=False, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
