"""What we sign and seal another implementation of COSE verifies and opens, and the other way round: python-cwt, in its
own environment.
"""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edge.message import body as b
from edge.message.cbor import encode
from edge.message.codec import encode_message
from edge.trust import cose, encrypt, recipient
from edge.trust.algorithms import ES256, HALF
from edge.trust.clip import open_clip, seal_clip
from edge.trust.cose import Refusal, Refused, is_by
from edge.trust.keys import PrivateKey, Registry, make
from edge.trust.recipient import RecipientKey
from edge.trust.tests.test_clip import LABEL, PCM
from edge.trust.tests.test_cose import twin_of
from edge.trust.verifier import sign_message, verify_message

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-oracle" / "bin" / "python"
QUALITY = b.TimeQuality(b.TimeSource.NTP, 5_000_000, 1)
HEALTH = b.Health(1.0, 6, 0, 0, {"mic": b.SensorState(b.Sense.HEARING, 0, "")}, {"city": "connected"})
MESSAGE = b.Message("lamp-1", bytes(8), 7, b.GENESIS, 1_795_439_000_000_000_000, QUALITY, HEALTH)

EDWARDS, CURVE = make("lamp-1"), make("lamp-1", ES256)
KINDS = pytest.mark.parametrize("key", [EDWARDS, CURVE], ids=["Ed25519", "P-256"])
D = -4  # the private member of a COSE_Key: RFC 9053, tables 19 and 20

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="python-cwt is not here: make .venv-oracle/installed")


def oracle(data: bytes, *arguments: str, of: str = "cose.py") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [PYTHON, ROOT / "hil_tests" / "oracle" / of, *arguments],
        input=data, capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def secret_key(key: PrivateKey) -> str:
    """The private key as COSE_Key."""
    if isinstance(key.key, Ed25519PrivateKey):
        d = key.key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    else:
        d = key.key.private_numbers().private_value.to_bytes(HALF, "big")
    return encode({**key.public.cose_key(), D: d}).hex()


def verified(signed: bytes, key: PrivateKey) -> tuple[int, str]:
    """Exit status and words of python-cwt about a message."""
    done = oracle(signed, "verify", encode(key.public.cose_key()).hex())
    return done.returncode, done.stdout.decode()


@KINDS
def test_python_cwt_verifies_what_we_signed(key: PrivateKey) -> None:
    assert verified(sign_message(MESSAGE, key), key) == (0, encode_message(MESSAGE).hex())


@KINDS
def test_python_cwt_refuses_what_was_changed_since(key: PrivateKey) -> None:
    signed = sign_message(MESSAGE, key)
    status, words = verified(signed[:-1] + bytes([signed[-1] ^ 1]), key)
    assert (status, words.split(":")[0]) == (1, "VerifyError")


def test_we_verify_what_python_cwt_signed_with_ed25519() -> None:
    signed = oracle(encode_message(MESSAGE), "sign", secret_key(EDWARDS), cose.MESSAGE_TYPE).stdout
    assert verify_message(bytes.fromhex(signed.decode()), Registry([EDWARDS.public])).message == MESSAGE


def test_we_believe_one_of_the_two_forms_of_what_python_cwt_signed_with_es256_and_name_the_other() -> None:
    theirs = oracle(encode_message(MESSAGE), "sign", secret_key(CURVE), cose.MESSAGE_TYPE).stdout
    signed, registry = bytes.fromhex(theirs.decode()), Registry([CURVE.public])
    low, high = sorted((signed, twin_of(signed)), key=lambda data: data[-HALF:])
    assert verify_message(low, registry).message == MESSAGE
    with pytest.raises(Refused) as caught:
        verify_message(high, registry)
    assert caught.value.refusal is Refusal.TWIN
    assert is_by(low, CURVE.public)
    assert is_by(high, CURVE.public)


@pytest.fixture(scope="module")
def city() -> RecipientKey:
    return recipient.make("city")


def secret_of(city: RecipientKey) -> str:
    return city.key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()).hex()


def opened(sealed: bytes, by: RecipientKey) -> subprocess.CompletedProcess[bytes]:
    return oracle(sealed, "open", by.public.x.hex(), by.public.kid.hex(), secret_of(by), of="encrypt.py")


def test_python_cwt_opens_the_clip_that_we_sealed(city: RecipientKey) -> None:
    done = opened(seal_clip(LABEL, PCM, city.public), city)
    assert (done.returncode, done.stdout.decode()) == (0, PCM.hex())


def test_python_cwt_opens_neither_a_changed_clip_nor_that_of_another_key(city: RecipientKey) -> None:
    sealed = seal_clip(LABEL, PCM, city.public)
    changed = sealed.replace(b"gunshot", b"mishaps")
    for done in (opened(changed, city), opened(sealed, recipient.make("thief"))):
        assert done.returncode == 1, done.stderr.decode()


def test_we_open_the_clip_that_python_cwt_sealed(city: RecipientKey) -> None:
    sealed = seal_clip(LABEL, PCM, city.public)
    headers = encrypt.parse(sealed).protected.hex()
    done = oracle(PCM, "seal", city.public.x.hex(), city.public.kid.hex(), headers, of="encrypt.py")
    assert open_clip(bytes.fromhex(done.stdout.decode()), city) == (LABEL, PCM)
