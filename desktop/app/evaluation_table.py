"""What `sidetone evaluate` measured, as tables for people."""

from __future__ import annotations

from typing import Any

_COLUMNS = (
    ("WER", "wer", "%"),
    ("95 % from", "wer_low", "%"),
    ("to", "wer_high", "%"),
    ("precision", "keyword_precision", "%"),
    ("recall", "keyword_recall", "%"),
    ("F1", "keyword_f1", ""),
    ("AUC", "confidence_auc", ""),
    ("RTF", "rtf_speech", ""),
    ("partial p50", "partial_p50_ms", "s"),
    ("p95", "partial_p95_ms", "s"),
    ("final p50", "final_p50_ms", "s"),
    ("p95", "final_p95_ms", "s"),
    ("MB", "memory_mb", "n"),
)


def print_table(report: dict[str, Any]) -> None:
    """One line an engine, then what the confidence of its words is worth."""
    figures: dict[str, dict[str, Any]] = report["engines"]
    rows = [["engine", *(head for head, _, _ in _COLUMNS)]]
    rows += [[name, *(_cell(values[key], unit) for _, key, unit in _COLUMNS)] for name, values in figures.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *cells in rows:
        print("  ".join([name.ljust(widths[0]), *(c.rjust(w) for c, w in zip(cells, widths[1:], strict=True))]))
    first = next(iter(figures.values()))
    print(
        f"{first['recordings']} recordings, {first['audio_s'] / 60:.1f} min, {first['words']} words, "
        f"{first['keywords_said']} keyword hits to find. RTF: CPU seconds a second of speech, median. "
        "AUC: how often a right word has more confidence than a wrong one."
    )
    for name, values in figures.items():
        if values["confidence"]:
            _print_calibration(name, values)


def _print_calibration(name: str, values: dict[str, Any]) -> None:
    error = _cell(values["confidence_error"], "%")
    print(f"\n{name}: confidence of {values['confidence_words']} heard words, off by {error} in the mean")
    print("confidence    words     mean    right")
    for one in values["confidence"]:
        cells = f"{_cell(one['confidence'], '%'):>7}  {_cell(one['right'], '%'):>7}"
        print(f"{one['low']:.1f} to {one['high']:.1f}  {one['words']:7}  {cells}")


def _cell(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    match unit:
        case "%":
            return f"{100 * value:.1f} %"
        case "s":
            return f"{value / 1000:.2f} s"
        case "n":
            return f"{value:.0f}"
        case _:
            return f"{value:.2f}"
