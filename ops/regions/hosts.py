"""The providers' public test hosts, one for each region; nothing is sent to them but a SYN.

Where a provider opens a region and its test host is not here yet, `bin/ops regions` says so.
"""

from collections.abc import Mapping

_HETZNER = ("nbg1", "fsn1", "hel1", "ash", "hil", "sin")
_DIGITALOCEAN = (
    *("ams3", "blr1", "fra1", "lon1", "nyc1", "nyc2", "nyc3"),
    *("sfo2", "sfo3", "sgp1", "syd1", "tor1"),
)
# Vultr's hosts are named by place, its regions mostly by airport.
_VULTR = {
    "ams": "ams-nl",
    "atl": "ga-us",
    "blr": "blr-in",
    "bom": "bom-in",
    "cdg": "par-fr",
    "del": "del-in",
    "dfw": "tx-us",
    "ewr": "nj-us",
    "fra": "fra-de",
    "hnl": "hon-hi-us",
    "icn": "sel-kor",
    "itm": "osk-jp",
    "jnb": "jnb-za",
    "lax": "lax-ca-us",
    "lhr": "lon-gb",
    "mad": "mad-es",
    "man": "man-uk",
    "mel": "mel-au",
    "mex": "mex-mx",
    "mia": "fl-us",
    "nrt": "hnd-jp",
    "ord": "il-us",
    "sao": "sao-br",
    "scl": "scl-cl",
    "sea": "wa-us",
    "sgp": "sgp",
    "sjc": "sjo-ca-us",
    "sto": "sto-se",
    "syd": "syd-au",
    "tlv": "tlv-il",
    "waw": "waw-pl",
    "yto": "tor-ca",
}
_LINODE = {
    "ap-northeast": "speedtest.tokyo2",
    "ap-south": "speedtest.singapore",
    "ap-southeast": "speedtest.sydney",
    "ap-west": "speedtest.mumbai1",
    "au-mel": "au-mel.speedtest",
    "br-gru": "speedtest.sao-paulo",
    "ca-central": "speedtest.toronto1",
    "de-fra-2": "de-fra-2.speedtest",
    "es-mad": "speedtest.madrid",
    "eu-central": "speedtest.frankfurt",
    "eu-west": "speedtest.london",
    "fr-par": "speedtest.paris",
    "gb-lon": "gb-lon.speedtest",
    "id-cgk": "speedtest.jakarta",
    "in-bom-2": "in-bom-2.speedtest",
    "in-maa": "speedtest.chennai",
    "it-mil": "speedtest.milan",
    "jp-osa": "speedtest.osaka",
    "jp-tyo-3": "jp-tyo-3.speedtest",
    "nl-ams": "speedtest.amsterdam",
    "se-sto": "speedtest.stockholm",
    "sg-sin-2": "sg-sin-2.speedtest",
    "us-central": "speedtest.dallas",
    "us-east": "speedtest.newark",
    "us-iad": "speedtest.washington",
    "us-lax": "speedtest.los-angeles",
    "us-mia": "speedtest.miami",
    "us-ord": "speedtest.chicago",
    "us-sea": "speedtest.seattle",
    "us-southeast": "speedtest.atlanta",
    "us-west": "speedtest.fremont",
}

TEST_HOSTS: Mapping[str, Mapping[str, str]] = {
    "hcloud": {region: f"{region}-speed.hetzner.com" for region in _HETZNER},
    "vultr": {region: f"{place}-ping.vultr.com" for region, place in _VULTR.items()},
    "digitalocean": {region: f"speedtest-{region}.digitalocean.com" for region in _DIGITALOCEAN},
    "linode": {region: f"{place}.linode.com" for region, place in _LINODE.items()},
}
"""Provider -> region, as `server.region` takes it -> host."""
