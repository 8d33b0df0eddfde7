"""COSE_Encrypt to an X25519 key: the working group's vectors, our own both ways, and all that must be refused."""

import json
from collections.abc import Mapping
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.message.cbor import encode
from edge.message.tests.shared import SHARED
from edge.trust import encrypt, recipient
from edge.trust.algorithms import CRV, KTY, OKP, X
from edge.trust.cose import ALG, CRIT, KID, TYP, Refusal, Refused
from edge.trust.encrypt import A256GCM, EPHEMERAL_KEY, IV, TAG
from edge.trust.recipient import ECDH_ES_HKDF_256, X25519

TYPE = "application/test"
CITY, OTHER = recipient.make("city"), recipient.make("other")
GOOD = encrypt.seal(b"what is heard", TYPE, {-70002: [1]}, CITY.public)

# github.com/cose-wg/Examples, X25519-tests/x25519-hkdf-256-direct.json (public domain)
SECRET = bytes.fromhex("00a943daa2e38b2edbf0da0434eaaec6016fe25dcd5ecacbc07dc30300567655")
SEALED = bytes.fromhex(
    "D8608443A10101A1054C9862E02EC874A0DF9FB123385824D2B07042F7BA47C61646CCA83AB97FD23AF21F0D2AC75DCB47A9FC293015D8F0"
    "98AE9C1B818344A1013818A220A30101200421582072FC171C21BF5C682C64D2EF3A71AC877B40013D3754F63D4C3C3A965F1BA776044858"
    "32353531392D3140"
)
CONTEXT = bytes.fromhex("840183F6F6F683F6F6F682188044A1013818")
SHARED_SECRET = bytes.fromhex("C2E9009387087408523B5603D1BA5245FD95758D656C4440A82C34DB45CD0D5E")
CONTENT_KEY = bytes.fromhex("52291DE41342AC0AC2E31867A1423ACB")
AUTHENTICATED = bytes.fromhex("8367456E637279707443A1010140")


def test_the_working_groups_vector_is_opened_with_each_of_its_steps() -> None:
    sealed = encrypt.parse(SEALED)
    assert encrypt.context(encrypt.A128GCM, sealed.recipient_protected) == CONTEXT
    assert encrypt.content_key(SHARED_SECRET, encrypt.A128GCM, sealed.recipient_protected) == CONTENT_KEY
    assert encrypt.authenticated(sealed.protected) == AUTHENTICATED
    assert encrypt.opened(sealed, X25519PrivateKey.from_private_bytes(SECRET)) == b"This is the content."


OTHERS = sorted((SHARED / "cose").glob("ecdh-direct-examples/*-0[12].json")) + sorted(
    (SHARED / "cose").glob("X25519-tests/*-ss-*.json")
)


@pytest.mark.skipif(not OTHERS, reason=f"{SHARED / 'cose'} is not here")
def test_the_working_groups_vectors_of_other_keys_and_algorithms_are_refused_and_named() -> None:
    for path in OTHERS:
        data = bytes.fromhex(json.loads(path.read_text(encoding="utf-8"))["output"]["cbor"])
        with pytest.raises(Refused) as caught:
            encrypt.opened(encrypt.parse(data), CITY.key)
        assert caught.value.refusal in (Refusal.ALGORITHM, Refusal.HEADER), path.name


def test_what_we_seal_we_open_with_its_headers() -> None:
    headers, plaintext = encrypt.unseal(GOOD, TYPE, CITY)
    assert plaintext == b"what is heard"
    assert headers.items() >= {ALG: A256GCM, TYP: TYPE}.items()
    assert encrypt.protected_of(GOOD[: encrypt.HEAD_BYTES])[-70002] == [1]


def test_the_same_twice_is_sealed_to_other_bytes() -> None:
    again = encrypt.seal(b"what is heard", TYPE, {-70002: [1]}, CITY.public)
    assert encrypt.parse(again).ciphertext != encrypt.parse(GOOD).ciphertext
    assert b"what is heard" not in GOOD


def sealed(
    protected: Mapping[int, object] | bytes = {ALG: A256GCM, TYP: TYPE},
    unprotected: Mapping[int, object] = {IV: bytes(12)},
    theirs: Mapping[int, object] = {ALG: ECDH_ES_HKDF_256},
    ephemeral: object = {KTY: OKP, CRV: X25519, X: OTHER.public.x},
    rest: object = b"",
) -> bytes:
    """Sealed as it should be, whatever its headers say."""
    raw = protected if isinstance(protected, bytes) else encode({**protected})
    raw_theirs = encode({**theirs})
    key = encrypt.content_key(OTHER.key.exchange(CITY.public.key), A256GCM, raw_theirs)
    ciphertext = AESGCM(key).encrypt(bytes(12), b"x", encrypt.authenticated(raw))
    recipients = [[raw_theirs, {EPHEMERAL_KEY: ephemeral, KID: CITY.public.kid}, rest]]
    return TAG + encode([raw, {int(k): v for k, v in unprotected.items()}, ciphertext, recipients])


def test_the_makeshift_of_these_tests_is_right() -> None:
    assert encrypt.unseal(sealed(), TYPE, CITY)[1] == b"x"


