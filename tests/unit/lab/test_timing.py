"""The timeline of an `up`, read from the engine's lines."""

from lab.timing import Timeline


def read(events: list[tuple[float, str]]) -> Timeline:
    now = [0.0]
    timeline = Timeline(clock=lambda: now[0])
    for at, line in events:
        now[0] = at
        timeline.read(line)
    return timeline


def test_overlapping_waits_are_counted_once() -> None:
    timeline = read(
        [
            (0, " +  hcloud:index:Server vps-server creating (0s)"),
            (1, " +  command:local:Command tunnel-key-pair creating (0s)"),
            (4, " +  hcloud:index:Server vps-server created (4s)"),
            (6, " +  command:local:Command tunnel-key-pair created (5s)"),
        ]
    )

    assert timeline.seconds(["vps-server", "tunnel-key-pair"]) == 6


def test_a_resource_that_was_not_touched_takes_no_time() -> None:
    timeline = read([(0, "Updating (dev):"), (1, "Resources:"), (2, "    12 unchanged")])

    assert timeline.seconds(["vps-server"]) == 0


def test_repeated_progress_lines_do_not_move_the_beginning() -> None:
    timeline = read(
        [
            (0, " ~  command:remote:Command proxy-packages updating (0s)"),
            (5, " ~  command:remote:Command proxy-packages updating (5s) changed: nginx"),
            (9, " ~  command:remote:Command proxy-packages updated (9s)"),
        ]
    )

    assert timeline.seconds(["proxy-packages"]) == 9
