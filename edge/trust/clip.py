"""A clip's samples, sealed to the city's key, with what they are beside them in the clear.

    COSE_Encrypt, protected headers: … node, clip (schema.cddl)      plaintext: the samples (edge.message.pcm)

The clear part says nothing that the signed messages do not say, and cannot be changed without the key.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from edge.message.body import Clip
from edge.message.codec import read_clip, write_clip
from edge.message.pcm import SAMPLE_BYTES
from edge.trust import encrypt
from edge.trust.cose import TYP, Refusal, Refused
from edge.trust.recipient import Recipient, RecipientKey

CLIP_TYPE = "application/vnd.lamppost.clip"
NODE, CLIP = -70001, -70002  # private use (below -65536)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Whose clip it is, and of what."""

    node: str
    clip: Clip


def seal_clip(label: Labelled, pcm: bytes, recipient: Recipient) -> bytes:
    """The samples, sealed: the bytes of a clip's file."""
    return encrypt.seal(pcm, CLIP_TYPE, {NODE: label.node, CLIP: write_clip(label.clip)}, recipient)


def label_of(head: bytes) -> Labelled:
    """What a sealed clip says of itself in its first ``encrypt.HEAD_BYTES``, not proved; or Refused."""
    headers = encrypt.protected_of(head)
    if headers.get(TYP) != CLIP_TYPE:
        raise Refused(Refusal.TYPE, f"sealed as {headers.get(TYP)!r}; expected {CLIP_TYPE!r}")
    return _labelled(headers)


def open_clip(data: bytes, key: RecipientKey) -> tuple[Labelled, bytes]:
    """What a clip is, and its samples, which have the hashes that it says; Refused otherwise."""
    headers, pcm = encrypt.unseal(data, CLIP_TYPE, key)
    label = _labelled(headers)
    clip, frame = label.clip, label.clip.channels * SAMPLE_BYTES
    if len(pcm) != clip.samples * frame or clip.part_samples > clip.samples:
        told = f"{clip.part_samples} and {clip.samples} samples of {clip.channels} channels"
        raise Refused(Refusal.SCHEMA, f"says it has {told}; found {len(pcm)} bytes")
    _check("part", clip.part, pcm[: clip.part_samples * frame])
    _check("whole", clip.whole, pcm)
    return label, pcm


def _labelled(headers: Mapping[object, object]) -> Labelled:
    node = headers.get(NODE)
    if not isinstance(node, str):
        raise Refused(Refusal.SCHEMA, f"node is {node!r}; expected a name")
    try:
        return Labelled(node, read_clip(headers.get(CLIP)))
    except ValueError as error:
        raise Refused(Refusal.SCHEMA, f"clip: {error}") from error


def _check(which: str, told: bytes, pcm: bytes) -> None:
    found = hashlib.sha256(pcm).digest()
    if found != told:
        raise Refused(Refusal.SCHEMA, f"the {which} says SHA-256 {told.hex()}; found {found.hex()}")
