"""Builds resources/speech: the contact-centre language model and its dictionary (run by hand, not by the app).

PYTHONPATH=. python resources/build/build_language_model.py [--weight 0.5] [--words 36000] [--bigrams N] [--trigrams N]

Our sentences (contact_centre_text.py, and contact_centre_lines_*.txt word for word) give a small trigram model; it is
mixed with the model of PocketSphinx's package, restricted to its commonest words and ours, and pruned.
"""

from __future__ import annotations

import argparse
import lzma
import re
import tomllib
from pathlib import Path

import pocketsphinx
from back_off import BEGIN, END, estimate, mix, prune, restrict
from contact_centre_text import sentences
from sphinx_trie import pack, read

from desktop.recognition.models import DICTIONARY, LANGUAGE_MODEL

HERE = Path(__file__).parent
TARGET = HERE.parent / "speech"
CALLS = HERE.parent / "calls"
EXTRA_WORDS = HERE / "extra.dict"
LEFT_OUT = HERE / "left_out.txt"
HISSING, VOICELESS = {"S", "Z", "SH", "ZH", "CH", "JH"}, {"P", "T", "K", "F", "TH"}


def plain_lines(path: Path) -> list[str]:
    """Lines without comments and blanks."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def spoken_in_calls() -> set[str]:
    """What the simulator's calls say: kept out of the text, so that those calls can judge the model."""
    turns = [turn for path in CALLS.glob("*.toml") for turn in tomllib.loads(path.read_text("utf-8"))["turns"]]
    return {" ".join(re.findall(r"[a-z0-9']+", turn["text"].lower())) for turn in turns}


def pronunciations() -> dict[str, list[str]]:
    """Word -> its dictionary lines' phones, commonest first: the package's dictionary and extra.dict."""
    found: dict[str, list[str]] = {}
    package = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
    for path in (package, EXTRA_WORDS):
        for line in plain_lines(path):
            entry, phones = line.split(maxsplit=1)
            found.setdefault(entry.partition("(")[0], []).append(phones)
    return found


def possessive(word: str, sounds: dict[str, list[str]]) -> list[str]:
    """How "battery's" is said, by how "battery" is; none of what is no possessive of a known word."""
    owner, _, rest = word.rpartition("'")
    return [f"{phones} {_ending(phones)}" for phones in sounds.get(owner, ())] if rest == "s" else []


def _ending(phones: str) -> str:
    last = phones.split()[-1]
    return "IH Z" if last in HISSING else "S" if last in VOICELESS else "Z"


def main() -> None:
    """Build and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weight", type=float, default=0.5, help="of our sentences in the mixture")
    parser.add_argument("--variants", type=int, default=10, help="of a template for each slot in it")
    parser.add_argument("--templates", type=int, default=4, help="a sentence of a template counts as so many lines")
    parser.add_argument("--words", type=int, default=36_000, help="of the package's model")
    parser.add_argument("--bigrams", type=int, default=1_500_000)
    parser.add_argument("--trigrams", type=int, default=1_500_000)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()

    heard = spoken_in_calls()
    lines = [line for path in sorted(HERE.glob("contact_centre_lines_*.txt")) for line in plain_lines(path)]
    made = sentences(options.variants, 4 * options.variants)
    text = [line.split() for line in (*made * options.templates, *lines) if line not in heard]
    sounds = pronunciations()
    stock = read(Path(pocketsphinx.get_model_path("en-us/en-us.lm.bin")))
    ours = {word for sentence in text for word in sentence} | {line.split()[0] for line in plain_lines(EXTRA_WORDS)}
    left_out = {word for line in plain_lines(LEFT_OUT) for word in line.split()} - ours
    sounds |= {word: said for word in ours - sounds.keys() if (said := possessive(word, sounds))}
    missing = sorted(ours - sounds.keys())
    if missing:
        raise SystemExit(f"no pronunciation of: {' '.join(missing)}")
    by_frequency = sorted(range(len(stock.words)), key=lambda index: -stock.unigram[index])
    allowed = sounds.keys() - left_out
    common = [word for word in (stock.words[index] for index in by_frequency) if word in allowed][: options.words]
    words = sorted({BEGIN, END, *common, *ours})
    print(f"{len(text)} sentences, {len(ours)} words of our own, {len(words)} words in all")

    mixed = mix(estimate(text, words), restrict(stock, words), options.weight)
    print(f"mixed: {len(mixed.bigrams)} bigrams, {len(mixed.trigrams)} trigrams")
    pruned = prune(mixed, options.bigrams, options.trigrams)
    print(f"kept: {len(pruned.bigrams)} bigrams, {len(pruned.trigrams)} trigrams")
    options.target.mkdir(parents=True, exist_ok=True)
    (options.target / LANGUAGE_MODEL).write_bytes(pack(pruned))
    lines = (
        f"{word if number == 1 else f'{word}({number})'} {phones}\n"
        for word in words
        for number, phones in enumerate(sounds.get(word, ()), start=1)
    )
    (options.target / DICTIONARY).write_bytes(lzma.compress("".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME))
    for name in (LANGUAGE_MODEL, DICTIONARY):
        print(f"{name}: {(options.target / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
