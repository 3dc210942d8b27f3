"""/me and /help."""

from services.messaging.commands import COMMANDS, Call, Outcome, command


@command("me", "/me <action>", en="Say what you are doing: /me waves", zh="描述你的动作，例如 /me 挥手")
def me(call: Call) -> Outcome:
    return call.post(call.argument, style="action") if call.argument else call.usage()


@command("help", "/help", en="List the commands", zh="列出全部命令")
def help_(call: Call) -> Outcome:
    usable = [each for _, each in sorted(COMMANDS.items()) if not (each.rooms_only and call.private)]
    return call.tell(
        en="\n".join(f"{each.usage}: {each.en}" for each in usable), zh="\n".join(f"{each.usage}：{each.zh}" for each in usable)
    )
