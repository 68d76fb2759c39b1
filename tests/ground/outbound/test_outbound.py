"""The way out: no private address, no detour, no answer without end."""

from __future__ import annotations

import contextlib
import datetime
import functools
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.outbound import networks
from halo.ground.outbound.guard import NOT_REACHED, Policy
from halo.ground.outbound.networks import Kind
from halo.ground.settings import development_settings
from tests.ground.outbound.hostile import HOSTILE
from tests.ground.outbound.servers import Keeping, Names, keeping, names
from tests.support.listening import listening

__all__ = ["keeping", "names"]
OPEN = outbound.strangers(development_settings(allow_private_addresses=True))
GUARDED = outbound.strangers(development_settings(environment="production", base_url="https://halo.example"))
OPERATORS = outbound.operators(development_settings(environment="production", base_url="https://halo.example"))
ANY_SCHEME = Policy(frozenset({"http", "https"}), low_ports=True, private=False)


def get(url: str, policy: Policy = OPEN, seconds: float = 30, **options: bool) -> str:
    with outbound.errand(policy, seconds=seconds) as client:
        return client.get(url, **options).text


@contextlib.contextmanager
def another_way_out(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A pool of the test's own, made with what it patched."""
    made = outbound._WayOut()
    monkeypatch.setattr(outbound, "_way_out", lambda: made)
    yield
    made._pool.close()


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a connection was tried to; nothing answers."""
    tried: list[str] = []

    def connect_tcp(_: object, host: str, *__: object) -> httpcore.NetworkStream:
        tried.append(host)
        raise httpcore.ConnectError("Nobody is there.")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_tcp)
    return tried


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The sockets that were connected, whoever did it."""
    found: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *it, **_: found.append(it))
    monkeypatch.setattr(socket, "socket", lambda *it, **_: found.append(it))
    return found


def test_no_socket_is_opened_for_a_hostile_address(names: Names, opened: list[object]) -> None:
    literal = [f"[{each}]" if ":" in each else each for each in HOSTILE if "%" not in each]
    names.known = {f"n{number}.example": [[address]] for number, address in enumerate(HOSTILE)}
    for policy in (GUARDED, OPERATORS, ANY_SCHEME):
        for host in (*names.known, *literal):
            with pytest.raises(UpstreamFailed, match="not on the public internet"):
                get(f"https://{host}/", policy)
    assert opened == []


def test_what_is_withheld_is_not_asked_in_development_either(names: Names, opened: list[object]) -> None:
    names.known = {
        f"n{number}.example": [[address]]
        for number, address in enumerate(HOSTILE)
        if networks.kind(address) is Kind.withheld
    }
    assert len(names.known) > 100
    for host in names.known:
        with pytest.raises(UpstreamFailed, match="not on the public internet"):
            get(f"http://{host}/", OPEN)
    assert opened == []


@pytest.mark.parametrize("written", ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "localhost", "LOCALHOST."])
def test_other_spellings_of_loopback_are_refused(written: str, opened: list[object]) -> None:
    with pytest.raises(UpstreamFailed, match=r"not on the public internet|cannot be reached"):
        get(f"https://{written}/", GUARDED)
    assert opened == []


def test_a_name_with_one_hostile_address_among_public_ones_is_not_asked(names: Names, dialled: list[str]) -> None:
    names.known["mixed.example"] = [["8.8.8.8", "1.1.1.1", "10.0.0.1"]]
    with pytest.raises(UpstreamFailed, match="not on the public internet"):
        get("https://mixed.example/", GUARDED)
    assert dialled == []


def test_a_name_that_changes_after_it_was_checked_leads_nowhere_else(names: Names, dialled: list[str]) -> None:
    names.known["rebinding.example"] = [["8.8.8.8"], ["127.0.0.1"]]
    with pytest.raises(UpstreamFailed, match="cannot be reached"):
        get("https://rebinding.example/", GUARDED)
    assert dialled == ["8.8.8.8"]
    assert names.asked == ["rebinding.example"]
    with pytest.raises(UpstreamFailed, match="not on the public internet"):
        get("https://rebinding.example/", GUARDED)
    assert dialled == ["8.8.8.8"]


