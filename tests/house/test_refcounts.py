"""The installed PySide6 keeps the references to None and True: one build lost them on Python 3.11 and aborted."""

from __future__ import annotations

import subprocess
import sys

GUARD = """
import sys
from PySide6.QtCore import QCoreApplication, QObject, Signal

class Emitter(QObject):
    happened = Signal()

app = QCoreApplication([])
emitter = Emitter()
before = sys.getrefcount(None), sys.getrefcount(True)
for _ in range(200):
    emitter.happened.emit()
    emitter.setObjectName("x")
after = sys.getrefcount(None), sys.getrefcount(True)
print(*(b - a for a, b in zip(before, after)))
"""


def test_void_calls_and_emits_lose_no_reference() -> None:
    done = subprocess.run([sys.executable, "-c", GUARD], capture_output=True, text=True, timeout=60, check=True)
    of_none, of_true = (int(word) for word in done.stdout.split())
    assert of_none > -50, "200 void calls took references to None: this PySide6 build would abort Python"
    assert of_true > -50, "200 emits took references to True: this PySide6 build would abort Python"
