"""TLS on a computer whose clock shows a time that is past for sure: a Pi without a battery clock, before NTP.

OpenSSL holds certificates against the system's clock, and in 1970 every one of them is "not yet valid". Where the wall
clock is behind a time that was known before, that time takes its place: OpenSSL checks all but the dates, and here no
certificate may have ended before the known time. That one began after it is no fault: it was renewed meanwhile, which
the authority's signature says as well as any clock. A certificate that ended while the power was off is not noticed
until the clock is right; then the next connection is an ordinary one.
"""

import datetime
import ssl
import time

from cryptography import x509

NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, OpenSSL's x509_vfy.h; Python has no name for it


def dated(context: ssl.SSLContext, floor_s: int) -> ssl.SSLContext:
    """The context, which takes ``floor_s`` for the time if the wall clock shows an earlier one."""
    if time.time() >= floor_s:
        return context

    class DatedSocket(ssl.SSLSocket):
        """Refuses, before anything of ours is sent, who shows a certificate that has ended."""

        def do_handshake(self, block: bool = False) -> None:
            try:
                super().do_handshake(block)
                for certificate in _shown(self):
                    _refuse_ended(x509.load_der_x509_certificate(certificate), floor_s)
            except ssl.SSLCertVerificationError:
                self.close()  # paho leaves it open
                raise

    context.verify_flags = ssl.VerifyFlags(context.verify_flags | NO_CHECK_TIME)
    context.sslsocket_class = DatedSocket
    return context


def _shown(connection: ssl.SSLSocket) -> list[bytes]:
    """The peer's certificates up to its authority's; before Python 3.13, which tells no more, its own alone."""
    if hasattr(connection, "get_verified_chain"):
        return list(connection.get_verified_chain())
    own = connection.getpeercert(binary_form=True)
    return [own] if own else []


def _refuse_ended(certificate: x509.Certificate, floor_s: int) -> None:
    known = datetime.datetime.fromtimestamp(floor_s, datetime.UTC)
    if certificate.not_valid_after_utc < known:
        name, ended = certificate.subject.rfc4514_string(), certificate.not_valid_after_utc
        raise ssl.SSLCertVerificationError(f"certificate of {name} ended on {ended:%F}; it is {known:%F} or later")


def advice(error: Exception) -> str:
    """What to say to ``error`` if the clock may be its cause."""
    if isinstance(error, ssl.SSLCertVerificationError) and "not yet valid" in str(error):
        return f"; this computer's clock shows {datetime.datetime.now(datetime.UTC):%F %T} UTC, is it right?"
    return ""
