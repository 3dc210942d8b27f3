"""What the mails with a link say, in the language of the account."""

from models.mailed_links import Purpose
from services.mail.message import Mail

# (subject, text) by purpose and language.
_TEXTS: dict[tuple[Purpose, str], tuple[str, str]] = {
    ("verify_email", "en"): (
        "Confirm your e-mail address",
        "Hello,\n\nthe account “{name}” on Fieldroom has given this e-mail address. Open this link to confirm that it is yours:\n\n"
        "{link}\n\nThe link works for one day. If this is not your account, do nothing.",
    ),
    ("verify_email", "zh-CN"): (
        "请确认您的电子邮箱",
        "您好：\n\nFieldroom 上的账号“{name}”填写了这个邮箱地址。请打开下面的链接，确认它属于您：\n\n"
        "{link}\n\n链接在一天内有效。如果这不是您的账号，请忽略此邮件。",
    ),
    ("reset_password", "en"): (
        "Set a new password",
        "Hello,\n\nsomebody asked for a new password for the account “{name}” on Fieldroom. Open this link to set one:\n\n"
        "{link}\n\nThe link works once and for one hour. If it was not you who asked, do nothing: your password stays as it is.",
    ),
    ("reset_password", "zh-CN"): (
        "设置新密码",
        "您好：\n\n有人请求为 Fieldroom 上的账号“{name}”设置新密码。请打开下面的链接进行设置：\n\n"
        "{link}\n\n链接只能使用一次，一小时内有效。如果不是您本人的请求，请忽略此邮件，您的密码不会改变。",
    ),
}


def write(purpose: Purpose, to: str, name: str, link: str, language: str | None) -> Mail:
    """The mail to an address about the account `name`. Languages that there is no text in get English."""
    subject, text = _TEXTS.get((purpose, language or "en")) or _TEXTS[purpose, "en"]
    return Mail(to, subject, text.format(name=name, link=link))
