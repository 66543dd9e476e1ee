"""Whether the load balancer's ports on the WSL host are free, or already its own."""

from collections.abc import Iterator

from components.naming import StackName
from components.preflight.machine import Machine
from settings import LoadBalancerSettings, Service


def port_problems(
    balancer: LoadBalancerSettings,
    services: tuple[Service, ...],
    stack: StackName,
    machine: Machine,
) -> Iterator[str]:
    """What keeps the load balancer from its ports."""
    if machine.exists(f"etc/nginx/conf.d/vps-reverse-proxy-{stack.slug}.conf"):
        return
    ports = {
        service.balancer_port: f"services[{index}].port" for index, service in enumerate(services)
    }
    if not machine.runs_nginx():  # a running nginx takes our sites beside its own
        ports[balancer.port] = "load_balancer.port"
    for port, key in ports.items():
        if machine.listens(port):
            yield (
                f"port {port} of this machine is taken, and the load balancer needs it"
                f" (from {key}). See by whom (sudo ss -ltnp 'sport = :{port}') and stop that,"
                " or set another:\n"
                f"  pulumi config set --path {stack.project}:{key} PORT"
            )
        elif machine.is_wsl and machine.taken_outside(port):
            yield (
                f"port {port} is taken by a program of Windows, which shares its ports with WSL"
                f" (networkingMode=mirrored), and the load balancer needs it (from {key}). See by"
                f" whom in Windows (netstat -abno | findstr :{port}) and stop that, or set another:"
                f"\n  pulumi config set --path {stack.project}:{key} PORT"
            )
