"""What a speech service counts, and its page in the Prometheus text format."""

from collections import Counter
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


@dataclass
class Histogram:
    """Observations in seconds, counted per bucket."""

    counts: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))
    total: int = 0
    sum: float = 0.0

    def observe(self, value: float) -> None:
        """Count one observation of `value` seconds."""
        self.total += 1
        self.sum += value
        for place, bound in enumerate(BUCKETS):
            if value <= bound:
                self.counts[place] += 1


@dataclass
class Metrics:
    """Counters of one service since its start; touched by its event loop only."""

    service: str
    latency_help: str
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)  # (path, HTTP status)
    errors: Counter[int] = field(default_factory=Counter)  # WebSocket close code
    open_streams: int = 0
    frames: int = 0
    audio_seconds: float = 0.0
    latency: Histogram = field(default_factory=Histogram)

    def render(self, *, instance: str) -> str:
        """The page at /metrics."""
        base = f'service="{self.service}",instance="{_escape(instance)}"'
        lines: list[str] = []

        def family(name: str, kind: str, text: str) -> None:
            lines.extend((f"# HELP {name} {text}", f"# TYPE {name} {kind}"))

        family("speech_requests_total", "counter", "HTTP requests by path and status.")
        for (path, status), count in sorted(self.requests.items()):
            lines.append(
                f'speech_requests_total{{{base},path="{_escape(path)}",status="{status}"}} {count}'
            )
        family("speech_errors_total", "counter", "Streams refused or failed, by close code.")
        for code, count in sorted(self.errors.items()):
            lines.append(f'speech_errors_total{{{base},code="{code}"}} {count}')
        family("speech_open_streams", "gauge", "Streams open now.")
        lines.append(f"speech_open_streams{{{base}}} {self.open_streams}")
        family("speech_frames_total", "counter", "Audio frames sent (TTS) or received (ASR).")
        lines.append(f"speech_frames_total{{{base}}} {self.frames}")
        family("speech_audio_seconds_total", "counter", "Seconds of audio in those frames.")
        lines.append(f"speech_audio_seconds_total{{{base}}} {self.audio_seconds:.3f}")
        family("speech_latency_seconds", "histogram", self.latency_help)
        for bound, count in zip(BUCKETS, self.latency.counts, strict=True):
            lines.append(f'speech_latency_seconds_bucket{{{base},le="{bound}"}} {count}')
        lines += [
            f'speech_latency_seconds_bucket{{{base},le="+Inf"}} {self.latency.total}',
            f"speech_latency_seconds_sum{{{base}}} {self.latency.sum:.6f}",
            f"speech_latency_seconds_count{{{base}}} {self.latency.total}",
        ]
        return "\n".join(lines) + "\n"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
