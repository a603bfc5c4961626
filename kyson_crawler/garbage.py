"""How often Python looks for garbage in a process that crawls or reads."""

import gc

_NEW_OBJECTS = 20_000


def look_seldom() -> None:
    """Look for cycles of garbage once in a few pages, and never among the modules loaded so far.

    A page is some ten thousand objects, all of which go at once when it was read, so that hardly any garbage is found; to
    look for it after every seven hundred new ones, as Python does, takes a twentieth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
