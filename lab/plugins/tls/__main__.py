"""`python -m lab.plugins.tls VERSION ENGINE-ADDRESS`, as its executable starts it."""

import sys

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
    serve(provider, version=sys.argv[1])


if __name__ == "__main__":
    main()
