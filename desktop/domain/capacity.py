"""What was measured on this machine that a capacity planner needs; each figure says when and from how much it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamCost:
    """What one AudioHook call of two parties costs to receive over TLS, without recognition.

    CPU is seconds of one core per second of call. `decode_cpu` makes 16 kHz blocks of it for a recogniser here,
    `share_cpu` Opus for consoles elsewhere; both come on top of `receive_cpu`. ValueError: a number out of range.
    """

    receive_cpu: float
    decode_cpu: float
    share_cpu: float
    call_mb: float
    calls: int  # that streamed while it was measured
    seconds: float  # of call, over all of them
    measured_at_ms: int  # Unix epoch

    def __post_init__(self) -> None:
        for name in ("receive_cpu", "call_mb", "calls", "seconds"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: above zero")
        if not (self.decode_cpu >= 0 and self.share_cpu >= 0 and self.measured_at_ms >= 0):
            raise ValueError("decode_cpu, share_cpu, measured_at_ms: not below zero")


@dataclass(frozen=True, slots=True)
class HearingCost:
    """What recognition and all behind it costs. `speech_share`: seconds of speech per second of call, both parties
    together (0 to 2). `cpu_per_call_s` holds the decoding, in place of `StreamCost.decode_cpu`. ValueError: a number
    out of range.
    """

    cpu_per_speech_s: float  # seconds of one core per second of speech
    speech_share: float
    worker_mb: float  # a recogniser process without calls; 0 where all of them run already
    cpu_per_call_s: float = 0.0  # per second of call whoever speaks: taking frames in, decoding, who speaks when

    def __post_init__(self) -> None:
        if not self.cpu_per_speech_s > 0:
            raise ValueError("cpu_per_speech_s: above zero")
        if not (self.worker_mb >= 0 and self.cpu_per_call_s >= 0):
            raise ValueError("worker_mb, cpu_per_call_s: not below zero")
        if not 0 <= self.speech_share <= 2:
            raise ValueError("speech_share: 0 to 2, as both parties may speak at once")
