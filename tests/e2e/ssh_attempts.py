"""The attempts on the VPS by ssh and by its own users: what is asked, and how often; data only.

docs/security.md has them in a table, whose figures are COUNTS.
"""

from tests.e2e import other_stack

SOCKETS = "/run/vps-reverse-proxy-dev"

ACCOUNTS = ("root", "admin", "tunnel", "nobody")
METHODS = ("password", "keyboard-interactive")

# What the tunnel's key asks for: name, ssh's options, the command.
SESSIONS = (
    ("shell", "-T", ""),
    ("terminal", "-tt", ""),
    ("exec", "-T", "id"),
    ("sftp", "-s", "sftp"),
    ("agent", "-A -T", "env"),
    ("X11", "-X -T", "env"),
)
COPIES = ("/tmp/planted",)

# What it asks for where nothing may come of it, and who tries to use it.
AT_THE_PORT = "timeout 2 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9999; head -c 20 <&3'"
BY_SOCKS = "curl -sS -m 3 --socks5 127.0.0.1:9999 http://127.0.0.1:8080/health"
WAYS_ON = (
    ("-N -L 9999:127.0.0.1:22", AT_THE_PORT),
    ("-N -L 9999:169.254.169.254:80", AT_THE_PORT),
    ("-N -L 9999:/run/dbus/system_bus_socket", AT_THE_PORT),
    ("-N -D 9999", BY_SOCKS),
    ("-W 127.0.0.1:22", ""),
    ("-W [::1]:22", ""),
)
LISTENERS = (
    "0:127.0.0.1:1",
    "127.0.0.1:8080:127.0.0.1:1",
    "*:443:127.0.0.1:1",
    "/etc/nginx/conf.d/x.conf:127.0.0.1:1",
    "/run/x.sock:127.0.0.1:1",
    "/home/tunnel/.ssh/authorized_keys:127.0.0.1:1",
    f"{SOCKETS}/../x.sock:127.0.0.1:1",
    "9099:127.0.0.1:1",
    "0.0.0.0:8080:127.0.0.1:1",
    "80",
    *(
        f"{place}/x.sock:127.0.0.1:1"
        for place in ("/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/run/user/999", "~")
    ),
)
# Sockets that another stack holds: by their own path, and by the link that nginx goes through.
TAKEN = tuple(f"{path}:127.0.0.1:1" for path in (other_stack.SOCKET, other_stack.LINKED))
MANY_SOCKETS = 1000

# Who is shown the host key of some other machine (test_5_existing.py, test_ssh_attacks.py).
MISLED = ("pulumi up", "the tunnel")

READERS = ("nobody", "admin")
READS = (
    f"ls {SOCKETS}",
    f"curl -sS -m 5 --unix-socket {SOCKETS}/0/asr http://asr/health",
)
METADATA_READERS = ("nobody", "admin", "www-data")

# Logins with a key of nobody's, one after the other: from behind the tunnel's own address, and
# from a stranger's (test_hardening.py).
FAILED_LOGINS = 6
FAILING = ("wsl", "client")

COUNTS = {
    "passwords": len(ACCOUNTS) * len(METHODS),
    "root": 1,
    "sessions": len(SESSIONS) + len(COPIES),
    "ways_on": len(WAYS_ON),
    "listeners": len(LISTENERS),
    "taken_over": len(TAKEN),
    "many_sockets": MANY_SOCKETS,
    "host_key": len(MISLED),
    "socket_readers": len(READERS) * len(READS),
    "metadata": len(METADATA_READERS),
    "failed_logins": FAILED_LOGINS * len(FAILING),
}
