"""Saves screenshots of everything about connections to look at: python -m tests.ui.shots_connections FOLDER."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.finding import Level
from desktop.domain.intents import Join
from desktop.domain.sign_in import SignInState
from desktop.domain.updates import CallUpdated, JoinAnswered
from desktop.settings.model import SignInKind, SourceKind
from desktop.ui.application import make_application
from desktop.ui.main_window import MainWindow
from tests.ui import floor, links
from tests.ui.shots import settle


def main(folder: Path) -> None:
    """Every page, bar and dialog, in both themes and two sizes."""
    make_application(["sidetone"])
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        for width, height in ((1440, 900), (1280, 720)):
            state = FloorState()
            window = MainWindow(state, print, theme=theme, default_keywords=floor.RULES)
            window.resize(width, height)
            window.show()

            def refresh(window: MainWindow = window) -> None:
                window.refresh_text(floor.NOW)
                window.refresh_curves(floor.NOW)
                settle()

            def save(name: str, window: MainWindow = window, tail: str = f"{theme}-{width}") -> None:
                settle()
                window.grab_png(folder / f"{name}-{tail}.png")

            desk = window.connections
            desk.toggle()
            refresh()
            save("empty")
            desk.show_settings(links.ORGANISATIONS, links.CONNECTIONS)
            ours = [
                replace(update, link=links.CONNECTIONS[0].name, joinable=True)
                if isinstance(update, CallUpdated)
                else update
                for update in floor.scenario()
            ]
            window.take(apply_all(state, [*ours, *links.scenario()]))
            for name in ("eu-central-1", "us-east-1"):
                state.links.pop(name)
                state.link_views.pop(name)
            refresh()
            save("refused")
            for number, name in ((0, "live"), (2, "retrying"), (3, "engine")):
                window.page.connections.choose(links.CONNECTIONS[number].name)
                refresh()
                save(name)
            window.page.connections.detail.delays.spans.button(1).click()
            refresh()
            save("hour")
            window.page.connections.tabs.button(1).click()
            save("coverage")
            desk.back()
            desk.show_notice("Northwind live was added and is connecting.", Level.PASS)
            desk.show_browser_wait("Northwind", "https://login.example.com/oauth/authorize?state=1")
            window.open_call("call-01")
            answer = JoinAnswered("call-01", Join.COACH, False, "you need the permission conversation:call:coach.")
            window.take(apply_all(state, [answer, links.signed_in("Southwind", SignInState.SIGNED_OUT)]))
            refresh()
            save("bars")
            desk.show_notice("Genesys Cloud does not offer this interface.", Level.FAIL)
            desk.end_browser_wait()
            robot = replace(links.ORGANISATIONS[1], sign_in=SignInKind.SERVICE)
            desk.show_settings((links.ORGANISATIONS[0], robot), links.CONNECTIONS)
            window.take(apply_all(state, [links.signed_in("Southwind", SignInState.REFUSED, detail="A wrong secret.")]))
            refresh()
            save("refused-sign-in")
            desk.toggle()
            refresh()
            save("refused-service")
            desk.back()
            desk.ask_secret("Southwind")
            settle()
            assert desk.secret is not None
            desk.secret.grab().save(str(folder / f"secret-{theme}.png"))
            desk.secret.reject()
            window.detail.join.ask(Join.MONITOR)
            settle()
            assert window.detail.join.question is not None
            window.detail.join.question.grab().save(str(folder / f"join-{theme}.png"))
            window.detail.join.question.reject()
            for kind in (SourceKind.NOTIFICATIONS, SourceKind.AUDIO_CONNECTOR, SourceKind.ANALYTICS):
                desk.add(kind)
                assert desk.dialog is not None
                desk.dialog.form.advanced.setChecked(kind is SourceKind.ANALYTICS)
                if kind is SourceKind.ANALYTICS:
                    desk.dialog.form.organisation.setCurrentIndex(2)
                    desk.dialog.form.sign_in.setCurrentIndex(1)
                    desk.dialog.form.use(kind)
                if kind is not SourceKind.NOTIFICATIONS:
                    desk.dialog.save.click()
                settle()
                desk.dialog.grab().save(str(folder / f"add-{kind.value}-{theme}.png"))
                desk.dialog.reject()
                settle()
            window.close()
            window.deleteLater()
            settle()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "shots"))
