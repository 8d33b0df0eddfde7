"""What we sign and seal another implementation of COSE verifies and opens, and the other way round: python-cwt, in its
own environment.
"""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edge.message import body as b
from edge.message.codec import encode_message
from edge.trust import cose, encrypt, recipient
from edge.trust.clip import open_clip, seal_clip
from edge.trust.keys import PrivateKey, Registry, make
from edge.trust.recipient import RecipientKey
from edge.trust.tests.test_clip import LABEL, PCM
from edge.trust.verifier import sign_message, verify_message

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-oracle" / "bin" / "python"
QUALITY = b.TimeQuality(b.TimeSource.NTP, 5_000_000, 1)
HEALTH = b.Health(1.0, 6, 0, 0, {"mic": b.SensorState(b.Sense.HEARING, 0, "")}, {"city": "connected"})
MESSAGE = b.Message("lamp-1", bytes(8), 7, b.GENESIS, 1_795_439_000_000_000_000, QUALITY, HEALTH)

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="python-cwt is not here: make .venv-oracle/installed")


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return make("lamp-1")


def oracle(data: bytes, *arguments: str, of: str = "cose.py") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [PYTHON, ROOT / "hil_tests" / "oracle" / of, *arguments],
        input=data, capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def test_python_cwt_verifies_what_we_signed(key: PrivateKey) -> None:
    done = oracle(sign_message(MESSAGE, key), "verify", key.public.x.hex(), key.kid.hex())
    assert (done.returncode, done.stdout.decode()) == (0, encode_message(MESSAGE).hex())


def test_python_cwt_refuses_what_was_changed_since(key: PrivateKey) -> None:
    signed = sign_message(MESSAGE, key)
    done = oracle(signed[:-1] + bytes([signed[-1] ^ 1]), "verify", key.public.x.hex(), key.kid.hex())
    assert (done.returncode, done.stdout.decode().split(":")[0]) == (1, "VerifyError")


def test_we_verify_what_python_cwt_signed(key: PrivateKey) -> None:
    secret = key.key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()).hex()
    arguments = ("sign", key.public.x.hex(), key.kid.hex(), secret, cose.MESSAGE_TYPE)
    signed = bytes.fromhex(oracle(encode_message(MESSAGE), *arguments).stdout.decode())
    assert verify_message(signed, Registry([key.public])).message == MESSAGE


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
