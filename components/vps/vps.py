"""Vps: provision or adopt the public machine, and wait until it can be used."""

from dataclasses import dataclass, replace

import pulumi
import pulumi_tls as tls
from pulumi import ResourceOptions

from components.host import Boot, Host, Identity, plain_address
from components.naming import StackName
from components.ports import OpenPort
from components.step import Step, host_step
from components.vps.cloud_init import cloud_config
from components.vps.existing import adopt_existing
from components.vps.provision import provision
from settings import AnyRentedServer, ExistingServer, ServerSettings

# Dials are 100 ms apart at first and 5 s from the tenth on: this is a window of about 6 minutes
# for a machine that refuses, as one does that is still starting.
FIRST_BOOT_DIALS = 75


@dataclass(frozen=True, kw_only=True)
class VpsArgs:
    """What a Vps is made from.

    Attributes:
        region: Where it is rented; "" for a machine the user has.
        replaces: Whether another size is another machine.
        takes_over: Whether a machine of the user's does in this run what another one did.
        open_ports: What the provider's firewall lets in. A machine the user has keeps its own
            firewall, whatever it is.
    """

    server: ServerSettings
    region: str
    replaces: bool = False
    takes_over: bool = False
    stack: StackName
    open_ports: tuple[OpenPort, ...]


class Vps(pulumi.ComponentResource):
    """The public machine, ready to be logged in to.

    Attributes:
        host: How to reach it. Known once its first boot is over.
        login: What `bin/ops ssh` needs to log in: user, address, port, host key, private key
            (secret).
        boot: The step that waited for the first boot.
    """

    host: Host
    login: pulumi.Output[dict[str, str | int]]
    boot: Step

    def __init__(self, name: str, args: VpsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("vps-reverse-proxy:index:Vps", name, None, opts)
        host, authorized_keys = self._machine(name, args)
        self.boot = host_step(
            f"{name}-boot",
            host,
            "vps-boot.sh",
            parent=self,
            values={
                "stack": args.stack.owner,
                "rented": "yes" if host.machine else "no",
                "admin": host.user,
                "ssh_port": str(host.port),
                "ports": " ".join(str(opened.port) for opened in args.open_ports),
            },
            files={"authorized_keys": authorized_keys},
            undo=host.machine is None,  # a rented one takes everything with it
            dial_error_limit=FIRST_BOOT_DIALS if host.machine else 10,
        )
        # Whoever uses this host waits for its first boot.
        self.host = host.after(self.boot)
        self.login = pulumi.Output.secret(
            pulumi.Output.all(
                user=host.user,
                address=host.address,
                port=host.port,
                hostKey=host.host_key,
                privateKey=host.identity.private_key,
            )
        )
        self.register_outputs({"address": self.host.address, "address6": self.host.address6})

    def _machine(self, name: str, args: VpsArgs) -> tuple[Host, pulumi.Output[str]]:
        """The machine, and who may log in as its administrator."""
        match args.server:
            case ExistingServer() as spec:
                return adopt_existing(spec, takes_over=args.takes_over), pulumi.Output.from_input(
                    ""
                )
            case spec:
                boot, authorized_keys = self._boot(name, spec, args)
                host = provision(name, spec, args.region, boot, self)
                return _plainly(host), authorized_keys

    def _boot(
        self, name: str, spec: AnyRentedServer, args: VpsArgs
    ) -> tuple[Boot, pulumi.Output[str]]:
        """The keys a rented machine is born with: ours to log in, and its own to prove itself."""
        opts = ResourceOptions(parent=self)
        login = tls.PrivateKey(f"{name}-login-key", algorithm="ED25519", opts=opts)
        host_key = tls.PrivateKey(f"{name}-host-key", algorithm="ED25519", opts=opts)
        authorized_keys = login.public_key_openssh.apply(
            # One that is listed twice counts once.
            lambda ours: [*dict.fromkeys([ours.strip(), *spec.authorized_keys])]
        )
        user_data = pulumi.Output.all(
            authorized_keys, host_key.private_key_openssh, host_key.public_key_openssh
        ).apply(
            lambda known: cloud_config(
                admin=spec.admin,
                authorized_keys=known[0],
                host_private_key=known[1],
                host_public_key=known[2],
            )
        )
        boot = Boot(
            identity=Identity(
                public_key=login.public_key_openssh, private_key=login.private_key_openssh
            ),
            host_key=host_key.public_key_openssh.apply(str.strip),
            user_data=pulumi.Output.secret(user_data),
            labels=args.stack.labels,
            open_ports=args.open_ports,
            replaces=args.replaces,
        )
        return boot, authorized_keys.apply(lambda keys: "\n".join(keys) + "\n")


def _plainly(host: Host) -> Host:
    """The same machine, its addresses there, and the IPv6 one in the shortest form.

    Vultr writes every zero. Cloudflare's records come back in the shortest form, which would look
    like a change after every refresh.
    """
    address = pulumi.Output.from_input(host.address).apply(_given)
    if host.address6 is None:
        return replace(host, address=address)
    address6 = pulumi.Output.from_input(host.address6).apply(_given).apply(plain_address)
    return replace(host, address=address, address6=address6)


def _given(address: str) -> str:
    """An address, which a provider may still owe to a machine that it calls running.

    Raises:
        pulumi.RunError: It is empty: steps would dial nothing, and a record would lead nowhere.
    """
    if not address:
        raise pulumi.RunError(
            "The provider has not told the new VPS's address yet. It does so within a minute:"
            " `pulumi up --refresh` goes on from here"
        )
    return address