def test_some_addresses_of_a_name_are_tried_in_turn(names: Names, dialled: list[str]) -> None:
    names.known["many.example"] = [[f"8.8.8.{number}" for number in range(1, 10)]]
    with pytest.raises(UpstreamFailed, match="cannot be reached"):
        get("https://many.example/", GUARDED)
    assert dialled == ["8.8.8.1", "8.8.8.2", "8.8.8.3", "8.8.8.4"]


def test_an_address_that_does_not_answer_gives_way_to_the_next(names: Names, keeping: Keeping) -> None:
    names.known["two.example"] = [["::1", "127.0.0.1"]]
    assert get(f"http://two.example:{keeping.port}/x") == "hello"
    assert keeping.asked == [f"two.example:{keeping.port}/x"]


def test_an_unknown_name_and_a_private_one_are_told_alike_and_logged_apart(
    names: Names, caplog: pytest.LogCaptureFixture
) -> None:
    names.known["wiki.corp.example"] = [["10.1.2.3"]]
    told = set()
    with caplog.at_level(logging.WARNING, "halo.ground.outbound"):
        for host in ("wiki.corp.example", "nothing.corp.example", "10.1.2.3"):
            with pytest.raises(UpstreamFailed) as refused:
                get(f"https://{host}/", GUARDED)
            told.add((refused.value.stage, refused.value.message))
    assert told == {("address", NOT_REACHED)}
    assert [record.facts for record in caplog.records] == [
        {"host": "wiki.corp.example", "address": "10.1.2.3"},
        {"host": "nothing.corp.example"},
        {"host": "10.1.2.3", "address": "10.1.2.3"},
    ]
    assert "not known here" in caplog.records[1].getMessage()
    assert "leads to an address that is not public" in caplog.records[0].getMessage()


@pytest.mark.parametrize(
    ("url", "policy", "said"),
    [
        ("http://vendor.example/", GUARDED, "Only https addresses"),
        ("http://vendor.example/", OPERATORS, "Only https addresses"),
        ("ftp://vendor.example/", OPEN, "Only http and https addresses"),
        ("gopher://vendor.example:70/", OPEN, "Only http and https addresses"),
        ("https://vendor.example:22/", GUARDED, "Only port 443 and ports from 1024"),
        ("https://vendor.example:80/", GUARDED, "Only port 443 and ports from 1024"),
        ("http://vendor.example:25/", OPEN, "Only port 80 and ports from 1024"),
        ("https://vendor.example:0/", GUARDED, "Only port 443 and ports from 1024"),
        ("https://vendor.example/", GUARDED, "cannot be reached"),
        ("https://vendor.example:8443/", GUARDED, "cannot be reached"),
        ("https://vendor.example:444/", OPERATORS, "cannot be reached"),
        ("https://vendor.example\t:x/", GUARDED, "cannot be reached"),
        ("https://" + "x" * 70 + ".example/", GUARDED, "not known"),
    ],
)
def test_schemes_and_ports_are_the_callers(
    names: Names, dialled: list[str], url: str, policy: Policy, said: str
) -> None:
    names.known["vendor.example"] = [["8.8.8.8"]]
    with pytest.raises(UpstreamFailed, match=said):
        get(url, policy)
    assert bool(dialled) == (said == "cannot be reached" and "\t" not in url)


@pytest.mark.parametrize(
    ("inward", "said"),
    [
        ("http://169.254.169.254/latest/meta-data/", "not on the public internet"),
        ("http://meta.example/", "not on the public internet"),
        ("http://[fd00:ec2::254]/", "not on the public internet"),
        ("http://127.0.0.1:25/", "ports from 1024"),
        ("file:///etc/passwd", "Only http and https"),
    ],
)
def test_whoever_follows_redirects_is_checked_at_each_hop(
    names: Names, keeping: Keeping, inward: str, said: str
) -> None:
    names.known["meta.example"] = [["169.254.169.254"]]
    keeping.answers = {"/": (302, {"Location": "/next"}, b""), "/next": (302, {"Location": inward}, b"")}
    with pytest.raises(UpstreamFailed, match=said):
        get(keeping.url + "/", follow_redirects=True)
    assert [it.partition("/")[2] for it in keeping.asked] == ["", "next"]


