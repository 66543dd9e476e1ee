"""Pulumi's protocol without its SDK, which stays whole for whoever wants it; each in a process."""

import subprocess
import sys

import pytest

STAND_INS = ("command", "hcloud", "digitalocean", "linode", "vultr", "cloudflare", "tls")


def run(*lines: str) -> str:
    argv = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", STAND_INS)
def test_a_stand_in_does_not_load_the_sdk(name: str) -> None:
    assert (
        run(
            "import sys",
            f"import lab.plugins.{name}.__main__",
            "print([each for each in sys.modules if each.partition('.')[0] == 'pulumi'])",
        )
        == "[]"
    )


@pytest.mark.parametrize("name", STAND_INS)
def test_a_stand_in_loads_what_it_asks_with_when_it_first_asks(name: str) -> None:
    loaded = run("import sys", f"import lab.plugins.{name}.__main__", "print(*sys.modules)").split()
    early = {"asyncssh", "cloudflare", "hcloud", "httpx", "requests", "linode_api4"} & {*loaded}
    assert early == ({"linode_api4", "requests"} if name == "linode" else set())


def test_a_module_for_later_is_that_module() -> None:
    run(
        "import sys",
        "from lab.plugins.later import Later",
        "colors = Later('colorsys')",
        "assert 'colorsys' not in sys.modules",
        "assert colors.rgb_to_hsv is sys.modules['colorsys'].rgb_to_hsv",
    )


def test_the_sdk_is_whole_for_who_imports_it_after_the_protocol() -> None:
    run(
        "from lab.plugins.protocol import provider_pb2",
        "import pulumi",
        "assert pulumi.Output and pulumi.runtime.invoke and pulumi.runtime.proto.CheckRequest",
        "import pulumi.provider.experimental.server",
        "import pulumi.runtime.proto.provider_pb2",
        "theirs = pulumi.runtime.proto.provider_pb2",
        "assert theirs.CheckRequest is provider_pb2.CheckRequest",
    )


def test_a_process_that_has_the_sdk_keeps_its_modules() -> None:
    run(
        "import sys, pulumi, pulumi.runtime.proto.provider_pb2",
        "before = dict(sys.modules)",
        "from lab.plugins.protocol import provider_pb2",
        "assert provider_pb2 is pulumi.runtime.proto.provider_pb2",
        "assert all(sys.modules[name] is module for name, module in before.items())",
    )


def test_without_the_sdk_the_error_names_it_and_nothing_hollow_stays() -> None:
    assert (
        run(
            "import sys",
            "import importlib.util",
            "find = importlib.util.find_spec",
            "importlib.util.find_spec = lambda name: name == 'pulumi' and find(name) or None",
            "try:",
            "    import lab.plugins.protocol",
            "except AssertionError as error:",
            "    print(error, 'pulumi' in sys.modules)",
        )
        == "pulumi.runtime is not installed False"
    )
