"""Stands in for the Pulumi engine and the clouds: records what a program asks of them.

`deploy` runs a program to its end, RPCs and all, and hands back every registration, so that a test
asserts on plain data; an assertion inside `apply` would only count where somebody awaits it.
"""

import asyncio
import io
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
import pulumi
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import get_root_resource, set_all_config, set_mocks
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.stack import Stack, massage

from components.naming import step_of

PROJECT = "vps-reverse-proxy"
SECRET = ("4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270")
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
TUNNEL_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAITUNNEL vps-tunnel@wsl"
ZONE = {"id": "0123456789abcdef0123456789abcdef", "name": "gonova.one"}

Call = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(kw_only=True)
class Registered:
    """A resource as the engine was asked for it; `inputs` still carry the marks of secrets."""

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    options: Any

    def text(self, key: str) -> str:
        """An input that is a text in clear."""
        value = self.inputs[key]
        assert isinstance(value, str), f"{self.name}.{key} is {value!r}"
        return value


@dataclass(kw_only=True)
class Clouds(Mocks):
    """What the providers answer. `calls` replaces the answer of a function by its name."""

    calls: dict[str, Call] = field(default_factory=dict)
    server: str = "1001"
    preview: bool = False
    asked: list[str] = field(default_factory=list)

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        name = args.token.rpartition(":")[2]
        self.asked.append(name)
        answers: dict[str, Call] = {
            "readStackOutputs": lambda _: {"outputs": {}},
            "getZones": lambda _: {"results": [ZONE]},
            "getIpRanges": lambda _: {
                "ipv4Cidrs": ["198.51.100.0/24"],
                "ipv6Cidrs": ["2001:db8:ed6e::/48"],
            },
            "getDnsRecords": lambda _: {"results": []},
            "getRulesets": lambda _: {"rulesets": []},
            **self.calls,
        }
        return answers[name](args.args), []

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made: dict[str, dict[str, Any]] = {
            "hcloud:index/server:Server": {
                "ipv4Address": "203.0.113.16",
                "ipv6Address": "2001:db8:100:1::1",
                "primaryDiskSize": 40,
            },
            "vultr:index/instance:Instance": {
                "mainIp": "203.0.113.64",
                "v6MainIp": "2001:0db8:0200:0001:5400:00ff:fe00:0001",
                "disk": 55,
                "kvm": "https://my.vultr.com/subs/vps/novnc/api.php?data=secret",
            },
            "digitalocean:index/droplet:Droplet": {
                "ipv4Address": "203.0.113.96",
                "ipv6Address": "2001:db8:300:1::d001",
                "disk": 25,
            },
            "linode:index/instance:Instance": {
                "ipv4s": ["192.168.128.7", "203.0.113.128"],
                "ipv6": "2001:db8:400:0:f03c:95ff:fe00:1/128",
                "disks": [{"size": 25088}, {"size": 512}],
            },
            "tls:index/privateKey:PrivateKey": {
                "publicKeyOpenssh": f"ssh-ed25519 AAAAPUBLIC{args.name}\n",
                "privateKeyOpenssh": f"-----BEGIN OPENSSH PRIVATE KEY----- {args.name}\n",
                "privateKeyPem": f"-----BEGIN PRIVATE KEY----- {args.name}\n",
            },
            "tls:index/certRequest:CertRequest": {"certRequestPem": "a request"},
            "tls:index/selfSignedCert:SelfSignedCert": {
                "certPem": "-----BEGIN CERTIFICATE----- self-signed\n",
                "validityEndTime": "2036-11-23T16:00:00Z",
            },
            "cloudflare:index/originCaCertificate:OriginCaCertificate": {
                "certificate": "-----BEGIN CERTIFICATE----- Origin CA\n",
                "expiresOn": "2027-11-23 16:00:00 +0000 UTC",
            },
            "command:local:Command": {"stdout": TUNNEL_KEY, "stderr": ""},
            "command:remote:Command": {"stdout": "2027-11-23T16:00:00Z\n", "stderr": ""},
        }
        numbers = {
            "hcloud:index/server:Server": self.server,
            "hcloud:index/firewall:Firewall": "7",
            "linode:index/firewall:Firewall": "1015",
        }
        outputs = made.get(args.typ, {})
        if self.preview:  # what only a made thing could tell
            return "", {**args.inputs, **dict.fromkeys(outputs, UNKNOWN)}
        return numbers.get(args.typ, f"id-{args.name}"), {**args.inputs, **outputs}


class Refused(grpc.RpcError):
    """A function that fails in its provider, as the engine passes it on."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return str(self.args[0])


class Recorder(MockMonitor):
    """Remembers each registration with all of its options."""

    def __init__(self, clouds: Clouds) -> None:
        super().__init__(clouds)
        self.clouds = clouds
        self.registered: list[Registered] = []
        self.outputs: dict[str, Any] = {}
        self.log = io.StringIO()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the engine's own name
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call] # the SDK's mocks are untyped
        self.registered.append(
            Registered(
                urn=answer.urn,
                type=request.type,
                name=request.name,
                inputs=MessageToDict(request.object),
                options=request,
            )
        )
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the engine's own name
        if request.urn.split("::")[2] == "pulumi:pulumi:Stack":
            # The mocks' stack tells its own, none, at the same time: it may come last.
            self.outputs |= MessageToDict(request.outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call] # untyped, too

    def __getitem__(self, name: str) -> Registered:
        """The one resource of this name, or the one step of it, on whichever machine."""
        (found,) = [one for one in self.registered if name in {one.name, step_of(one.name)}]
        return found

    def named(self, kind: str) -> list[Registered]:
        """All resources of a type, told by its last part: "Command", "DnsRecord"."""
        return [one for one in self.registered if one.type.rpartition(":")[2] == kind]


def ensure_event_loop() -> None:
    """Outputs belong to an event loop, and since Python 3.14 none is there by itself."""
    try:
        asyncio.get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(asyncio.new_event_loop())


def deploy(
    program: Callable[[], None],
    *,
    clouds: Clouds | None = None,
    stack: str = "dev",
    preview: bool = False,
    config: Mapping[str, Any] | None = None,
) -> Recorder:
    """Run a program as the engine would; raises what it raises."""
    ensure_event_loop()
    recorder = Recorder(clouds or Clouds())
    recorder.clouds.preview = preview
    pulumi.runtime.settings.reset_options()  # the stack of an earlier call, with its outputs
    logger = logging.Logger("engine")  # noqa: LOG001 - not the one that another call made
    logger.addHandler(logging.StreamHandler(recorder.log))
    logger.setLevel(logging.WARNING)
    set_mocks(
        recorder.clouds,
        project=PROJECT,
        stack=stack,
        preview=preview,
        logger=logger,
        monitor=recorder,
        organization="organization",
    )
    texts = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in (config or {}).items()
    }
    set_all_config(texts, [key for key in texts if re.search(r":(?:token|apiToken|apiKey)$", key)])

    root = get_root_resource()
    assert isinstance(root, Stack)

    @pulumi.runtime.test
    def run() -> None:
        program()
        root.register_outputs(massage(root.outputs, []))

    run()
    return recorder


def is_secret(value: Any) -> bool:
    """Whether a serialized value is marked as a secret."""
    return isinstance(value, dict) and value.get(SECRET[0]) == SECRET[1]


def texts_in_clear(value: Any) -> Iterator[str]:
    """Every text of a serialized value that is under no secret's mark."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and not is_secret(value):
        for one in value.values():
            yield from texts_in_clear(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts_in_clear(one)
