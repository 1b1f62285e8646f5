"""What the transport raises, in the words of our own errors."""

from __future__ import annotations

import ssl

import httpx

from llmspell.errors import LlmspellError, NetworkError, ResourceExhaustedError, ValidationError

HEADER_BYTES = 64 * 1024

FAULTS = (httpx.TransportError, OSError)
"""Everything a transport raises for the network's sake; programming errors are not among them."""


def network_error(error: Exception, where: str) -> LlmspellError:
    """Translate an error of the transport; `where` is `host:port`."""
    if isinstance(error, httpx.LocalProtocolError):
        return ValidationError(f"the request to {where} is not valid HTTP: {error}")
    if isinstance(error, httpx.RemoteProtocolError) and "Receive buffer too long" in str(error):
        return too_many_headers(where)
    certificate = _certificate_fault(error)
    if certificate is not None:
        return NetworkError(
            f"the certificate of {where} is not trusted: {certificate.verify_message}",
            retryable=False,
            suggestions=["check the host's name and its certificate; there is no switch to ignore it"],
        )
    return NetworkError(
        f"{_deed(error)} {where}: {str(error) or type(error).__name__}", suggestions=["try again later"]
    )


def too_many_headers(where: str) -> ResourceExhaustedError:
    """Say that an answer's headers pass the cap."""
    return ResourceExhaustedError(f"the answer of {where} has more than {HEADER_BYTES // 1024} KiB of headers")


def deadline_passed(where: str, seconds: float) -> NetworkError:
    """Say that an exchange took too long."""
    return NetworkError(
        f"{where} did not answer within {seconds:g} s",
        suggestions=["try again later", "raise the timeout"],
        context={"timeout": seconds},
    )


def _deed(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "cannot connect to"
    if isinstance(error, httpx.TimeoutException):
        return "waited too long for"
    if isinstance(error, httpx.RemoteProtocolError):
        return "broken answer from"
    return "lost the connection to"


def _certificate_fault(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None
