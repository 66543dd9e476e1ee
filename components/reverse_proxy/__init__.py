"""The VPS's side of the public names: nginx, its TLS, and who may reach it."""

from components.reverse_proxy.certificate import PublicCertificate, PublicCertificateArgs
from components.reverse_proxy.proxy import ReverseProxy, ReverseProxyArgs
from components.reverse_proxy.site import SiteSpec, render_site
from components.reverse_proxy.tls import Acme, NoTls, OriginCa, SelfSigned, Tls, tls_for
from components.reverse_proxy.visitor_policy import VisitorPolicy

__all__ = [
    "Acme",
    "NoTls",
    "OriginCa",
    "PublicCertificate",
    "PublicCertificateArgs",
    "ReverseProxy",
    "ReverseProxyArgs",
    "SelfSigned",
    "SiteSpec",
    "Tls",
    "VisitorPolicy",
    "render_site",
    "tls_for",
]
