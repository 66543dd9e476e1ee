"""The sites of one stack: what is told to nginx while a service comes or goes."""

from pathlib import Path

import pytest

from tests.unit.components.sandbox import Sandbox

SITE = "etc/nginx/conf.d/vps-reverse-proxy-dev-tls.conf"


@pytest.mark.parametrize("service", ["asr", "my-svc", "my-svc-2"])
def test_a_service_that_leaves_keeps_a_name_until_port_443_forgets_it(
    tmp_path: Path, service: str
) -> None:
    vps = Sandbox(tmp_path)
    vps.write(SITE, f"  proxy_pass http://way_dev_{service};\n  proxy_pass http://way_dev_tts;\n")

    done = vps.run(
        "nginx-site.sh",
        'put_ways; cat "$stage_dir/left.conf"; echo "${put_files[@]}"',
        files={"services.conf": "upstream way_dev_tts {\n}\n"},
    )

    assert (done.returncode, done.stderr) == (0, "")
    server = f"    server unix:{tmp_path}/run/vps-reverse-proxy-left;"
    assert done.stdout.startswith(f"upstream way_dev_{service} {{\n{server}\n}}\n")
    assert done.stdout.count("upstream") == 1
    assert "dev-left.conf" in done.stdout
