"""`python -m lab.plugins.tls ENGINE-ADDRESS`, as the engine starts it."""

from importlib.metadata import version

from lab.plugins.framework import TableProvider, serve
from lab.plugins.tls.certificates import CertRequest, SelfSignedCert
from lab.plugins.tls.keys import PrivateKey


def main() -> None:
    """Serve until the engine ends the process."""
    provider = TableProvider(
        resources={
            "tls:index/privateKey:PrivateKey": PrivateKey(),
            "tls:index/certRequest:CertRequest": CertRequest(),
            "tls:index/selfSignedCert:SelfSignedCert": SelfSignedCert(),
        }
    )
    serve(provider, version=version("pulumi-tls"))


if __name__ == "__main__":
    main()