def test_no_redirect_is_followed_by_itself(keeping: Keeping) -> None:
    keeping.answers["/"] = (302, {"Location": "/elsewhere"}, b"moved")
    assert get(keeping.url + "/") == "moved"
    assert len(keeping.asked) == 1


def test_no_proxy_of_the_environment_is_used(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert get(keeping.url + "/") == "hello"


def test_connections_are_kept_from_one_errand_to_the_next(keeping: Keeping) -> None:
    assert {get(keeping.url + "/") for _ in range(3)} == {"hello"}
    assert (keeping.connections, len(keeping.asked)) == (1, 3)


def test_a_connection_that_another_policy_opened_is_not_lent(keeping: Keeping) -> None:
    get(keeping.url + "/", OPEN)
    with pytest.raises(UpstreamFailed, match="not on the public internet"):
        get(keeping.url + "/", ANY_SCHEME)
    assert len(keeping.asked) == 1


def test_a_process_has_one_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "_made", functools.cache(outbound._made.__wrapped__))
    start, found = threading.Barrier(8), list[object]()

    def first() -> None:
        start.wait(30)
        found.append(outbound._way_out())

    threads = [threading.Thread(target=first) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1


def test_nothing_leaves_outside_of_an_errand(keeping: Keeping) -> None:
    with httpx.Client(transport=outbound._way_out()) as client, pytest.raises(LookupError):
        client.get(keeping.url + "/")
    assert keeping.connections == 0


def test_a_server_is_asked_by_so_many_at_a_time(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Keeping()
    monkeypatch.setattr(outbound, "OUTBOUND_CONNECTIONS_AN_ORIGIN", 3)
    with contextlib.ExitStack() as open_ones, listening(other.server):
        client = open_ones.enter_context(outbound.errand(OPEN, seconds=30))
        first, *_ = [open_ones.enter_context(client.stream("GET", keeping.url + "/")) for _ in range(3)]
        with pytest.raises(UpstreamFailed, match="did not answer"):
            get(keeping.url + "/", seconds=0.1)
        assert get(other.url + "/") == "hello"
        first.close()
        assert get(keeping.url + "/") == "hello"
        assert keeping.connections <= 4


def test_a_process_has_so_many_connections_in_all(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Keeping()
    monkeypatch.setattr(outbound, "OUTBOUND_CONNECTIONS", 2)
    with another_way_out(monkeypatch), contextlib.ExitStack() as open_ones, listening(other.server):
        client = open_ones.enter_context(outbound.errand(OPEN, seconds=30))
        first, _ = [open_ones.enter_context(client.stream("GET", keeping.url + "/")) for _ in range(2)]
        with pytest.raises(UpstreamFailed, match="did not answer"):
            get(other.url + "/", seconds=0.1)
        first.close()
        assert get(other.url + "/") == "hello"


def test_a_failure_gives_its_place_back(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "OUTBOUND_CONNECTIONS_AN_ORIGIN", 1)
    for _ in range(3):
        with pytest.raises(UpstreamFailed, match="not on the public internet"):
            get(keeping.url + "/", ANY_SCHEME)
    assert get(keeping.url + "/") == "hello"


@pytest.fixture
def secure(keeping: Keeping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeping]:
    """The server with a certificate for vendor.example alone, which the way out trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vendor.example")])
    begun = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(begun + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("vendor.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    kind = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    (tmp_path / "server.pem").write_bytes(pem + secret)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(tmp_path / "server.pem")
    keeping.server.socket = theirs.wrap_socket(keeping.server.socket, server_side=True)
    monkeypatch.setattr(outbound, "tls", lambda: ssl.create_default_context(cadata=pem.decode()))
    with another_way_out(monkeypatch):
        yield keeping


def test_the_name_is_kept_for_tls_and_the_host_header(names: Names, secure: Keeping) -> None:
    names.known = {"vendor.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]}
    assert get(f"https://vendor.example:{secure.port}/") == "hello"
    for host in ("other.example", "127.0.0.1"):
        with pytest.raises(UpstreamFailed, match="certificate") as problem:
            get(f"https://{host}:{secure.port}/")
        assert problem.value.stage == "tls"
    assert secure.asked == [f"vendor.example:{secure.port}/"]
