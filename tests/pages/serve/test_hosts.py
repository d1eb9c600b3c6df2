"""Names of hosts: read in one way only, and those of this machine."""

import socket

import pytest

from pages.serve.hosts import in_brackets, name_of, own_names


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("lab.example", "lab.example"),
        ("LAB.example.:8501", "lab.example"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:8501", "[::1]"),
        ("[0:0:0:0:0:0:0:1]", "[::1]"),
        ("a_b-c:1", "a_b-c"),
    ],
)
def test_a_name_is_read_without_port_in_one_way_of_writing_it(host, name):
    assert name_of(host) == name


@pytest.mark.parametrize(
    "host",
    ["", ":80", "a b", "a/b", "a@b", "a:b", "a:99999", "a:1:2", "::1", "[::1", "[1.2]", "-a", "a\n", "ä", "٣", "a,b"],
)
def test_what_is_no_name_of_a_host_is_none(host):
    assert name_of(host) is None


def test_a_server_that_listens_everywhere_is_called_by_all_names_and_addresses_of_the_machine():
    for everywhere in (None, "", "0.0.0.0", "::"):
        names = own_names(everywhere)
        assert {"localhost", "127.0.0.1", "[::1]", socket.gethostname().lower()} <= names
        assert all(name_of(name) == name for name in names)


def test_a_server_that_listens_at_one_address_is_called_by_that_one():
    assert own_names("192.0.2.7") == {"localhost", "127.0.0.1", "[::1]", "192.0.2.7"}
    assert own_names("2001:db8::7") == {"localhost", "127.0.0.1", "[::1]", "[2001:db8::7]"}


def test_an_ip_address_stands_in_brackets_where_a_port_may_follow():
    assert [in_brackets(address) for address in ("::1", "fe80::1%eth0", "192.0.2.7")] == [
        "[::1]",
        "[fe80::1]",
        "192.0.2.7",
    ]
