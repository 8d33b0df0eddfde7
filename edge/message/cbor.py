"""CBOR: core deterministic encoding out, strict decoding in (RFC 8949, sections 4.2.1 and 5).

``cbor2``'s own ``canonical`` sorts map keys by length first (RFC 7049); the order here is that of RFC 8949: by the
bytes of the encoded keys. Decoding refuses what a careful peer never sends: duplicate keys, indefinite lengths, deep
nesting, trailing bytes; and tags, which nothing of ours has, and behind which a decoder makes regular expressions,
numbers of a gigabyte, and values that refer to themselves. Each refusal has its own :class:`Flaw`.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from io import BytesIO
from operator import itemgetter
from typing import Any, NoReturn, TypeAlias

import cbor2

MAX_DEPTH = 16  # levels; our own messages nest 5 deep
_MAP = 5  # major type
_BYTE_STRING, _NOT_TOLD = 0x40, 31  # major type 2 in its byte; the length that comes piece by piece
_OCTET_LENGTH = b"\x58"  # a byte string whose length is the next byte
_SHORT = 24  # lengths below this stand in the first byte
_LENGTHS = ((1, 24), (2, 1 << 8), (4, 1 << 16), (8, 1 << 32))  # bytes of longer ones, and from which length on

_HEADS = [bytes((_BYTE_STRING | size,) if size < _SHORT else (_BYTE_STRING | _SHORT, size)) for size in range(1 << 8)]


class Flaw(StrEnum):
    """What is wrong with bytes that should be CBOR of the strict kind."""

    FORM = "form"  # not well-formed: a reserved form, a break with nothing to end, text that is no UTF-8
    TRUNCATED = "truncated"
    TRAILING = "trailing"
    DEPTH = "depth"
    DUPLICATE = "duplicate"
    INDEFINITE = "indefinite"
    TAG = "tag"
    # and of what is not deterministic (edge.message.deterministic)
    LABEL = "label"  # neither a whole number nor a text
    UNSORTED = "unsorted"  # the keys of a map are not in the order of their bytes
    NOT_SHORTEST = "not-shortest"  # an integer, a length or a float has a shorter form


# How the decoder's words tell one from another; a test holds each of them.
_WORDS = {
    "premature end": Flaw.TRUNCATED,
    "nesting depth": Flaw.DEPTH,
    "Duplicate map key": Flaw.DUPLICATE,
    "indefinite length": Flaw.INDEFINITE,
    "semantic tag": Flaw.TAG,
}


class CborError(ValueError):
    """Bytes that are not one well-formed CBOR item of the strict kind, or a value that CBOR cannot say."""

    def __init__(self, words: str, flaw: Flaw = Flaw.FORM) -> None:
        super().__init__(words)
        self.flaw = flaw


class CutError(CborError):
    """The bytes end before the item does."""


def encode(value: object) -> bytes:
    """Core deterministic encoding of ``value``. CborError for what CBOR has no form for."""
    try:
        return cbor2.dumps(value, canonical=True, encoders=_ENCODERS)
    except (cbor2.CBORError, ValueError) as error:  # ValueError: text that is no Unicode
        raise CborError(f"cannot be said in CBOR: {error}") from error


def _encode_map(encoder: cbor2.CBOREncoder, value: Mapping[Any, Any]) -> None:
    pairs = [(_KEYS[key] if type(key) is int and key in _KEYS else encoder.encode_to_bytes(key), key) for key in value]
    pairs.sort(key=itemgetter(0))
    encoder.encode_length(_MAP, len(pairs))
    for encoded, key in pairs:
        encoder.write(encoded)
        encoder.encode(value[key])


_KEYS = {key: cbor2.dumps(key) for key in range(-_SHORT, _SHORT)}  # one byte each: nearly all keys of ours
_ENCODERS: Mapping[type, Callable[[cbor2.CBOREncoder, Any], None]] = {
    dict: _encode_map,
    cbor2.frozendict: _encode_map,
}  # frozendict: a map that is a key, as it was decoded


def byte_string(data: bytes) -> bytes:
    """``encode(data)``, by hand: what is signed is a few byte strings one after the other, and made often."""
    size = len(data)
    if size < _LENGTHS[1][1]:
        return _HEADS[size] + data
    info = _SHORT + sum(size >= least for _, least in _LENGTHS[1:])
    return bytes((_BYTE_STRING + info,)) + size.to_bytes(_LENGTHS[info - _SHORT][0], "big") + data


def byte_string_at(data: bytes, at: int) -> tuple[bytes, int]:
    """The byte string at ``at``, in its one form, and where it ends, by hand too. CborError if there is none."""
    start = at + 2
    size = data[at + 1] if data.startswith(_OCTET_LENGTH, at) and start <= len(data) else 0
    if size < _SHORT:
        start, size = _length_at(data, at)
    end = start + size
    if end > len(data):
        raise CborError(f"{len(data)} bytes; the byte string at {at} ends at {end}", Flaw.TRUNCATED)
    return data[start:end], end


def _length_at(data: bytes, at: int) -> tuple[int, int]:
    """Where a byte string's content begins, and how long it is."""
    if at >= len(data):
        raise CborError(f"{len(data)} bytes; expected a byte string at {at}", Flaw.TRUNCATED)
    info = data[at] ^ _BYTE_STRING
    if info < _SHORT:
        return at + 1, info
    if info >= _SHORT + len(_LENGTHS):
        flaw = Flaw.INDEFINITE if info == _NOT_TOLD else Flaw.FORM
        raise CborError(f"{data[at]:02x} at {at}; expected a byte string and its length", flaw)
    width, least = _LENGTHS[info - _SHORT]
    start = at + 1 + width
    if start > len(data):
        raise CborError(f"{len(data)} bytes; the length at {at} ends at {start}", Flaw.TRUNCATED)
    size = int.from_bytes(data[at + 1 : start], "big")
    if size < least:
        raise CborError(f"the length {size} at {at} has a shorter form", Flaw.NOT_SHORTEST)
    return start, size


