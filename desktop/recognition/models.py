"""Where the recogniser's files are (ours in resources, the rest in the wheel of PocketSphinx), and unpacking them."""

from __future__ import annotations

import lzma
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid
from desktop.recognition import packed
from desktop.recognition.band import Band

LANGUAGE_MODEL = "contact-centre.ngrams.xz"
DICTIONARY = "contact-centre.dict.xz"
TELEPHONE = "telephone.mllr"
NO_TRANSFORM = "none"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """What one recogniser loads; every path exists. Ours end in .xz and are unpacked while they are loaded."""

    acoustic: Path  # a folder
    language_model: Path  # n-gram model: ours, PocketSphinx's binary, or ARPA
    dictionary: Path  # CMU format: word, blank, phones
    telephone: Path | None = None  # Sphinx MLLR that moves the acoustic model to telephone sound


def find_models(
    wheel: Path, acoustic: str = "", language_model: str = "", dictionary: str = "", telephone: str = ""
) -> ModelFiles:
    """The files to load; "" means the ones that come with Sidetone and, in `wheel`, with PocketSphinx.

    Our telephone transform fits the acoustic model in `wheel` only; with another one it is left out, as with "none".
    Raises SettingInvalid naming the missing one.
    """
    ours = resources_folder() / "speech"
    if not telephone:
        telephone = NO_TRANSFORM if acoustic else str(ours / TELEPHONE)
    found = ModelFiles(
        acoustic=Path(acoustic) if acoustic else wheel / "en-us",
        language_model=Path(language_model) if language_model else ours / LANGUAGE_MODEL,
        dictionary=Path(dictionary) if dictionary else ours / DICTIONARY,
        telephone=None if telephone == NO_TRANSFORM else Path(telephone),
    )
    for name, path in (
        ("acoustic_model", found.acoustic),
        ("language_model", found.language_model),
        ("dictionary", found.dictionary),
        ("telephone_transform", found.telephone),
    ):
        if path is not None and not path.exists():
            raise SettingInvalid(f"recogniser.embedded.{name}", f"{path.name} does not exist", "Choose another file")
    return found


def bands_of(files: ModelFiles) -> tuple[Band, ...]:
    """Those that PocketSphinx can hear apart: each has a model of its own."""
    return (Band.FULL,) if files.telephone is None else (Band.TELEPHONE, Band.FULL)


@contextmanager
def readable(path: Path) -> Iterator[Path]:
    """A file that the engine can read for as long as this lasts: `path`, or what it holds unpacked in a temporary one.

    Raises SettingInvalid when it is damaged.
    """
    if path.suffix != ".xz":
        yield path
        return
    try:
        content = path.read_bytes()
        plain = packed.to_trie(content) if path.stem.endswith(".ngrams") else lzma.decompress(content)
    except (ValueError, lzma.LZMAError) as error:
        raise SettingInvalid("recogniser.embedded", f"{path.name} is damaged", "Install Sidetone again") from error
    with tempfile.TemporaryDirectory(prefix="sidetone-", ignore_cleanup_errors=True) as folder:
        unpacked = Path(folder) / path.stem
        unpacked.write_bytes(plain)
        yield unpacked
