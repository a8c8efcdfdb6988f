from pathlib import Path

from django.conf import settings


def media(name):
    return Path(settings.MEDIA_ROOT) / name, f"{settings.STATIC_URL}/{name}"
