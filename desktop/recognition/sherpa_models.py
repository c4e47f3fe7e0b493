"""Which streaming model a folder holds, its files checked before native code sees them.

sherpa-onnx ends the process on some faults (a missing metadata entry, no blank among the tokens), so every such
fault is found here and becomes a SettingInvalid that names the file.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from desktop.domain.errors import SettingInvalid
from desktop.recognition.model_folder import AGAIN, SETTING, looked_into
from desktop.recognition.sherpa_files import CHOOSE, ModelFile, Tokens, read_tokens

_BLANKS = ("<blk>", "<eps>", "<blank>")
_CHUNK = ("T", "decode_chunk_len")
_PARTS = ("encoder_dims", "num_encoder_layers", "cnn_module_kernels", "left_context_len")
_ZIPFORMER = ("query_head_dims", "value_head_dims", "num_heads", *_PARTS)
_NUMBERS = {  # by model_type: what the library insists on
    "conformer": ("num_encoder_layers", "left_context", "encoder_dim", "pad_length", "cnn_module_kernel"),
    "ebranchformer": (
        *("num_hidden_layers", "hidden_size", "intermediate_size", "csgu_kernel_size", "merge_conv_kernel"),
        *("left_context_len", "num_heads", "head_dim"),
    ),
    "lstm": ("num_encoder_layers", "rnn_hidden_size", "d_model"),
}
_LISTS = {"zipformer": ("attention_dims", *_PARTS), "zipformer2": _ZIPFORMER}
_NEMO_CHUNK = ("window_size", "chunk_shift")
_NEMO = (
    "subsampling_factor",
    "vocab_size",
    *(f"cache_last_{state}_dim{n}" for state in ("channel", "time") for n in (1, 2, 3)),
)


class Kind(enum.Enum):
    """How the words come out of a model."""

    TRANSDUCER = "transducer"
    ZIPFORMER_CTC = "Zipformer CTC"
    NEMO_CTC = "NeMo CTC"


@dataclass(frozen=True, slots=True)
class SherpaModel:
    """What to load; every file exists and looks whole."""

    kind: Kind
    tokens: Path
    model: Path  # the encoder of a transducer
    decoder: Path | None
    joiner: Path | None
    window_ms: int  # sound that one step of decoding needs
    shift_ms: int  # and by how much it moves on
    time_scale: float = 1.0  # of the times that the library gives


def find_sherpa_model(folder: Path) -> SherpaModel:
    """Raises SettingInvalid naming the file and what is wrong with it."""
    with looked_into(folder, CHOOSE):
        names = sorted(path for path in folder.iterdir() if path.suffix == ".onnx")
        tokens = read_tokens(folder / "tokens.txt")
        if any("encoder" in path.name for path in names):
            return _transducer(names, folder / "tokens.txt", tokens)
        return _ctc(names, folder / "tokens.txt", tokens)


def _transducer(names: list[Path], path: Path, tokens: Tokens) -> SherpaModel:
    encoder = ModelFile(_one(names, "encoder", small=True))
    if "whisper" in encoder.text_or("model_type").lower():
        raise SettingInvalid(SETTING, f"{encoder.path.name} is a Whisper model, which can't stream", CHOOSE)
    decoder = ModelFile(_one(names, "decoder", small=False))
    joiner = ModelFile(_one(names, "joiner", small=True))
    chunk = _CHUNK
    if decoder.outputs > 1:  # NeMo's: it carries a state of its own
        chunk = _NEMO_CHUNK
        _check_nemo(encoder, joiner, tokens)
        encoder.has_numbers("pred_rnn_layers", "pred_hidden")
        if tokens.get("<blk>") != encoder.number("vocab_size") or len(tokens) != encoder.number("vocab_size") + 1:
            raise SettingInvalid(SETTING, "tokens.txt does not end with <blk>", AGAIN)
    else:
        _check_streaming(encoder, {*_NUMBERS, *_LISTS})
        decoder.has_numbers("context_size")
        decoder.says(tokens, decoder.number("vocab_size"))
        joiner.scores(decoder.number("vocab_size"))
        if not any(tokens.get(blank) == 0 for blank in _BLANKS):
            raise SettingInvalid(SETTING, "tokens.txt does not begin with <blk>", AGAIN)
    return SherpaModel(Kind.TRANSDUCER, path, encoder.path, decoder.path, joiner.path, *encoder.steps_ms(*chunk))


def _ctc(names: list[Path], path: Path, tokens: Tokens) -> SherpaModel:
    model = ModelFile(_one(names, "", small=True))
    if not any(blank in tokens for blank in _BLANKS):
        raise SettingInvalid(SETTING, "tokens.txt has no <blk>", AGAIN)
    if model.text_or("cache_last_channel_dim1"):
        _check_nemo(model, model, tokens)
        # the library counts 40 ms for every output of a CTC model, whatever its metadata say
        scale = model.number("subsampling_factor") / 4
        return SherpaModel(Kind.NEMO_CTC, path, model.path, None, None, *model.steps_ms(*_NEMO_CHUNK), scale)
    _check_streaming(model, {"zipformer2"})
    model.says(tokens, model.width or len(tokens))
    return SherpaModel(Kind.ZIPFORMER_CTC, path, model.path, None, None, *model.steps_ms(*_CHUNK))


def _check_streaming(model: ModelFile, known: set[str]) -> None:
    model_type = model.text_or("model_type")
    if model_type not in known or not model.text_or("decode_chunk_len"):
        named = f"{model.path.name} ({model_type})" if model_type else model.path.name
        raise SettingInvalid(SETTING, f"{named} is no streaming model that sherpa-onnx knows", CHOOSE)
    model.has_numbers(*_CHUNK, *_NUMBERS.get(model_type, ()))
    model.has_lists(*_LISTS.get(model_type, ()))


def _check_nemo(model: ModelFile, last: ModelFile, tokens: Tokens) -> None:
    """`last` is the file that scores the tokens; NeMo does not count the blank."""
    model.has_numbers(*_NEMO_CHUNK, *_NEMO)
    model.says(tokens, model.number("vocab_size") + 1)
    last.scores(model.number("vocab_size") + 1)


def _one(names: list[Path], role: str, *, small: bool) -> Path:
    """The file of that role; of a whole and an 8-bit one, the one that is recommended for it."""
    found = [path for path in names if role in path.name]
    if not found:
        raise SettingInvalid(SETTING, f"there is no {role or 'model'} (*{role}*.onnx)".replace("**", "*"), CHOOSE)
    liked = [path for path in found if (".int8." in path.name) == small] or found
    if len(liked) > 1:
        several = ", ".join(path.name for path in liked)
        raise SettingInvalid(SETTING, f"there are several of one kind: {several}", "Keep one of them in the folder")
    return liked[0]
