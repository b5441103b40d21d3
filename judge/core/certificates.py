"""The certificates that the environment names for connections by https."""

from __future__ import annotations

import functools
import os
import ssl
from pathlib import Path

from judge.core.errors import UsageError

_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def check_certificates() -> None:
    """Check the environment's variables for certificates, which the TLS library reads.

    Raises:
        UsageError: A variable names nothing, or no certificates.
    """
    for name in _CERTIFICATES:
        text = os.environ.get(name)
        if not text:
            continue
        path = Path(text)
        hint = f"correct {name}, or unset it: then the usual certificates are used"
        if not (path.is_dir() if name.endswith("DIR") else path.is_file()):
            raise UsageError(f"{name}={text} is not there", hint=hint)
        if name == "SSL_CERT_FILE":
            try:
                tls_context()
            except (ssl.SSLError, OSError) as error:
                raise UsageError(f"{name}={text} holds no certificates that can be read: {error}", hint=hint) from None


def tls_context() -> ssl.SSLContext:
    """Return the TLS settings of this environment. Clients share them: to load the certificates takes 50 ms."""
    return _context(*(os.environ.get(name) for name in _CERTIFICATES))


@functools.cache
def _context(*certificates: str | None) -> ssl.SSLContext:  # noqa: ARG001 - read from the environment
    import httpx2

    return httpx2.create_ssl_context()
