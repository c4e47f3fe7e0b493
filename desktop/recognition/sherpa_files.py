"""One file of a model for sherpa-onnx: read, and found wrong before native code sees it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from desktop.domain.errors import SettingInvalid
from desktop.recognition.model_folder import AGAIN, SETTING
from desktop.recognition.onnx_file import NotOnnx, read_onnx

CHOOSE = "Choose the folder of a streaming model for sherpa-onnx (transducer, Zipformer CTC or NeMo CTC)"
_LARGEST_TOKENS = 4 << 20

Tokens = Mapping[str, int]


def read_tokens(path: Path) -> Tokens:
    """tokens.txt: a symbol, a blank and a number a line; a line with a number alone stands for a blank."""
    if not path.exists():
        raise SettingInvalid(SETTING, "there is no tokens.txt", CHOOSE)
    if path.stat().st_size > _LARGEST_TOKENS:
        raise SettingInvalid(SETTING, "tokens.txt is no list of tokens", AGAIN)
    tokens: dict[str, int] = {}
    numbers: set[int] = set()
    for row, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            symbol, _, text = line.decode().strip().rpartition(" ")
            number = int(text)
        except ValueError:
            raise SettingInvalid(SETTING, f"tokens.txt can't be read in line {row}", AGAIN) from None
        if number < 0 or number in numbers:
            raise SettingInvalid(SETTING, f"tokens.txt has number {number} twice or below 0 (line {row})", AGAIN)
        numbers.add(number)
        tokens[symbol.strip() or " "] = number
    if not tokens:
        raise SettingInvalid(SETTING, "tokens.txt is empty", AGAIN)
    return tokens


class ModelFile:
    """An ONNX file, asked for what the library will ask of it; every method but `text_or` raises SettingInvalid."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._says = read_onnx(path)
        except NotOnnx as error:
            raise SettingInvalid(SETTING, f"{path.name} {error}", AGAIN) from None

    @property
    def outputs(self) -> int:
        """How many results it gives."""
        return len(self._says.outputs)

    @property
    def width(self) -> int | None:
        """How many tokens its first result scores, if it says so."""
        shape = next(iter(self._says.outputs.values()))
        return shape[-1] if shape else None

    def text_or(self, key: str, default: str = "") -> str:
        """What the metadata say."""
        return self._says.metadata.get(key, default)

    def number(self, key: str) -> int:
        """A whole number, 0 or more."""
        (number, *more) = self._numbers(key)
        if more or number < 0:
            raise self._wrong(key)
        return number

    def has_numbers(self, *keys: str) -> None:
        """All of these are there."""
        for key in keys:
            self.number(key)

    def has_lists(self, *keys: str) -> None:
        """All of these are there, one number for each part of the network."""
        if len({len(self._numbers(key)) for key in keys}) > 1:
            raise SettingInvalid(SETTING, f"{self.path.name} has metadata of different lengths", AGAIN)

    def steps_ms(self, window: str, shift: str) -> tuple[int, int]:
        """What one step of decoding needs and by how much it moves on; both are in frames of 10 ms."""
        if not 0 < self.number(shift) <= self.number(window):
            raise self._wrong(shift)
        return self.number(window) * 10, self.number(shift) * 10

    def says(self, tokens: Tokens, count: int) -> None:
        """Its `count` tokens all have symbols."""
        if not set(range(count)) <= set(tokens.values()):
            problem = f"tokens.txt has {len(tokens)} tokens where {self.path.name} says {count}"
            raise SettingInvalid(SETTING, problem, "Use the tokens.txt of the same model")

    def scores(self, count: int) -> None:
        """It knows of as many tokens as the rest of the model."""
        if self.width is not None and self.width != count:
            problem = f"{self.path.name} knows {self.width} tokens, not {count}: it is of another model"
            raise SettingInvalid(SETTING, problem, AGAIN)

    def _numbers(self, key: str) -> list[int]:
        if not (text := self.text_or(key)):
            raise SettingInvalid(SETTING, f"{self.path.name} has no '{key}' in its metadata", CHOOSE)
        try:
            return [int(part) for part in text.split(",")]
        except ValueError:
            raise self._wrong(key) from None

    def _wrong(self, key: str) -> SettingInvalid:
        return SettingInvalid(SETTING, f"{self.path.name} has a wrong '{key}' in its metadata", AGAIN)
