"""Commands over Socket.IO: what they say reaches the room, what they answer reaches their sender."""

from collections.abc import Callable

from tests.contract.stack import DEFAULT_STACK
from tests.support.people import Person

MakePerson = Callable[..., Person]


@DEFAULT_STACK
def test_a_command_is_acknowledged_with_its_answer_and_the_room_hears_nothing(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    alice.join(room)
    bob.join(room)
    for text, level in (("/help", "info"), ("/nonsense", "error")):
        answer = alice.live.ok("send_message", {"room_id": room, "body": text, "client_id": text})
        assert answer["message"] is None
        assert answer["notice"]["level"] == level
    alice.say(room, "/me waves")
    heard = bob.live.wait("new_message", lambda payload: payload["message"]["style"] == "action")
    assert heard["message"]["body"] == "waves"
    assert [p["message"]["body"] for p in bob.live.payloads("new_message") if p["message"]["kind"] == "text"] == ["waves"]


@DEFAULT_STACK
def test_a_new_topic_is_pushed_to_the_room(person: MakePerson) -> None:
    alice, bob = person(), person()
    room = alice.room()["id"]
    bob.join(room)
    alice.live.ok("send_message", {"room_id": room, "body": "/topic Plants", "client_id": "1"})
    pushed = bob.live.wait("room_updated", lambda payload: payload.get("room", {}).get("topic") == "Plants")
    assert pushed["room_id"] == room
