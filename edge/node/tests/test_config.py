"""The configuration: what is wrong is named by its path, with what was found and what to try."""

from pathlib import Path

import pytest

from edge.errors import UserError
from edge.link.mqtt import Settings
from edge.node import config
from edge.node.arrays import ArrayTable

GOOD = """
[node]
name = "lamp-1"
key = "keys/lamp-1.pem"
state = "/var/lib/lamppost"
heartbeat_s = 30

[outbox]
max_mb = 64

[evidence]
recipient = "city-evidence.pub"
max_mb = 32
kinds = ["gunshot", "siren"]

[sensors.mic]
driver = "pcm"
port = "usb:0001"
sample_s = 1
[sensors.mic.detectors.gunshot]
threshold = 0.9

[sensors.mic.shadow.gunshot]
[sensors.mic.shadow.siren]
threshold_db = 5

[sensors.air]
driver = "sds011"
port = "ports/air"

[uplinks.city]
transport = "mqtt"
gateway_keys = "gateway.cbor"
host = "mqtt.city.example"
username = "lamp-1"
[uplinks.city.tls]
ca = "ca.pem"
"""


def load(folder: Path, text: str | bytes) -> config.Config:
    file = folder / "node.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return config.load(file)


def test_a_good_file_is_read_with_its_paths_beside_it(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    assert found.node.key == tmp_path / "keys/lamp-1.pem"
    assert found.node.state == Path("/var/lib/lamppost")
    assert found.node.heartbeat_s == 30.0
    assert found.outbox.max_mb == 64
    assert found.evidence == config.EvidenceTable(tmp_path / "city-evidence.pub", 32, 7.0, ("gunshot", "siren"))
    assert found.sensors["mic"].options() == {"gunshot": {"threshold": 0.9}}
    assert found.sensors["mic"].shadows() == {"gunshot": {}, "siren": {"threshold_db": 5}}
    assert found.sensors["mic"].port == "usb:0001"
    assert found.sensors["air"].port == str(tmp_path / "ports/air")
    assert (found.sensors["air"].sample_s, found.sensors["air"].report_s) == (10.0, 60.0)
    settings = found.uplinks["city"].settings
    assert isinstance(settings, Settings)
    assert settings.tls is not None
    assert (settings.host, settings.port, settings.tls.ca) == ("mqtt.city.example", 8883, tmp_path / "ca.pem")
    assert found.uplinks["city"].gateway_keys == tmp_path / "gateway.cbor"


def array(microphones: str = "[[0, 0, 0], [0, 0.1, 0]]", heading: str = "0") -> str:
    return f"[sensors.mic.array]\nmicrophones_m = {microphones}\nheading_deg = {heading}"


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("heartbeat_s", "hartbeat_s", "unknown key node.hartbeat_s", "'heartbeat_s'"),
        ("max_mb = 64", "max_gb = 64", "unknown key outbox.max_gb", "'max_mb'"),
        ('recipient = "city-evidence.pub"', "", "evidence.recipient is missing", "add: recipient = … (a path"),
        ("max_mb = 32", "max_md = 32", "unknown key evidence.max_md", "'max_mb'"),
        ("max_mb = 32", "max_mb = 7", "evidence: max_mb is 7; expected 8 or more", "lamppost init"),
        ("max_mb = 32", "max_days = 0", "evidence: max_days is 0; expected more than 0", "lamppost init"),
        ("max_mb = 32", "max_days = 91", "evidence: max_days is 91; expected more than 0, and 90", "lamppost init"),
        ('"siren"]', '"sirens"]', "evidence.kinds: there is no 'sirens'", "'siren'"),
        ('kinds = ["gunshot", "siren"]', 'kinds = "siren"', "kinds is 'siren'; expected a list", "write: [ … ]"),
        ('"siren"]', "1]", "evidence.kinds is 1; expected text in quotes", "correct"),
        ("[outbox]", "[outbux]", "unknown key outbux", "'outbox'"),
        ("sample_s = 1", "sampel_s = 1", "unknown key sensors.mic.sampel_s", "'sample_s'"),
        ("threshold", "treshold", "sensors.mic.detectors.gunshot.treshold is no option", "'threshold'"),
        ("username", "user", "unknown key uplinks.city.user", "'username'"),
        ("ca = ", "cs = ", "unknown key uplinks.city.tls.cs", "there are: ca, cert"),
        ('"pcm"', '"pcmm"', "sensors.mic.driver: there is no 'pcmm'", "'pcm'"),
        ("shadow.siren", "shadow.sirens", "sensors.mic.shadow: there is no 'sirens'", "'siren'"),
        ("threshold_db = 5", "limit_db = 5", "sensors.mic.shadow.siren.limit_db is no option of siren", "all_scores"),
        ("detectors.gunshot", "detectors.gunshots", "sensors.mic.detectors: there is no 'gunshots'", "'gunshot'"),
        ('"mqtt"', '"mqqt"', "uplinks.city.transport: there is no 'mqqt'", "'mqtt'"),
        ('name = "lamp-1"', "name = 1", "node.name is 1; expected text in quotes", "correct"),
        ('name = "lamp-1"', 'name = "lamp 1"', "node: name is 'lamp 1'", "lamppost init"),
        ('\nname = "lamp-1"', "", "node.name is missing", "add: name = … (text in quotes)"),
        ("heartbeat_s = 30", "heartbeat_s = 61", "node: heartbeat_s is 61", "lamppost init"),
        ("heartbeat_s = 30", "heartbeat_s = true", "node.heartbeat_s is True; expected a number", "correct"),
        ("heartbeat_s = 30", "heartbeat_s = nan", "node.heartbeat_s is nan; expected a number", "correct"),
        ("max_mb = 64", "max_mb = 0", "outbox: max_mb is 0", "lamppost init"),
        ("max_mb = 64", "max_mb = 1.5", "outbox.max_mb is 1.5; expected a whole number", "correct"),
        ("sample_s = 1", "sample_s = inf", "sensors.mic.sample_s is inf; expected a number", "correct"),
        ("sample_s = 1", "sample_s = 1" + "0" * 400, "sensors.mic.sample_s is 10", "correct"),
        ("sample_s = 1", "sample_s = 0.01", "sensors.mic: sample_s is 0.01", "lamppost init"),
        ("sample_s = 1", "sample_s = 61", "sensors.mic: sample_s is 61 and report_s 60", "lamppost init"),
        ("sample_s = 1", "report_s = 1e6", "sensors.mic: sample_s is 10 and report_s 1e+06", "lamppost init"),
        ("threshold = 0.9", "threshold = true", "threshold is True; expected a number", "its default is"),
        ("threshold = 0.9", "threshold = 1.5", "detectors.gunshot: a threshold of 1.5", "max_false_alarms"),
        ("threshold = 0.9", "max_false_alarms_per_day = 0.1", "no threshold is known to make so few", "threshold"),
        ("threshold = 0.9", "all_scores = 1", "all_scores is 1; expected true or false", "its default is"),
        ("[sensors.mic.detectors.gunshot]\nthreshold = 0.9", "detectors.gunshot = 1", "gunshot is 1;", "write: ["),
        ("threshold = 0.9", "[sensors.mic.levels]\nbands = 'all'", "bands is 'all'; expected one of", "lamppost"),
        ("threshold = 0.9", "[sensors.mic.levels]\ntimezone = 'X'", "timezone is 'X'; expected a name", "lamppost"),
        ("threshold = 0.9", "[sensors.mic.responses]\n8 = 'a.txt'", "sensors.mic: responses has '8'", "lamppost"),
        ("threshold = 0.9", "[sensors.mic.responses]\n00 = 'a.txt'", "sensors.mic: responses has '00'", "lamppost"),
        ("threshold = 0.9", "[sensors.mic.responses]\n0 = 1", "responses.0 is 1; expected a path", "correct"),
        ("threshold = 0.9", "[sensors.mic]\nresponses = 1", "is no TOML", "lamppost init"),
        ("threshold = 0.9", array("[[0, 0, 0]]"), "sensors.mic.array: microphones_m has 1 places", "lamppost init"),
        ("threshold = 0.9", array("[[0, 0], [0, 1]]"), "has 2 places of [2] numbers; expected 2 to 8", "lamppost init"),
        ("threshold = 0.9", array("[[0, 0, 0], [0, 0, 'a']]"), "array.microphones_m is 'a'; expected a nu", "correct"),
        ("threshold = 0.9", array("[[0, 0, 0], 1]"), "array.microphones_m is 1; expected a list", "write: [ … ]"),
        ("threshold = 0.9", array("[[0, 0, 0], [0, 0, 0]]"), "lie 0 to 0 m apart; expected 0.005 to 5 m", "lamppost"),
        ("threshold = 0.9", array("[[0, 0, 0], [0, 50, 0]]"), "lie 50 to 50 m apart", "lamppost init"),
        ("threshold = 0.9", array(heading="360"), "heading_deg is 360; expected 0 to less than 360", "lamppost init"),
        ("threshold = 0.9", array(heading="0\nplace_error_m = 1"), "place_error_m is 1; expected 0 to 0.1", "lamppost"),
        ("threshold = 0.9", array(heading="0\nheadings = 1"), "unknown key sensors.mic.array.headings", "heading_deg"),
        ("threshold = 0.9", "[sensors.mic.array]\nheading_deg = 1", "array.microphones_m is missing", "microphones_m"),
        ("[sensors.air]", '[sensors."the air"]', "sensors.the air: 'the air' is no name", "letters"),
        ("[uplinks.city", '[uplinks."the city"', "uplinks.the city: 'the city' is no name", "letters"),
        ('host = "mqtt.city.example"', "", "uplinks.city.host is missing", "add: host"),
        ('host = "mqtt', 'port = 70000\nhost = "mqtt', "uplinks.city: port is 70000", "lamppost init"),
        ('gateway_keys = "gateway.cbor"', "", "uplinks.city: gateway_keys is missing", "lamppost init"),
        ('transport = "mqtt"', 'transport = "mqtt"\ndelivered_on = "sent"', "delivered_on is 'sent'", "lamppost init"),
        ('ca = "ca.pem"', 'key = "k"', "uplinks.city.tls: certificate and key go together", "lamppost init"),
        ("[node]", "uplinks = 1\n[node]", "is no TOML", "lamppost init"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_what_to_try(tmp_path: Path, old: str, new: str, message: str, hint: str) -> None:
    assert old in GOOD
    with pytest.raises(UserError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "node is missing"),
        ("node = 1", "node is 1; expected a table"),
        ("sensors = 1", "sensors is 1; expected a table"),
        ("[node", "is no TOML"),
        (b"[node]\nname = '\xff'", "is no TOML"),
        (b"#" * (config.MAX_FILE_BYTES + 1), "is larger than"),
    ],
)
def test_a_file_that_is_no_configuration_says_why(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path, text)
    assert message in caught.value.message


