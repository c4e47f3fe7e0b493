"""The fields of the add-connection dialog: only those that matter for what was chosen are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import connection_captions as words
from desktop.domain.regions import REGIONS
from desktop.settings.model import Dialect, Organisation, SignInKind, SourceKind
from desktop.ui import fonts
from desktop.ui.connection_draft import Draft
from desktop.ui.connection_kinds import DIALECTS, SIGN_INS, choice
from desktop.ui.fields import Field

_NEW, _NONE = "\0new", "\0none"  # no organisation can have such a name


class ConnectionForm(QWidget):
    """Gives a `Draft`; shows problems under the fields they are about."""

    changed = Signal()

    def __init__(self, organisations: Sequence[Organisation], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inside")
        self._dialects = {each.name: each.dialect for each in organisations}
        self._kind = SourceKind.NOTIFICATIONS
        self._suggested = ""
        self._open = False
        self.fields: dict[str, Field] = {}
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 10, 0)
        self._box.setSpacing(6)
        self.name = self._line("name", words.NAME)
        self.organisation = self._choice("organisation", words.ORGANISATION, ())
        self.hint = QLabel(words.NOT_OFFERED, self)
        self.hint.setObjectName("warn")
        self.hint.setFont(fonts.font(fonts.SMALL))
        self.hint.setWordWrap(True)
        self._box.addWidget(self.hint)
        self.organisation_name = self._line("organisation_name", words.ORGANISATION_NAME)
        regions = [*((f"{r.place} - {r.domain}", r.domain) for r in REGIONS), (words.REGION_CUSTOM, "")]
        self.region = self._choice("region", words.REGION, regions)
        self.host = self._line("host", words.REGION_HOST)
        self.dialect = self._choice("dialect", words.DIALECT, [(said, value) for value, said in DIALECTS])
        self.sign_in = self._choice("sign_in", words.SIGN_IN_AS, [(said, value) for value, said in SIGN_INS])
        self.client_id = self._line("client_id", words.CLIENT_ID)
        self.secret = self._line("secret", words.SECRET)
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self._note = QLabel(words.SECRET_NOTE, self)
        self._note.setObjectName("muted")
        self._note.setFont(fonts.font(fonts.SMALL))
        self._box.addWidget(self._note)
        self.base_url = self._line("base_url", words.BASE_URL, words.URL_HINT)
        self.engine_url = self._line("engine_url", words.ENGINE_URL, words.OPTIONAL)
        self.advanced = QPushButton(words.ADVANCED[0], self)
        self.advanced.setObjectName("fold")
        self.advanced.setCheckable(True)
        self.advanced.toggled.connect(self._toggled)
        self._box.addWidget(self.advanced, 0, Qt.AlignmentFlag.AlignLeft)
        self.queue_ids = self._line("queue_ids", words.QUEUE_IDS, words.OPTIONAL)
        self.heartbeat = self._line("heartbeat", words.HEARTBEAT)
        self.heartbeat.setText("30")
        self.scopes = self._line("scopes", words.SCOPES, words.OPTIONAL)
        self.proxy = self._line("proxy", words.PROXY, words.PROXY_HINT)
        browse = QPushButton(words.CHOOSE_FILE, self)
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        self.ca_file = self._line("ca_file", words.CA_FILE, words.CA_HINT, browse)
        self._box.addStretch(1)
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
        place = self.organisation.findData(organisation or before or _NEW)
        self.organisation.setCurrentIndex(max(0, place))
        self.dialect.setCurrentIndex(self.dialect.findData(choice(kind).dialect))
        if self.name.text() == self._suggested:
            self._suggested = choice(kind).suggestion
            self.name.setText(self._suggested)
        self._sort_out()

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

    def focus_first(self, problems: Mapping[str, str]) -> None:
        """The cursor goes to the first field that is wrong."""
        wrong = next((field for field in self.fields.values() if field.problem), None)
        if wrong is not None and problems:
            wrong.field.setFocus()

    def _line(self, key: str, caption: str, hint: str = "", beside: QWidget | None = None) -> QLineEdit:
        line = QLineEdit(self)
        line.setPlaceholderText(hint)
        line.textEdited.connect(self._sort_out if key == "base_url" else self.changed)
        self.fields[key] = Field(caption, line, beside, self)
        self._box.addWidget(self.fields[key])
        return line

    def _choice(self, key: str, caption: str, items: Sequence[tuple[str, object]]) -> QComboBox:
        box = QComboBox(self)
        for said, value in items:
            box.addItem(said, value)
        box.setMinimumContentsLength(12)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.activated.connect(self._sort_out)
        self.fields[key] = Field(caption, box, None, self)
        self._box.addWidget(self.fields[key])
        return box

    def _toggled(self) -> None:
        self._open = self.advanced.isChecked()
        self.advanced.setText(words.ADVANCED[int(self._open)])
        self._sort_out()

    def _sort_out(self) -> None:
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
            "queue_ids": self._open and self._kind is not SourceKind.BOTS,
            "heartbeat": self._open and self._kind is SourceKind.ANALYTICS,
            "scopes": self._open and new and draft.dialect is Dialect.DOCUMENTS,
            "proxy": self._open and new,
            "ca_file": self._open and new,
        }
        for key, visible in shown.items():
            self.fields[key].setVisible(visible)
        dialect = draft.dialect if new else self._dialects.get(draft.organisation or "")
        self.hint.setVisible(not genesys and dialect is Dialect.GENESYS and not draft.base_url.strip())
        self._note.setVisible(draft.needs_secret)
        self.fields["secret"].rename(words.TOKEN if by_token else words.SECRET)
        self.changed.emit()

    def _browse(self) -> None:
        dialog = QFileDialog(self, words.CA_FILE)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._file_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _file_chosen(self, path: str) -> None:
        self.ca_file.setText(path)
        self.changed.emit()
