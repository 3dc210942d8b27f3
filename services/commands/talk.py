"""/me and /help; /nick, /topic and /invite: one's name in a room, what the room is about, and who else should come."""

from models.rooms import Room
from services.commands import COMMANDS, Call, Outcome, command
from services.rooms import invitations, rooms
from utils.validators import MAX_NICKNAME, MAX_TOPIC, clean_line


@command("me", "/me <action>", en="Say what you are doing: /me waves", zh="描述你的动作，例如 /me 挥手")
def me(call: Call) -> Outcome:
    return call.post(call.argument, style="action") if call.argument else call.usage()


@command("help", "/help", en="List the commands", zh="列出全部命令")
def help_(call: Call) -> Outcome:
    usable = [each for _, each in sorted(COMMANDS.items()) if not (each.rooms_only and call.private)]
    return call.tell(
        en="\n".join(f"{each.usage}: {each.en}" for each in usable), zh="\n".join(f"{each.usage}：{each.zh}" for each in usable)
    )


@command("nick", "/nick <name>", en="Change your nickname in this room", zh="修改你在本聊天室的昵称", rooms_only=True)
def nick(call: Call) -> Outcome:
    if not call.argument:
        return call.usage()
    try:
        nickname = clean_line(call.argument, MAX_NICKNAME)
    except ValueError as error:
        return call.fail(en=str(error), zh=f"昵称不能为空，也不能超过 {MAX_NICKNAME} 个字符。")
    member = rooms.join(call.room_id, call.user, nickname)
    return call.tell(en=f"You are {member.nickname} in this room now.", zh=f"你在本聊天室的昵称现在是 {member.nickname}。")


@command(
    "topic",
    "/topic [text]",
    en="Show or set what this room is about; - clears it",
    zh="查看或设置聊天室主题，- 为清除",
    rooms_only=True,
)
def topic(call: Call) -> Outcome:
    if not call.argument:
        # Not from memory: another process may have changed it.
        found = Room.get(call.room_id)
        current = None if found is None else found.topic
        if current is None:
            return call.tell(en="This room has no topic.", zh="本聊天室没有主题。")
        return call.tell(en=f"The topic is: {current}", zh=f"主题：{current}")
    try:
        text = "" if call.argument == "-" else clean_line(call.argument, MAX_TOPIC)
    except ValueError as error:
        return call.fail(en=str(error), zh=f"主题不能超过 {MAX_TOPIC} 个字符。")
    rooms.update(call.room_id, call.user, {"topic": text})
    return call.tell(en="The topic is set." if text else "The topic is cleared.", zh="主题已设置。" if text else "主题已清除。")


@command("invite", "/invite <username>", en="Invite somebody to this room", zh="邀请某人加入本聊天室", rooms_only=True)
def invite(call: Call) -> Outcome:
    username = call.argument.removeprefix("@")
    if not username:
        return call.usage()
    invitation, _ = invitations.invite(call.room_id, call.user, username=username)
    invited = invitation["user"]["username"]
    return call.tell(en=f"{invited} is invited.", zh=f"已邀请 {invited}。")
