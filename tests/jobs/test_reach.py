"""Whether a scheduler answers: a real one, a socket that is silent, one that speaks otherwise, nobody."""

import asyncio
import socket
import threading

import pytest
from distributed import Scheduler

from kd_core.jobs.reach import UnreachableError, reach


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server, f"tcp://127.0.0.1:{server.getsockname()[1]}"


def test_a_scheduler_that_answers_is_reached():
    async def journey():
        async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
            await reach(scheduler.address, patience=60)

    asyncio.run(journey())


def test_nobody_and_silence_are_named_with_the_address(listening):
    _, address = listening
    for who in (address, "tcp://127.0.0.1:1"):  # a socket that accepts and says nothing; a closed port
        with pytest.raises(UnreachableError, match=f"no Dask scheduler answers at KD_SCHEDULER={who} within"):
            asyncio.run(reach(who, patience=0.2))


def test_another_kind_of_server_is_none(listening):
    server, address = listening

    def answer():
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    thread = threading.Thread(target=answer)
    thread.start()
    with pytest.raises(UnreachableError):
        asyncio.run(reach(address, patience=0.5))
    thread.join()


def test_tls_without_a_certificate_says_what_is_missing():
    with pytest.raises(UnreachableError, match="configuration of TLS"):
        asyncio.run(reach("tls://127.0.0.1:1", patience=0.2))
