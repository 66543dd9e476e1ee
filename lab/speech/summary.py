"""The spoken proof's result in words: pure functions of its JSON."""

from typing import Any


def render_summary(proof: dict[str, Any]) -> list[str]:
    """The proof's JSON as lines for a person; also of a proof that failed."""
    if "error" in proof:
        return [f"FAILED   {proof['error']['message']}"]
    digits, sentence = proof["digits"], proof["sentence"]
    verdict = "came back exactly" if proof["ok"] else "did NOT come back"
    lines = [f"{'PROVED' if proof['ok'] else 'FAILED':8} the digits {verdict}"]
    if proof["audio"] != "tts":
        lines.append(f"{'audio':8} {proof['audio']}, instead of what TTS said")
    lines.append(f"{'digits':8} {digits['expected']} spoken, {digits['heard'] or 'none'} heard")
    lines.append(
        f'{"sentence":8} "{sentence["text"]}" spoken, "{sentence["transcript"]}" heard, '
        f"{sentence['words_right']} of {sentence['words']} words"
    )
    lines += [_timing(name, proof[name]) for name in ("digits", "sentence")]
    lines.append(f"{'total':8} {proof['total_seconds']:.2f} s")
    return lines


def _timing(name: str, trip: dict[str, Any]) -> str:
    return (
        f"{name:8} {trip['audio_seconds']:.1f} s of audio; "
        f"connect TTS {_ms(trip['connect_tts_seconds'])}, "
        f"ASR {_ms(trip['connect_asr_seconds'])}; "
        f"first audio {_ms(trip['first_audio_seconds'])}; "
        f"final transcript {_ms(trip['final_seconds'])} after the audio; "
        f"{trip['total_seconds']:.2f} s in all"
    )


def _ms(value: float) -> str:
    return f"{value * 1000:.0f} ms"
