"""Where the test hosts are, and how far: data only.

Round trips are about those from the middle of Germany, seen from the core router; a line of the lab
adds its own. They differ between hosts, so that an order by latency has one answer; Hetzner's,
which the tests compare, by more than a busy machine adds.
"""

from ipaddress import IPv4Address, IPv4Network

NETWORK = IPv4Network("198.51.100.128/25")
"""Its addresses are the test hosts', in the order of the table."""

_HETZNER = {"nbg1": 2, "fsn1": 12, "hel1": 26, "ash": 92, "hil": 148, "sin": 164}
_DIGITALOCEAN = {
    "fra1": 7, "ams3": 14, "lon1": 18, "nyc1": 86, "nyc2": 87, "nyc3": 88, "tor1": 98,
    "sfo2": 150, "sfo3": 151, "blr1": 132, "sgp1": 160, "syd1": 262,
}  # fmt: skip
_VULTR = {
    "fra-de": 8, "ams-nl": 13, "par-fr": 15, "lon-gb": 19, "man-uk": 24, "waw-pl": 21, "mad-es": 34,
    "sto-se": 29, "tlv-il": 56, "nj-us": 84, "ga-us": 101, "il-us": 103, "tx-us": 118, "fl-us": 112,
    "tor-ca": 97, "mex-mx": 142, "sjo-ca-us": 149, "lax-ca-us": 146, "wa-us": 152, "hon-hi-us": 198,
    "sao-br": 202, "scl-cl": 228, "jnb-za": 166, "bom-in": 121, "del-in": 128, "blr-in": 133,
    "sgp": 161, "hnd-jp": 232, "osk-jp": 236, "sel-kor": 240, "syd-au": 264, "mel-au": 272,
}  # fmt: skip
_LINODE = {
    "speedtest.frankfurt": 9, "de-fra-2.speedtest": 10, "speedtest.amsterdam": 16,
    "speedtest.paris": 17, "speedtest.london": 20, "gb-lon.speedtest": 22, "speedtest.milan": 23,
    "speedtest.stockholm": 30, "speedtest.madrid": 35, "speedtest.newark": 85,
    "speedtest.washington": 93, "speedtest.toronto1": 99, "speedtest.atlanta": 102,
    "speedtest.chicago": 104, "speedtest.miami": 113, "speedtest.dallas": 119,
    "speedtest.mumbai1": 122, "in-bom-2.speedtest": 123, "speedtest.chennai": 136,
    "speedtest.los-angeles": 147, "speedtest.fremont": 153, "speedtest.seattle": 154,
    "speedtest.singapore": 162, "sg-sin-2.speedtest": 163, "speedtest.jakarta": 176,
    "speedtest.sao-paulo": 203, "speedtest.tokyo2": 233, "jp-tyo-3.speedtest": 234,
    "speedtest.osaka": 237, "speedtest.sydney": 266, "au-mel.speedtest": 273,
}  # fmt: skip

ROUND_TRIPS: dict[str, float] = {
    **{f"{place}-speed.hetzner.com": ms for place, ms in _HETZNER.items()},
    **{f"speedtest-{place}.digitalocean.com": ms for place, ms in _DIGITALOCEAN.items()},
    **{f"{place}-ping.vultr.com": ms for place, ms in _VULTR.items()},
    **{f"{place}.linode.com": ms for place, ms in _LINODE.items()},
}
"""Host -> milliseconds; what a lab sets itself (`test-hosts.json`) goes first."""

ADDRESSES: dict[str, IPv4Address] = {
    name: NETWORK[number] for number, name in enumerate(ROUND_TRIPS, start=1)
}
