"""Parts of pages that are rendered once for as long as they show the same, whoever reads the page."""

import threading
from collections.abc import Hashable
from typing import Any

from cachetools import LRUCache
from flask import request
from jinja2.runtime import Macro
from markupsafe import Markup

from oer.web.context import language

MOST_FRAGMENTS = 2000  # about 2 KB each


class KeptFragments:
    """What macros made of their arguments, in one process. Threads share it.

    Only for macros that a page imports, and that show nothing but their arguments in the language of the address: not
    who is signed in, nor the time. Arguments are compared by what `repr` says of them, as records are dictionaries.
    """

    def __init__(self, most: int = MOST_FRAGMENTS) -> None:
        self._kept: LRUCache[Hashable, Markup] = LRUCache(most)
        self._lock = threading.Lock()

    def __call__(self, macro: Macro, *shown: Any) -> Markup:
        """Return what `macro` makes of these arguments."""
        # The macro itself and not its name: a template that was changed while it is developed has new ones.
        saving = request.environ.get("HTTP_SAVE_DATA", "")
        key = (macro, language(), request.script_root, saving, repr(shown))
        with self._lock:
            found = self._kept.get(key)
        if found is None:
            found = Markup(macro(*shown))  # noqa: S704 (what a macro returns is markup)
            with self._lock:
                self._kept[key] = found
        return found
