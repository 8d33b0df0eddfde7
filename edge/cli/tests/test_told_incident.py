"""What a person and a program are told of an incident."""

from dataclasses import replace

from edge.cli import _told_incident
from edge.message.incident import Support
from edge.message.tests.test_incident import INCIDENT, SOUND

TOLD = replace(
    INCIDENT,
    located=(replace(SOUND, silent=("lamp-6",), latitude_deg=52.37, longitude_deg=4.89),),
    support=(*INCIDENT.support, Support("lamp-5", SOUND.time_ns, (bytes(16),), None, "echo")),
)


def test_words_say_what_where_how_well_on_whose_word_and_what_did_not_fit() -> None:
    assert _told_incident.words(TOLD).splitlines() == [
        "2027-01-15T08:00:01.000Z INCIDENT 00000000 revision 0: GUNSHOT by 1 nodes: lamp-1",
        "    2027-01-15T08:00:00.000Z at 52.370000, 4.890000; x 10.0 y 20.0 m, good to 2.0 m; silent: lamp-6",
        "    not used: lamp-5 echo",
    ]


def test_one_that_is_withdrawn_says_why() -> None:
    gone = replace(INCIDENT, revision=2, located=(), support=(), why="the nodes stand in a line")
    assert _told_incident.words(gone).endswith("revision 2: gunshot WITHDRAWN: the nodes stand in a line")
    assert _told_incident.found(gone)["why"] == "the nodes stand in a line"


def test_an_object_names_every_message() -> None:
    found = _told_incident.found(TOLD)
    assert found["used"] == [
        {"node": "lamp-1", "time": "2027-01-15T08:00:00.100Z", "messages": ["00" * 16], "located": 0}
    ]
    assert found["rejected"] == [
        {"node": "lamp-5", "time": "2027-01-15T08:00:00.000Z", "messages": ["00" * 16], "why": "echo"}
    ]