def decode(data: bytes) -> object:
    """The one item that ``data`` holds. CborError if it holds less, more, or something else."""
    value, used = _first(data, _NO_TAGS)
    if used != len(data):
        raise CborError(f"{len(data) - used} bytes follow the CBOR item of {used}; expected none", Flaw.TRAILING)
    return value


def decode_first(data: bytes) -> tuple[object, int]:
    """The item at the head of ``data``, also a COSE_Sign1, and how many bytes it took. CborError if there is none."""
    return _first(data, _SIGN1_ALONE)


def _first(data: bytes, tags: "_Tags") -> tuple[object, int]:
    stream = BytesIO(data)
    # read_size 1: the decoder takes nothing from the stream beyond the item
    decoder = cbor2.CBORDecoder(
        stream,
        max_depth=MAX_DEPTH,
        allow_indefinite=False,
        allow_duplicate_keys=False,
        read_size=1,
        semantic_decoders=tags,
    )
    try:
        value = decoder.decode()
    except cbor2.CBORDecodeEOF as error:
        raise CutError(f"not CBOR: {error}", Flaw.TRUNCATED) from error
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        flaw = next((flaw for words, flaw in _WORDS.items() if words in str(error)), Flaw.FORM)
        raise CborError(f"not CBOR: {error}", flaw) from error
    return value, stream.tell()


def _refuse_tag(_: object, __: bool) -> NoReturn:
    raise ValueError("a tag; none has a meaning here")


_Refuse: TypeAlias = Callable[[Any, bool], NoReturn]


class _Tags(dict[int, _Refuse]):
    """What decodes each tag there is, those in ``kept`` apart, which the decoder gives as they are."""

    def __init__(self, *kept: int) -> None:
        super().__init__()
        self._kept = kept

    def __missing__(self, tag: int) -> _Refuse:
        if tag in self._kept:
            raise KeyError(tag)
        return _refuse_tag


_NO_TAGS, _SIGN1_ALONE = _Tags(), _Tags(18)
