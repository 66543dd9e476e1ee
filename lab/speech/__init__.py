"""Real speech behind the tunnel: a TTS and an ASR service, and the spoken proof of both.

Audio everywhere: 16-bit little-endian mono PCM at 16 kHz, in frames of 20 ms.
"""

VERSION = "0.1.0"
