"""Signed incidents: the gateway's word on where something was, with the hashes of the messages that say so."""

from dataclasses import dataclass

from edge.message.incident import Incident, decode_incident, encode_incident
from edge.trust import cose
from edge.trust.cose import Refusal, Refused
from edge.trust.keys import Registry, Signer
from edge.trust.verifier import believable, believed


@dataclass(frozen=True, slots=True)
class VerifiedIncident:
    """An incident that is believed, with the bytes that say so."""

    incident: Incident
    signed: bytes


def sign_incident(incident: Incident, signer: Signer) -> bytes:
    """The incident, encoded once and signed. ValueError for what a reader would refuse."""
    return believable(encode_incident(incident), cose.INCIDENT_TYPE, signer, decode_incident)


def verify_incident(signed: bytes, gateways: Registry) -> VerifiedIncident:
    """The incident in ``signed``, or Refused: by form, key, signature, schema, or the gateway's name."""
    incident, key = believed(signed, cose.INCIDENT_TYPE, gateways, decode_incident)
    if incident.gateway != key.name:
        raise Refused(Refusal.NODE, f"says it is by {incident.gateway}; the key speaks for {key.name}")
    return VerifiedIncident(incident, signed)
