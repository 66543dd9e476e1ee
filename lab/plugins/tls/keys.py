"""Private keys: generated once, kept in the state, never changed in place."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from lab.plugins.framework import Failure, Integer, PluginError, Property, Resource, Schema
from lab.plugins.framework import String as Text

if TYPE_CHECKING:
    from lab.plugins.values import Values

Key: TypeAlias = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

CURVES: Final[dict[str, type[ec.EllipticCurve]]] = {
    "P224": ec.SECP224R1, "P256": ec.SECP256R1, "P384": ec.SECP384R1, "P521": ec.SECP521R1,
}  # fmt: skip
_ALGORITHMS: Final = ("RSA", "ECDSA", "ED25519")
_RSA_BITS, _CURVE = 2048, "P224"  # what the published plugin fills in, whatever the algorithm
_SECRETS: Final = frozenset({"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"})


class PrivateKey(Resource):
    """`tls:index/privateKey:PrivateKey`; its id is a hash of the public key."""

    schema = Schema(
        inputs={
            "algorithm": Property(Text(), required=True, replaces=True),
            "ecdsaCurve": Property(Text(), replaces=True, computed=True),
            "rsaBits": Property(Integer(), replaces=True, computed=True),
        },
        outputs=(*sorted(_SECRETS), "publicKeyPem", "publicKeyOpenssh", "publicKeyFingerprintMd5",
                 "publicKeyFingerprintSha256"),
        secret_outputs=_SECRETS,
    )  # fmt: skip

    def check(self, inputs: Values) -> list[Failure]:
        """Only known algorithms and curves."""
        wrong = []
        for name, known in (("algorithm", _ALGORITHMS), ("ecdsaCurve", tuple(CURVES))):
            value = inputs.get(name)
            if isinstance(value, str) and value not in known:
                reason = f"{value!r} is not one of {', '.join(known)}"
                wrong.append(Failure(path=name, reason=reason))
        return wrong

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Generate it."""
        bits, curve = inputs.get("rsaBits", _RSA_BITS), inputs.get("ecdsaCurve", _CURVE)
        key: Key
        match inputs["algorithm"]:
            case "ED25519":
                key = ed25519.Ed25519PrivateKey.generate()
            case "ECDSA":
                key = ec.generate_private_key(CURVES[curve]())
            case _:
                key = rsa.generate_private_key(65537, bits)
        public = key.public_key()
        identity = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        shared = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        outputs = {"rsaBits": bits, "ecdsaCurve": curve, "publicKeyPem": shared, **_private(key)}
        return hashlib.sha1(identity, usedforsecurity=False).hexdigest(), outputs | _ssh(key)


def load_key(pem: str) -> Key:
    """The key of a certificate resource; PluginError if it is none."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise PluginError("privateKeyPem is not an unencrypted private key in PEM") from None
    if isinstance(key, Key):
        return key
    raise PluginError(f"privateKeyPem: unsupported kind of key {type(key).__name__}")


def algorithm(key: Key) -> str:
    """As the resources name it."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ED25519"
    return "RSA" if isinstance(key, rsa.RSAPrivateKey) else "ECDSA"


def _private(key: Key) -> Values:
    own = PrivateFormat.TraditionalOpenSSL
    if isinstance(key, ed25519.Ed25519PrivateKey):  # which has no form of its own
        own = PrivateFormat.PKCS8
    forms = {"privateKeyPem": own, "privateKeyPemPkcs8": PrivateFormat.PKCS8}
    if _has_ssh_form(key):
        forms["privateKeyOpenssh"] = PrivateFormat.OpenSSH
    texts = {
        name: key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
        for name, form in forms.items()
    }
    return {"privateKeyOpenssh": "", **texts}


def _ssh(key: Key) -> Values:
    """The public key as SSH knows it; all empty for a curve that SSH has not."""
    names = ("publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256")
    if not _has_ssh_form(key):
        return dict.fromkeys(names, "")
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    blob = b64decode(line.split()[1])
    md5 = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    sha256 = b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    colons = ":".join(md5[at : at + 2] for at in range(0, len(md5), 2))
    return dict(zip(names, (f"{line}\n", colons, f"SHA256:{sha256}"), strict=True))


def _has_ssh_form(key: Key) -> bool:
    return not (isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp224r1")
