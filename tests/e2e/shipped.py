"""The configuration that the tests start from: the checkout's own, and services in full."""

from typing import Any

import yaml

from tests.e2e.harness import checkout_file

ASR = {"name": "asr", "hostname": "asr.gonova.one", "port": 8080, "upstreams": ["127.0.0.1:8001"]}
TTS = {"name": "tts", "hostname": "tts.gonova.one", "port": 8081, "upstreams": ["127.0.0.1:8002"]}
EXTRA = {
    "name": "tts2",
    "hostname": "speak.gonova.one",
    "port": 8082,
    "stream_path": "/v1/stream/tts",
    "upstreams": ["127.0.0.1:8002"],
}


def shipped() -> dict[str, Any]:
    """The configuration of the checkout's own stack dev, without the project's name."""
    config = yaml.safe_load(checkout_file("Pulumi.dev.yaml"))["config"]
    return {key.removeprefix("vps-reverse-proxy:"): value for key, value in config.items()}
