"""Signed bytes to believed messages and receipts. Verified first, parsed after; nothing unverified comes out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from edge.message.body import Message, Receipt
from edge.message.codec import decode_message, decode_receipt, encode_message, encode_receipt
from edge.message.tables import SchemaError
from edge.trust import cose
from edge.trust.chain import Span, digest
from edge.trust.cose import Refusal, Refused
from edge.trust.keys import PublicKey, Registry, Signer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verified:
    """A message that is believed, with the bytes that say so."""

    message: Message
    signed: bytes

    @property
    def link(self) -> Span:
        """Its place in the chain: a span of one."""
        seq = self.message.seq
        return Span(seq, seq, self.message.prev, digest(self.signed))


def believed(signed: bytes, typ: str, registry: Registry, decode: Callable[[bytes], T]) -> tuple[T, PublicKey]:
    """What a verified payload of ``typ`` says by ``decode``, and whose key signed it; Refused otherwise."""
    payload, key = cose.verify(signed, typ, registry)
    try:
        return decode(payload), key
    except SchemaError as error:
        raise Refused(Refusal(error.flaw) if error.flaw else Refusal.SCHEMA, str(error)) from error


def believable(payload: bytes, typ: str, signer: Signer, decode: Callable[[bytes], object]) -> bytes:
    """``payload``, signed as ``typ``. ValueError for what :func:`believed` would refuse."""
    decode(payload)
    signed = cose.sign(payload, typ, signer)
    if len(signed) > cose.MAX_BYTES:
        raise ValueError(f"{len(signed)} bytes; a message has at most {cose.MAX_BYTES}")
    return signed


def sign_message(message: Message, signer: Signer) -> bytes:
    """The message, encoded once and signed. ValueError for what a receiver would refuse: it never joins a chain."""
    return believable(encode_message(message), cose.MESSAGE_TYPE, signer, decode_message)


def verify_message(signed: bytes, registry: Registry) -> Verified:
    """The message in ``signed``, or Refused: by its form, its key, its signature, its schema, or its node's name."""
    message, key = believed(signed, cose.MESSAGE_TYPE, registry, decode_message)
    if message.node != key.name:
        raise Refused(Refusal.NODE, f"says it is {message.node}; the key speaks for {key.name}")
    return Verified(message, signed)


def sign_receipt(receipt: Receipt, signer: Signer) -> bytes:
    """The receipt, encoded once and signed."""
    return cose.sign(encode_receipt(receipt), cose.RECEIPT_TYPE, signer)


def verify_receipt(signed: bytes, registry: Registry, node: str) -> Receipt:
    """The receipt in ``signed`` if it is a gateway's, and for ``node``; Refused otherwise."""
    receipt, _ = believed(signed, cose.RECEIPT_TYPE, registry, decode_receipt)
    if receipt.node != node:
        raise Refused(Refusal.NODE, f"a receipt for {receipt.node}; this is {node}")
    return receipt
