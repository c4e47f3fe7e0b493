"""What Genesys needs to dial this computer (AudioHook), in the add-connection dialog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QWidget

from desktop.dashboard import connection_captions as common
from desktop.dashboard import listener_captions as words
from desktop.domain.listener import TranscriptsBack
from desktop.settings.model import Dialect, Listener, Organisation
from desktop.ui.form import Form
from desktop.ui.listener_draft import ListenerDraft

_ADVANCED = ("waiting", "transcripts_back", "path", "host", "proxies", "allow")


class ListenerForm(Form):
    """Gives a `ListenerDraft`; starts with the listener that the settings hold."""

    def __init__(
        self, organisations: Sequence[Organisation], listener: Listener, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        known = [each.name for each in organisations if each.dialect is Dialect.GENESYS]
        self.note(words.INTRO)
        self.name = self.line("name", common.NAME)
        self.public_host = self.line("public_host", words.PUBLIC_HOST, words.PUBLIC_HOST_HINT)
        self.tls = self.choice("tls", words.TLS, ((words.TLS_HERE, True), (words.TLS_PROXY, False)))
        self._proxy_note = self.note(words.PROXY_NOTE)
        self.certificate = self.file("certificate", words.CERTIFICATE)
        self.private_key = self.file("private_key", words.PRIVATE_KEY)
        self.port = self.line("port", words.PORT, sorts=True)
        self._port_note = self.note(words.PORT_NOTE, "warn")
        self.organisation = self.choice(
            "organisation", words.NAMES, [*((name, name) for name in known), (words.NAMES_NONE, "")]
        )
        self._names_note = self.note(words.NAMES_NOTE)
        self.fold()
        self.waiting = self.choice(
            "waiting", words.WAITING, ((words.WAITING_PAUSE, True), (words.WAITING_STREAM, False))
        )
        sent = zip((words.BACK_OFF, words.BACK_FINALS, words.BACK_ALL), TranscriptsBack, strict=True)
        self.transcripts_back = self.choice("transcripts_back", words.BACK, [*sent])
        self._back_note = self.note(words.BACK_NOTE, "warn")
        self.path = self.line("path", words.PATH)
        self.host = self.line("host", words.LISTEN_ON)
        self.proxies = self.line("proxies", words.PROXIES, words.PROXIES_HINT)
        self.allow = self.line("allow", words.ALLOW, words.RANGES_HINT)
        self.box.addStretch(1)
        self._fill(listener)
        self.sort_out()

    def draft(self) -> ListenerDraft:
        """What is typed just now."""
        return ListenerDraft(
            name=self.name.text(),
            public_host=self.public_host.text(),
            tls_here=self.tls.currentData(),
            port=self.port.text(),
            certificate=self.certificate.text(),
            private_key=self.private_key.text(),
            organisation=self.organisation.currentData(),
            path=self.path.text(),
            host=self.host.text(),
            proxies=self.proxies.text(),
            allow=self.allow.text(),
            pause_waiting=self.waiting.currentData(),
            transcripts_back=self.transcripts_back.currentData(),
        )

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Under their fields; those of folded fields unfold them."""
        super().show_problems(problems)
        if problems.keys() & _ADVANCED:
            self.advanced.setChecked(True)

    def sort_out(self) -> None:
        """Files only where TLS ends here; notes only where they matter."""
        here = bool(self.tls.currentData())
        for key in ("certificate", "private_key"):
            self.fields[key].setVisible(here)
        self._proxy_note.setVisible(not here)
        self._port_note.setVisible(self.port.text().strip() not in ("443", ""))
        self._names_note.setVisible(not self.organisation.currentData())
        self._back_note.setVisible(self.open and self.transcripts_back.currentData() is not TranscriptsBack.OFF)
        for key in _ADVANCED:
            self.fields[key].setVisible(self.open)
        super().sort_out()

    def _fill(self, listener: Listener) -> None:
        self.name.setText(words.SUGGESTION)
        self.public_host.setText(listener.public_host)
        self.tls.setCurrentIndex(int(bool(listener.public_host) and not listener.certificate))
        self.port.setText(str(listener.port))
        self.certificate.setText(listener.certificate)
        self.private_key.setText(listener.private_key)
        self.organisation.setCurrentIndex(max(0, self.organisation.findData(listener.organisation or None)))
        self.waiting.setCurrentIndex(int(not listener.pause_waiting))
        self.transcripts_back.setCurrentIndex(list(TranscriptsBack).index(listener.transcripts_back))
        self.path.setText(listener.path)
        self.host.setText(listener.host)
        self.proxies.setText(", ".join(listener.proxies))
        self.allow.setText(", ".join(listener.allow))
