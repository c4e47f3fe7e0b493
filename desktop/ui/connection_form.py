"""The fields of the add-connection dialog: only those that matter for what was chosen are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.dashboard import connection_captions as words
from desktop.domain.regions import REGIONS
from desktop.settings.model import Dialect, Organisation, SignInKind, SourceKind
from desktop.ui.connection_draft import Draft
from desktop.ui.connection_kinds import DIALECTS, SIGN_INS, choice
from desktop.ui.form import Form

_NEW, _NONE = "\0new", "\0none"  # no organisation can have such a name


class ConnectionForm(Form):
    """Gives a `Draft`; shows problems under the fields they are about."""

    def __init__(
        self, organisations: Sequence[Organisation], parent: QWidget | None = None, *, keyring: bool = True
    ) -> None:
        super().__init__(parent)
        self._by_hand = False  # whether somebody chose the organisation
        self._dialects = {each.name: each.dialect for each in organisations}
        self._kind = SourceKind.NOTIFICATIONS
        self._suggested = ""
        self.name = self.line("name", words.NAME)
        self.organisation = self.choice("organisation", words.ORGANISATION, ())
        self.organisation.activated.connect(self._organisation_chosen)
        self.hint = self.note(words.NOT_OFFERED, "warn")
        self.organisation_name = self.line("organisation_name", words.ORGANISATION_NAME)
        regions = [*((f"{r.place} - {r.domain}", r.domain) for r in REGIONS), (words.REGION_CUSTOM, "")]
        self.region = self.choice("region", words.REGION, regions)
        self.host = self.line("host", words.REGION_HOST)
        self.dialect = self.choice("dialect", words.DIALECT, [(said, value) for value, said in DIALECTS])
        self.sign_in = self.choice("sign_in", words.SIGN_IN_AS, [(said, value) for value, said in SIGN_INS])
        self.client_id = self.line("client_id", words.CLIENT_ID)
        self._where = self.note(words.CLIENT_ID_NOTE)
        self._redirect = self.note(words.REDIRECT_NOTE)
        self.secret = self.line("secret", words.SECRET)
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self._note = self.note(words.SECRET_NOTE if keyring else words.SECRET_NOTE_SESSION)
        self.base_url = self.line("base_url", words.BASE_URL, words.URL_HINT, sorts=True)
        self.engine_url = self.line("engine_url", words.ENGINE_URL, words.OPTIONAL)
        self.fold()
        self.queue_ids = self.line("queue_ids", words.QUEUE_IDS, words.OPTIONAL)
        self.heartbeat = self.line("heartbeat", words.HEARTBEAT)
        self.heartbeat.setText("30")
        self.scopes = self.line("scopes", words.SCOPES, words.OPTIONAL)
        self.proxy = self.line("proxy", words.PROXY, words.PROXY_HINT)
        self.ca_file = self.file("ca_file", words.CA_FILE, words.CA_HINT)
        self.box.addStretch(1)
        self.use(self._kind)

    def use(self, kind: SourceKind, organisation: str = "") -> None:
        """Ask for what this kind needs; `organisation` preselects an existing one."""
        self._kind = kind
        before = self.organisation.currentData()
        self.organisation.clear()
        for name, dialect in self._dialects.items():
            if kind is not SourceKind.NOTIFICATIONS or dialect is Dialect.GENESYS:
                self.organisation.addItem(name, name)
        self.organisation.addItem(words.ORGANISATION_NEW, _NEW)
        if kind is not SourceKind.NOTIFICATIONS:
            self.organisation.addItem(words.ORGANISATION_NONE, _NONE)
        own = _NONE if kind is SourceKind.AUDIO_CONNECTOR else _NEW  # a gateway has an address and a token of its own
        self._by_hand = self._by_hand or bool(organisation)
        place = self.organisation.findData(organisation or (before if self._by_hand else own))
        self.organisation.setCurrentIndex(max(0, place))
        self.dialect.setCurrentIndex(self.dialect.findData(choice(kind).dialect))
        if self.name.text() == self._suggested:
            self._suggested = choice(kind).suggestion
            self.name.setText(self._suggested)
        self.sort_out()

    def _organisation_chosen(self) -> None:
        self._by_hand = True

    def draft(self) -> Draft:
        """What is typed just now; what isn't asked for keeps its default."""
        organisation = self.organisation.currentData()
        genesys = self._kind is SourceKind.NOTIFICATIONS
        return Draft(
            kind=self._kind,
            name=self.name.text(),
            organisation=None if organisation == _NONE else "" if organisation == _NEW else organisation,
            organisation_name=self.organisation_name.text(),
            region=self.region.currentData() or self.host.text(),
            dialect=Dialect.GENESYS if genesys else self.dialect.currentData(),
            sign_in=self.sign_in.currentData(),
            client_id=self.client_id.text(),
            secret=self.secret.text(),
            scopes=self.scopes.text(),
            base_url="" if genesys else self.base_url.text(),
            engine_url=self.engine_url.text(),
            queue_ids=self.queue_ids.text(),
            heartbeat=self.heartbeat.text() if self._kind is SourceKind.ANALYTICS else "30",
            proxy=self.proxy.text(),
            ca_file=self.ca_file.text(),
        )

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Under their fields; those of folded fields unfold them."""
        custom = not self.region.currentData()
        for key, field in self.fields.items():
            at = "region" if key == "host" and custom else key
            field.complain("" if key == "region" and custom else problems.get(at, ""))
        if {"proxy", "ca_file", "heartbeat"} & problems.keys():
            self.advanced.setChecked(True)

    def sort_out(self) -> None:
        """Show the fields that matter for what is chosen, and say that something changed."""
        draft = self.draft()
        new, genesys = draft.organisation == "", self._kind is SourceKind.NOTIFICATIONS
        by_token = draft.organisation is None or draft.sign_in is SignInKind.TOKEN
        shown = {
            "organisation_name": new,
            "region": new,
            "host": new and not self.region.currentData(),
            "dialect": new and not genesys,
            "sign_in": new,
            "client_id": new and draft.sign_in is not SignInKind.TOKEN,
            "secret": draft.needs_secret,
            "base_url": not genesys,
            "engine_url": self._kind is SourceKind.BOTS,
            "queue_ids": self.open and self._kind is not SourceKind.BOTS,
            "heartbeat": self.open and self._kind is SourceKind.ANALYTICS,
            "scopes": self.open and new and draft.dialect is Dialect.DOCUMENTS,
            "proxy": self.open and new,
            "ca_file": self.open and new,
        }
        for key, visible in shown.items():
            self.fields[key].setVisible(visible)
        dialect = draft.dialect if new else self._dialects.get(draft.organisation or "")
        self.hint.setVisible(not genesys and dialect is Dialect.GENESYS and not draft.base_url.strip())
        self._note.setVisible(draft.needs_secret)
        self.base_url.setPlaceholderText(words.URL_HINT_OWN if draft.organisation is None else words.URL_HINT)
        by_id = shown["client_id"]
        self._where.setVisible(by_id and dialect is Dialect.GENESYS)
        self._redirect.setVisible(by_id and draft.sign_in is SignInKind.PERSON)
        self.fields["secret"].rename(words.TOKEN if by_token else words.SECRET)
        self.changed.emit()
