"""Sentences from contact_centre_grammar.txt: every template with seeded choices for its slots."""

from __future__ import annotations

import random
import re
from pathlib import Path

GRAMMAR = Path(__file__).with_name("contact_centre_grammar.txt")

_SLOT = re.compile(r"\{(\w+)\}")
_DEFINITION = re.compile(r"^(\w+) = (.*)$")


def sentences(per_slot: int = 5, most: int = 20, seed: int = 7) -> list[str]:
    """Distinct lower-case sentences in the grammar's order; a template gets `per_slot` variants for each slot in it."""
    slots: dict[str, list[str]] = {}
    templates: list[str] = []
    for line in GRAMMAR.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        definition = _DEFINITION.match(line)
        if definition:
            slots[definition[1]] = [choice.strip() for choice in definition[2].split("|")]
        else:
            templates.append(line.strip())
    chooser = random.Random(seed)

    def fill(text: str) -> str:
        while "{" in text:
            text = _SLOT.sub(lambda found: chooser.choice(slots[found[1]]), text, count=1)
        return " ".join(text.split())

    out: dict[str, None] = {}
    for template in templates:
        variants = min(1 + per_slot * len(_SLOT.findall(template)), most)
        for _ in range(variants):
            out.setdefault(fill(template))
    return list(out)


if __name__ == "__main__":
    print("\n".join(sentences()))
