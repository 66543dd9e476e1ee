"""The decoder itself: what it understands must not depend on what it heard before."""

from lab.speech.audio import SAMPLE_RATE
from lab.speech.flite import synthesise
from lab.speech.recogniser import load_recogniser

# Understood with an invented "two" at its end by a decoder that had heard nothing before.
HARD = "zero one four three eight zero"


async def test_a_fresh_decoder_understands_its_first_digits() -> None:
    recogniser = load_recogniser()
    pcm = await synthesise(HARD)

    recogniser.start("digits")
    recogniser.feed(pcm)

    assert recogniser.finish() == HARD


async def test_loud_noise_before_does_not_change_what_is_understood() -> None:
    recogniser = load_recogniser()
    recogniser.start("digits")
    recogniser.feed(bytes([0x00, 0x40, 0x00, 0xC0]) * SAMPLE_RATE)
    recogniser.finish()

    recogniser.start("digits")
    recogniser.feed(await synthesise(HARD))

    assert recogniser.finish() == HARD
