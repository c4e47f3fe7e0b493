"""Builds resources/speech/phrase-thresholds.json: how sure one has to be that a phrase was said (run by hand).

    PYTHONPATH=. python resources/build/calibrate_phrases.py [--minutes 12] [--alarms 1.0] [--cache FOLDER]

Text-to-speech voices say sentences of the trade, at full band and through G.711 mu-law; some hundred words and word
sequences are listened for with next to no threshold. Whatever is heard in a sentence that does not have the sounds of
the phrase is a false alarm. For each number of phones the threshold is what leaves `--alarms` false alarms an hour of
speech and phrase, pooled over neighbouring lengths and made to fall with the length. So a phrase that nobody measured
gets a threshold from its length alone.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from call_voices import HELD_OUT_SPEAKERS, VOICES, speak
from contact_centre_text import sentences

from desktop.domain.media import Party
from desktop.evaluation.hearing import blocks_of
from desktop.recognition.band import Band
from desktop.recognition.channel import STARTS, Channel
from desktop.recognition.letter_sounds import LetterSounds
from desktop.recognition.models import TELEPHONE
from desktop.recognition.pronunciation import Pronouncer, looked_up
from desktop.recognition.sphinx import PRONUNCIATIONS, Way, likelihood, phrase_decoder, wheel_models
from desktop.recognition.watching import LEAST_PHONES, THRESHOLDS

SPEECH = Path(__file__).resolve().parent.parent / "speech"
FLOOR = -60.0  # natural logarithm of a likelihood ratio: lower is not worth listening for
LOWEST = -20.0  # whatever was measured
LONGEST = 18  # phones
OF_EACH_LENGTH = 14
LEVELS_DB = (-10.0, 4.0)
SHOWN = (0.3, 1.0, 3.0, 10.0)  # false alarms an hour
THROUGH = {Band.FULL: "pcm", Band.TELEPHONE: "pcmu"}


@dataclass(slots=True)
class Measured:
    """False alarms of one band: the length of the phrase in phones and the score of each."""

    hours: float = 0.0
    phrases: dict[int, int] = field(default_factory=dict)  # of each length
    alarms: list[tuple[int, float]] = field(default_factory=list)

    def threshold(self, lengths: range, alarms_per_hour: float) -> float:
        """What leaves so many false alarms an hour and phrase of these lengths."""
        scores = sorted((score for length, score in self.alarms if length in lengths), reverse=True)
        allowed = int(alarms_per_hour * self.hours * sum(self.phrases.get(length, 0) for length in lengths))
        return scores[allowed] if allowed < len(scores) else FLOOR


def candidates(texts: list[str], draw: random.Random) -> list[str]:
    """One to five words in a row from the sentences."""
    found = set()
    for text in draw.sample(texts, min(3000, len(texts))):
        words = text.split()
        for size in range(1, min(5, len(words)) + 1):
            start = draw.randrange(len(words) - size + 1)
            found.add(" ".join(words[start : start + size]))
    return sorted(found)


def chosen(pronouncer: Pronouncer, phrases: list[str], draw: random.Random) -> list[tuple[int, list[str]]]:
    """So many of each length: the length and the ways to say it."""
    by_length: dict[int, list[list[str]]] = {}
    for phrase in phrases:
        if ways := pronouncer.ways(phrase):
            by_length.setdefault(round(float(np.mean([len(way.split()) for way in ways]))), []).append(ways)
    return [
        (length, ways)
        for length in range(LEAST_PHONES, LONGEST + 1)
        for ways in draw.sample(by_length.get(length, []), min(OF_EACH_LENGTH, len(by_length.get(length, []))))
    ]


def measure(
    band: Band,
    texts: list[str],
    phrases: list[tuple[int, list[str]]],
    pronouncer: Pronouncer,
    minutes: float,
    cache: Path,
) -> Measured:
    """Listen to the sentences for the phrases."""
    numbered = [(number, way) for number, (_, ways) in enumerate(phrases) for way in ways]
    transform = SPEECH / TELEPHONE if band is Band.TELEPHONE else None
    decoder = phrase_decoder(wheel_models() / "en-us", [Way(way, FLOOR) for _, way in numbered], transform)
    voices = [voice for voice in VOICES.values() if voice.speaker not in HELD_OUT_SPEAKERS]
    draw, channel, found = random.Random(11), Channel((band,), {}), Measured()
    for length, _ in phrases:
        found.phrases[length] = found.phrases.get(length, 0) + 1
    for number, text in enumerate(texts):
        if found.hours * 60 > minutes:
            break
        wave = speak(text, voices[number % len(voices)], 1.0, cache) * 10 ** (draw.uniform(*LEVELS_DB) / 20)
        sound = np.concatenate([np.zeros(4800), np.clip(wave, -1, 1) * 32_767]).astype(np.int16)
        decoder.begin(STARTS[band])
        for block in blocks_of(sound, Party.MIXED, THROUGH[band]):
            if block.samples.size:
                decoder.hear(channel.prepare(band, block.samples))
        decoder.end()
        found.hours += len(sound) / 16_000 / 3600
        said = f" {' '.join(pronouncer.ways(word)[0] for word in text.split() if pronouncer.knows(word))} "
        heard: dict[int, list[tuple[float, int, int]]] = {}
        for token in decoder.tokens():
            heard.setdefault(numbered[int(token.token)][0], []).append(
                (likelihood(token), token.first_frame, token.last_frame)
            )
        for phrase, times in heard.items():
            length, ways = phrases[phrase]
            if not any(f" {way} " in said for way in ways):
                found.alarms += [(length, score) for score in apart(times)]
    return found


def apart(times: list[tuple[float, int, int]]) -> list[float]:
    """Scores of what was heard at different times, the best of each time."""
    kept: list[tuple[float, int, int]] = []
    for score, first, last in sorted(times, reverse=True):
        if all(last < begin or first > end for _, begin, end in kept):
            kept.append((score, first, last))
    return [score for score, _, _ in kept]


def table(found: Measured, alarms_per_hour: float) -> list[float]:
    """Thresholds for 1, 2, 3 ... phones, never rising with the length."""
    raw = []
    for length in range(LEAST_PHONES, LONGEST + 1):
        reach = 1 if length < 9 else 2
        lengths = range(max(LEAST_PHONES, length - reach), min(LONGEST, length + reach) + 1)
        raw.append(found.threshold(lengths, alarms_per_hour))
    falling = fallen(raw)
    return [round(max(least, LOWEST), 1) for least in [falling[0]] * (LEAST_PHONES - 1) + falling]


def fallen(values: list[float]) -> list[float]:
    """The nearest values that never rise (neighbours that do are averaged)."""
    blocks = [[value] for value in values]
    while any(np.mean(one) < np.mean(two) for one, two in pairwise(blocks)):
        at = next(at for at, (one, two) in enumerate(pairwise(blocks)) if np.mean(one) < np.mean(two))
        blocks[at : at + 2] = [blocks[at] + blocks[at + 1]]
    return [float(np.mean(block)) for block in blocks for _ in block]


def main() -> None:
    """Measure both bands and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=12.0, help="of speech for each band")
    parser.add_argument("--alarms", type=float, default=1.0, help="an hour of speech and phrase")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "sidetone-voices")
    parser.add_argument("--target", type=Path, default=SPEECH / THRESHOLDS)
    options = parser.parse_args()

    draw = random.Random(3)
    texts = [text for text in sentences(10, 40) if 4 <= len(text.split()) <= 22]
    draw.shuffle(texts)
    wanted = candidates(texts, draw)
    pronouncer = Pronouncer(looked_up(wheel_models() / PRONUNCIATIONS, wanted + texts), no_letter_sounds)
    known = [phrase for phrase in wanted if all(pronouncer.knows(word) for word in phrase.split())]
    phrases = chosen(pronouncer, known, draw)
    least: dict[str, list[float]] = {}
    for band in Band:
        found = measure(band, texts, phrases, pronouncer, options.minutes, options.cache)
        least[band.name.lower()] = table(found, options.alarms)
        print(f"{band.name}: {60 * found.hours:.1f} min, {len(phrases)} phrases, {len(found.alarms)} false alarms")
        for length in range(LEAST_PHONES, LONGEST + 1):
            scores = [f"{found.threshold(range(length, length + 1), alarms):7.1f}" for alarms in SHOWN]
            used = least[band.name.lower()][length - 1]
            print(f"  {length:2} phones: {' '.join(scores)} at {SHOWN} an hour; used {used}")
    text = json.dumps({"alarms_per_hour": options.alarms, "least": least}, indent=1) + "\n"
    options.target.write_text(text, encoding="utf-8")


def no_letter_sounds() -> LetterSounds:
    """Only words of the dictionary are measured."""
    raise AssertionError("a word is not in the dictionary")


if __name__ == "__main__":
    main()
