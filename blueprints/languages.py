"""In which language whoever asks wants to read."""

from flask import request

# Those that there are mails in, the one that everybody else gets first.
_LANGUAGES = ("en", "zh-CN")


def asked_language() -> str | None:
    """The best of our languages for this request's Accept-Language."""
    return request.accept_languages.best_match(_LANGUAGES)