@pytest.mark.parametrize(
    ("case", "data", "refusal"),
    [
        ("nothing", b"", Refusal.FORM),
        ("a COSE_Sign1", b"\xd2" + GOOD[2:], Refusal.FORM),
        ("trailing bytes", GOOD + b"\x00", Refusal.TRAILING),
        ("no array", TAG + encode(1), Refusal.FORM),
        ("no recipient", TAG + encode([b"", {}, b"", []]), Refusal.FORM),
        ("two recipients", TAG + encode([b"", {}, b"", [[b"", {}, b""]] * 2]), Refusal.FORM),
        ("a recipient with a key of its own", sealed(rest=b"key"), Refusal.FORM),
        ("detached ciphertext", TAG + encode([b"", {}, None, [[b"", {}, b""]]]), Refusal.FORM),
        ("protected is no map", sealed(encode([1])), Refusal.HEADER),
        ("crit", sealed({ALG: A256GCM, TYP: TYPE, CRIT: [99]}), Refusal.CRITICAL),
        ("crit of the recipient", sealed(theirs={ALG: ECDH_ES_HKDF_256, CRIT: [99]}), Refusal.CRITICAL),
        ("alg outside of what is bound", sealed({TYP: TYPE}, {ALG: A256GCM, IV: bytes(12)}), Refusal.UNSIGNED),
        ("no IV", sealed(unprotected={}), Refusal.HEADER),
        ("a short IV", sealed(unprotected={IV: bytes(8)}), Refusal.HEADER),
        ("an IV of zeros alone is another", sealed(unprotected={IV: b"1" * 12}), Refusal.SEAL),
        ("no ephemeral key", sealed(ephemeral=None), Refusal.HEADER),
        ("an ephemeral key of another curve", sealed(ephemeral={KTY: OKP, CRV: 6, X: bytes(32)}), Refusal.HEADER),
        ("a short ephemeral key", sealed(ephemeral={KTY: OKP, CRV: X25519, X: bytes(31)}), Refusal.HEADER),
        ("a key that makes every secret zero", sealed(ephemeral={KTY: OKP, CRV: X25519, X: bytes(32)}), Refusal.SEAL),
        ("no type", sealed({ALG: A256GCM}), Refusal.TYPE),
        ("another type", sealed({ALG: A256GCM, TYP: "application/other"}), Refusal.TYPE),
        ("no alg", sealed({TYP: TYPE}), Refusal.ALGORITHM),
        ("an alg that is no number", sealed({ALG: [1], TYP: TYPE}), Refusal.ALGORITHM),
        ("another alg", sealed({ALG: 24, TYP: TYPE}), Refusal.ALGORITHM),
        ("A128GCM with the key of A256GCM", sealed({ALG: 1, TYP: TYPE}), Refusal.SEAL),
        ("another way to the key", sealed(theirs={ALG: -27}), Refusal.ALGORITHM),
        ("to another key", encrypt.seal(b"x", TYPE, {}, OTHER.public), Refusal.SEAL),
        ("larger than may be", GOOD + bytes(encrypt.MAX_BYTES), Refusal.SIZE),
    ],
)  # fmt: skip
def test_what_must_be_refused_is_refused_for_its_own_reason(case: str, data: bytes, refusal: Refusal) -> None:
    with pytest.raises(Refused) as caught:
        encrypt.unseal(data, TYPE, CITY)
    assert caught.value.refusal is refusal, f"{case}: {caught.value}"


def test_whom_it_is_sealed_to_is_told_to_whoever_has_another_key() -> None:
    with pytest.raises(Refused, match=CITY.public.kid.hex()):
        encrypt.unseal(GOOD, TYPE, OTHER)


def test_no_flipped_bit_changes_what_is_opened() -> None:
    bound = encrypt.protected_of(GOOD).items()
    for position in range(len(GOOD) * 8):
        changed = bytearray(GOOD)
        changed[position // 8] ^= 1 << position % 8
        with suppress(Refused):  # the name of the key and the curve's unused bit are bound to nothing
            headers, plaintext = encrypt.unseal(bytes(changed), TYPE, CITY)
            assert (plaintext, bound <= headers.items()) == (b"what is heard", True)


def test_no_truncation_of_it_is_opened() -> None:
    for length in range(len(GOOD)):
        with pytest.raises(Refused):
            encrypt.unseal(GOOD[:length], TYPE, CITY)


@settings(max_examples=300)
@given(st.binary(max_size=120).map(lambda rest: TAG + rest) | st.binary(max_size=20))
def test_arbitrary_bytes_are_refused_and_never_crash(data: bytes) -> None:
    with pytest.raises(Refused):
        encrypt.unseal(data, TYPE, CITY)
    with suppress(Refused):
        assert encrypt.protected_of(data).get(TYP) != TYPE


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 100) | st.binary(max_size=33) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-5, 20), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300)
@given(protected=anything, unprotected=anything, theirs=anything, their_unprotected=anything)
def test_whatever_stands_in_its_places_is_refused_and_never_crashes(
    protected: object, unprotected: object, theirs: object, their_unprotected: object
) -> None:
    recipients = [[encode(theirs), their_unprotected, b""]]
    with pytest.raises(Refused):
        encrypt.opened(encrypt.parse(TAG + encode([encode(protected), unprotected, b"x", recipients])), CITY.key)
