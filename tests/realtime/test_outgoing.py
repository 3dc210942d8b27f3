"""What may wait for a connection, and in which order it leaves."""

import queue
import threading

import pytest
from engineio.packet import MESSAGE, Packet

from realtime.outgoing import Bounds, LockedQueue, OutgoingQueue, frame_of


def message(text: str) -> Packet:
    return Packet(MESSAGE, text)


@pytest.fixture(params=[OutgoingQueue, LockedQueue])
def outgoing(request: pytest.FixtureRequest) -> OutgoingQueue:
    made: OutgoingQueue = request.param(Bounds(packets=3, size=100))
    return made


def test_all_that_waits_leaves_at_once_and_in_order(outgoing: OutgoingQueue) -> None:
    packets = [message(text) for text in ("a", "bé", "c")]
    assert all(outgoing.offer(packet) for packet in packets)
    assert outgoing.take() == b"".join(map(frame_of, packets)) == b"\x81\x024a\x81\x044b\xc3\xa9\x81\x024c"
    assert (len(outgoing), outgoing.size) == (0, 0)


def test_a_packet_too_many_is_refused_and_so_is_one_behind_too_many_bytes(outgoing: OutgoingQueue) -> None:
    assert all(outgoing.offer(message("x")) for _ in range(3))
    assert not outgoing.offer(message("x"))
    outgoing.clear()
    assert outgoing.offer(message("x" * 60))
    assert outgoing.offer(message("x" * 60))
    assert not outgoing.offer(message("x"))


def test_a_packet_of_any_size_is_taken_by_a_connection_that_reads(outgoing: OutgoingQueue) -> None:
    assert outgoing.offer(message("x"))
    assert outgoing.offer(message("x" * 1000)), "a long catch-up has to be possible"
    assert not outgoing.offer(message("x"))


def test_what_the_kernel_did_not_take_still_counts(outgoing: OutgoingQueue) -> None:
    outgoing.offer(message("x" * 200))
    taken = len(outgoing.take())
    outgoing.hold(taken)
    assert not outgoing.offer(message("x"))
    outgoing.hold(taken - 150)
    assert outgoing.offer(message("x"))


def test_a_poll_waits_for_a_packet_and_sees_the_end(outgoing: OutgoingQueue) -> None:
    with pytest.raises(queue.Empty):
        outgoing.get(block=False)
    with pytest.raises(queue.Empty):
        outgoing.get(timeout=0.01)
    threading.Timer(0.05, outgoing.offer, [message("late")]).start()
    packet = outgoing.get(timeout=10)
    assert packet is not None
    assert packet.data == "late"
    threading.Timer(0.05, outgoing.put, [None]).start()
    assert outgoing.get(timeout=10) is None


def test_a_frame_is_made_once_for_all_receivers() -> None:
    packet = message("shared")
    assert frame_of(packet) is frame_of(packet)


def test_threads_lose_no_count() -> None:
    outgoing = LockedQueue(Bounds(packets=100_000, size=10_000_000))
    threads = [threading.Thread(target=lambda: [outgoing.offer(message("12345")) for _ in range(2_000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    taken = 0
    while any(thread.is_alive() for thread in threads):
        taken += len(outgoing.take())
    for thread in threads:
        thread.join()
    assert outgoing.size + taken == 4 * 2_000 * len(frame_of(message("12345")))
