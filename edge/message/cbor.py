"""CBOR: core deterministic encoding out, strict decoding in (RFC 8949, sections 4.2.1 and 5).

``cbor2``'s own ``canonical`` sorts map keys by length first (RFC 7049); the order here is that of RFC 8949: by the
bytes of the encoded keys. Decoding refuses what a careful peer never sends: duplicate keys, indefinite lengths, deep
nesting, trailing bytes.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import cbor2

MAX_DEPTH = 16  # levels; our own messages nest 5 deep
_MAP = 5  # major type


class CborError(ValueError):
    """Bytes that are not one well-formed CBOR item of the strict kind, or a value that CBOR cannot say."""


class CutError(CborError):
    """The bytes end before the item does."""


def encode(value: object) -> bytes:
    """Core deterministic encoding of ``value``. CborError for what CBOR has no form for."""
    try:
        return cbor2.dumps(value, canonical=True, encoders={dict: _encode_map})
    except (cbor2.CBORError, ValueError) as error:  # ValueError: text that is no Unicode
        raise CborError(f"cannot be said in CBOR: {error}") from error


def _encode_map(encoder: cbor2.CBOREncoder, value: Mapping[Any, Any]) -> None:
    pairs = sorted((encoder.encode_to_bytes(key), item) for key, item in value.items())
    encoder.encode_length(_MAP, len(pairs))
    for key, item in pairs:
        encoder.write(key)
        encoder.encode(item)


def decode(data: bytes) -> object:
    """The one item that ``data`` holds. CborError if it holds less, more, or something else."""
    value, used = decode_first(data)
    if used != len(data):
        raise CborError(f"{len(data) - used} bytes follow the CBOR item of {used}; expected none")
    return value


def decode_first(data: bytes) -> tuple[object, int]:
    """The item at the head of ``data``, and how many bytes it took. CborError if there is none."""
    stream = BytesIO(data)
    # read_size 1: the decoder takes nothing from the stream beyond the item
    decoder = cbor2.CBORDecoder(
        stream, max_depth=MAX_DEPTH, allow_indefinite=False, allow_duplicate_keys=False, read_size=1
    )
    try:
        value = decoder.decode()
    except cbor2.CBORDecodeEOF as error:
        raise CutError(f"not CBOR: {error}") from error
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise CborError(f"not CBOR: {error}") from error
    return value, stream.tell()