@pytest.mark.parametrize(("uplinks", "message"), [("uplinks = 1", "uplinks is 1"), ("uplinks.a = 1", "uplinks.a is 1")])
def test_uplinks_that_are_no_tables_are_named(tmp_path: Path, uplinks: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path, uplinks + GOOD[: GOOD.index("[uplinks")])
    assert message in caught.value.message


def test_a_file_that_is_missing_or_a_folder_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.toml", tmp_path):
        with pytest.raises(UserError, match="cannot read"):
            config.load(path)


def test_places_of_microphones_are_metres(tmp_path: Path) -> None:
    places = array("[[0.05, 0, 0], [-0.05, 0, 1e-2]]", "12.5")
    assert load(tmp_path, f"{GOOD}\n{places}").sensors["mic"].array == ArrayTable(
        ((0.05, 0, 0), (-0.05, 0, 0.01)), 12.5
    )
    assert load(tmp_path, GOOD).sensors["mic"].array is None


def test_files_of_responses_lie_beside_the_configuration(tmp_path: Path) -> None:
    responses = (
        load(tmp_path, GOOD + '[sensors.mic.responses]\n0 = "umik.txt"\n3 = "/etc/other.txt"\n')
        .sensors["mic"]
        .responses
    )
    assert responses == {"0": tmp_path / "umik.txt", "3": Path("/etc/other.txt")}


def test_without_its_table_nothing_is_kept_and_an_empty_list_of_kinds_may_stand_in_it(tmp_path: Path) -> None:
    table = GOOD[GOOD.index("[evidence]") : GOOD.index("[sensors.mic]")]
    assert load(tmp_path, GOOD.replace(table, "")).evidence is None
    few = load(tmp_path, GOOD.replace('kinds = ["gunshot", "siren"]', "kinds = []")).evidence
    assert few == config.EvidenceTable(tmp_path / "city-evidence.pub", 32, 7.0, ())


def test_where_the_broker_counts_no_keys_are_needed(tmp_path: Path) -> None:
    text = GOOD.replace('gateway_keys = "gateway.cbor"', 'delivered_on = "acceptance"')
    assert load(tmp_path, text).uplinks["city"].gateway_keys is None
