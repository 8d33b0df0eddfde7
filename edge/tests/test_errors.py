from edge.errors import UserError


def test_a_persons_mistake_is_told_in_two_lines() -> None:
    assert str(UserError("node.toml is not there", "write one with: lamppost init")) == (
        "node.toml is not there\nwrite one with: lamppost init"
    )
