"""Figures are computed from raw samples."""

from collections.abc import Sequence

import pytest

from bench.figures import figures_of, lapses, later_tries
from bench.samples import Sample


def turn(number: int, path: str, rtt_ms: Sequence[float], **more: object) -> Sample:
    return {"round": number, "path": path, "rtt_us": [ms * 1000 for ms in rtt_ms], **more}


def test_latency_is_compared_within_its_round() -> None:
    samples = [
        turn(0, "direct", [20] * 99 + [30]),
        turn(0, "tunnel", [21] * 98 + [44, 50]),
        turn(0, "plain", [25] * 100),
        turn(0, "direct", [20] * 98 + [24, 26]),
    ]

    figures = figures_of("latency-1", samples)

    assert figures["added_p50"].value == 1
    assert figures["added_p50"].plain == 5
    assert figures["p99_ratio"].value == pytest.approx(44 / 22)
    assert figures["p99_ratio"].spread == pytest.approx(24 / 20)


def test_a_round_with_a_failed_turn_is_left_out() -> None:
    good = [turn(0, path, [20]) for path in ("direct", "tunnel", "direct")]
    broken = [turn(1, "direct", [20]), {"round": 1, "path": "tunnel", "error": "LoadError: no"}]

    assert figures_of("latency-5", [*good, *broken])["added_p50"].n == 1


def test_without_a_complete_round_the_first_error_is_what_there_is() -> None:
    with pytest.raises(ValueError, match="LoadError: no"):
        figures_of("latency-5", [{"round": 0, "path": "direct", "error": "LoadError: no"}])


def test_recovery_has_its_median_and_its_worst() -> None:
    figures = figures_of("recovery-dead-3", [{"seconds": s} for s in (0.4, 2.0, 0.6)])

    assert figures["median"].value == 0.6
    assert figures["worst"].value == 2.0


def tries(*seconds: float) -> list[Sample]:
    return [{"try": number, "seconds": one} for number, one in enumerate(seconds)]


def test_later_tries_are_held_against_the_first_ones_of_the_same_fault() -> None:
    steady, growing = tries(0.5, 0.7, 9.0, 0.6, 0.4), tries(0.5, 1.0, 2.0, 4.0)
    figure = later_tries([steady, growing, tries(0.3)])

    assert figure is not None
    assert figure.value == pytest.approx(3.0 - 0.75)
    assert figure.least == pytest.approx(0.5 - 0.6)
    assert figure.n == 2


def test_tries_are_taken_in_their_order_and_those_that_failed_are_left_out() -> None:
    first, failed = {"try": 0, "seconds": 1.0}, {"try": 1, "error": "no"}
    last = {"try": 10, "seconds": 3.0}
    figure = later_tries([[last, failed, first]])

    assert figure is not None
    assert figure.value == 2.0
    assert later_tries([[failed], []]) is None


def test_calls_that_fail_after_a_recovery_are_counted_over_all_faults() -> None:
    lasting: list[Sample] = [{"seconds": 0.5, "failed_later": 0}]
    lapsing: list[Sample] = [{"failed_later": 3}, {"error": "no"}, {"failed_later": 4}]
    figure = lapses([lasting, lapsing])

    assert figure is not None
    assert (figure.value, figure.n) == (7, 2)
    assert lapses([[{"error": "no"}]]) is None


def test_frames_that_do_not_come_back_are_counted() -> None:
    samples = [
        turn(0, path, [50], sent=100, back=back)
        for path, back in (("direct", 100), ("tunnel", 97), ("plain", 60), ("direct", 100))
    ]

    back = figures_of("lossy-50", samples)["back"]

    assert (back.value, back.plain) == (97, 60)


def test_cpu_time_is_compared_for_each_delivered_frame() -> None:
    samples = [
        turn(0, path, [20], back=back, tunnel_cpu_seconds=cpu)
        for path, back, cpu in (
            ("direct", 100, 0),
            ("tunnel", 100, 2.0),
            ("plain", 50, 2.0),
            ("direct", 100, 0),
        )
    ]

    assert figures_of("latency-50", samples)["cpu_ratio"].value == 0.5


def test_a_held_websocket_that_lost_a_frame_is_not_held() -> None:
    common = {"round": 0, "open_seconds": 2.0, "mb_per_1000": 20.0, "vps_mb": 99, "opened": 100}
    samples = [
        {**common, "path": path, "whole": path == "tunnel", "lost": 1, "sent": 600, "back": back}
        for path, back in (("direct", 600), ("tunnel", 597), ("direct", 600))
    ]

    assert figures_of("hold", samples)["held"].value == 97


def test_memory_is_that_of_the_first_round_for_the_later_ones_use_it_again() -> None:
    common = {"open_seconds": 2.0, "vps_mb": 99, "opened": 100, "sent": 600, "back": 600}
    samples = [
        {**common, "round": number, "path": path, "whole": not number, "lost": 0, "mb_per_1000": mb}
        for number, mb in enumerate((34.0, -0.1, 0.0))
        for path in ("direct", "tunnel", "direct")
    ]

    assert figures_of("hold", samples)["mb_per_1000"].value == 34.0


def test_streams_that_never_hear_again_are_late_for_ever() -> None:
    figures = figures_of("streams-dead-3", [{"alive": 0, "again": []}])

    assert figures["alive"].value == 0
    assert figures["again"].value == float("inf")
