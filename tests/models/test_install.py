"""Installing from a publisher and from files: checked, recognised, gone on with, nothing left of a failure."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from desktop.domain.errors import Rejected, SettingInvalid, Unreachable
from desktop.domain.speech_model import EngineKind, ModelState, Trust
from desktop.models.bounds import Bounds
from desktop.models.catalogue import Catalogue, Offer, read_catalogue, stem
from desktop.models.fetch import Fetcher, Patience
from desktop.models.first_seen import FirstSeen, listed
from desktop.models.install import Installer
from desktop.models.make import slug
from desktop.models.store import Store, find_model
from tests.models.made import SHERPA, VOSK, below, member, plant, tar, zipped
from tests.models.publisher import Publisher, publisher, sha256

ZIP = zipped({**below("vosk-x", VOSK), "vosk-x/big.bin": random.Random(1).randbytes(200_000)})
TAR = tar(below("sherpa-x", SHERPA))
CATALOGUE = Path(__file__).parents[2] / "resources" / "models" / "catalogue.toml"


@dataclass(slots=True)
class Site:
    """A machine and a publisher."""

    server: Publisher
    installer: Installer
    reports: list[tuple[ModelState, int, int]]

    def offers(self, *offers: Offer) -> None:
        """From now on these."""
        self.installer = replace(self.installer, catalogue=Catalogue(offers))

    def report(self, state: ModelState, done: int, total: int) -> None:
        self.reports.append((state, done, total))

    @property
    def left(self) -> list[str]:
        """Files that are in the user's folder besides models and locks."""
        user = self.installer.store.user
        hidden = [
            each for each in user.rglob("*") if each.is_file() and each.relative_to(user).parts[0].startswith(".")
        ]
        return sorted(each.name for each in hidden if each.suffix != ".lock")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with publisher(files={"vosk-x.zip": ZIP, "sherpa-x.tar.bz2": TAR}) as server:
        fetcher = Fetcher(
            ssl.create_default_context(), Bounds(spare_bytes=0), Patience(connect=5, silence=5, pauses=(0.01,))
        )
        store = Store(tmp_path / "user", (tmp_path / "kiosk",))
        made = Site(server, Installer(store, Catalogue(), fetcher, wall_clock=lambda: 1_767_225_600.0), [])
        made.offers(vosk(server), sherpa(server))
        yield made


def vosk(server: Publisher, **more: str) -> Offer:
    url = server.url("vosk-x.zip")
    return Offer("vosk-x", EngineKind.VOSK, "Tiny", "en-US", 16_000, 0.5, "Apache-2.0", url, **more)


def sherpa(server: Publisher, **more: str) -> Offer:
    url = server.url("sherpa-x.tar.bz2")
    return Offer("sherpa-x", EngineKind.SHERPA, "Tiny", "en-US", 8_000, 0.5, "Apache-2.0", url, **more)


async def test_a_model_is_fetched_checked_and_found(site: Site) -> None:
    made = await site.installer.install("vosk-x", site.report)
    assert find_model("vosk-x", EngineKind.VOSK, site.installer.store) == made.root
    assert made.manifest is not None
    assert (made.manifest.trust, made.manifest.archive_sha256) == (Trust.FIRST_USE, sha256(ZIP))
    assert (made.manifest.source, made.manifest.installed_at) == (site.server.url("vosk-x.zip"), "2026-01-01T00:00:00Z")
    assert {each.path for each in made.manifest.files} == {*VOSK, "big.bin"}
    assert made.model.licence == "Apache-2.0"
    assert await site.installer.verify("vosk-x") == []
    states = [state for state, _, _ in site.reports]
    assert states == sorted(states, key=[ModelState.FETCHING, ModelState.VERIFYING, ModelState.UNPACKING].index)
    assert site.left == []


async def test_both_kinds_at_once(site: Site) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(site.installer.install("vosk-x"))
        group.create_task(site.installer.install("sherpa-x"))
    assert [each.model.id for each in site.installer.store.installed()] == ["sherpa-x", "vosk-x"]


async def test_the_same_twice_at_once_is_refused_the_second_time(site: Site) -> None:
    site.server.stall_at = 0
    async with asyncio.TaskGroup() as group:
        first = group.create_task(site.installer.install("vosk-x"))
        await site.server.stalled.wait()
        with pytest.raises(SettingInvalid, match="is being installed already"):
            await site.installer.install("vosk-x")
        first.cancel()
    site.server.stall_at = None
    assert await site.installer.install("vosk-x")
    with pytest.raises(SettingInvalid, match="is installed already"):
        await site.installer.install("vosk-x")


@pytest.mark.parametrize("listing", ["{name}\t{sum}\n", "{sum}  {name}\n", "{sum} *{name}\n"])
async def test_a_publishers_list_of_checksums_is_believed(site: Site, listing: str) -> None:
    text = "other.zip\t" + "0" * 64 + "\n" + listing.format(name="sherpa-x.tar.bz2", sum=sha256(TAR))
    site.server.files["sums.txt"] = text.encode()
    site.offers(sherpa(site.server, checksums=site.server.url("sums.txt")))
    made = await site.installer.install("sherpa-x")
    assert made.manifest is not None
    assert made.manifest.trust is Trust.PUBLISHED


async def test_what_is_not_in_the_list_is_taken_as_without_one(site: Site) -> None:
    site.server.files["sums.txt"] = b"other.zip " + b"0" * 64
    site.offers(
        sherpa(site.server, checksums=site.server.url("sums.txt")), vosk(site.server, checksums=site.server.url("no"))
    )
    for name in ("sherpa-x", "vosk-x"):
        made = await site.installer.install(name)
        assert made.manifest is not None
        assert made.manifest.trust is Trust.FIRST_USE


async def test_a_list_that_can_not_be_had_is_no_leave_to_go_on(site: Site) -> None:
    site.server.status["sums.txt"] = 503
    site.offers(sherpa(site.server, checksums=site.server.url("sums.txt")))
    with pytest.raises(Unreachable, match="just now"):
        await site.installer.install("sherpa-x")
    assert site.installer.store.installed() == []


@pytest.mark.parametrize("listed_one", [True, False])
async def test_a_wrong_checksum_keeps_nothing(site: Site, listed_one: bool) -> None:
    wrong = sha256(b"something else")
    site.server.files["sums.txt"] = f"sherpa-x.tar.bz2 {wrong}".encode()
    more = {"checksums": site.server.url("sums.txt")} if listed_one else {"sha256": wrong}
    site.offers(sherpa(site.server, **more))
    with pytest.raises(SettingInvalid, match="was not what its publisher's checksum says"):
        await site.installer.install("sherpa-x")
    assert site.installer.store.installed() == []
    assert site.left == []


async def test_without_a_published_checksum_the_first_one_counts(site: Site) -> None:
    await site.installer.install("vosk-x")
    site.installer.store.remove("vosk-x")
    site.server.files["vosk-x.zip"] = zipped(below("vosk-x", VOSK))
    site.server.etag = '"two"'
    with pytest.raises(SettingInvalid, match=r"not the file that came from there first, on 2026-01-01.*--renew"):
        await site.installer.install("vosk-x")
    assert site.installer.store.installed() == []
    assert await site.installer.install("vosk-x", renew=True)
    site.installer.store.remove("vosk-x")
    assert await site.installer.install("vosk-x")


async def test_cancelled_while_it_came_and_gone_on_with_later(site: Site) -> None:
    site.server.stall_at = 4096
    async with asyncio.TaskGroup() as group:
        task = group.create_task(site.installer.install("vosk-x"))
        await site.server.stalled.wait()
        await asyncio.sleep(0.05)
        task.cancel()
    assert site.installer.part("vosk-x").size > 0
    site.server.stall_at = None
    await site.installer.install("vosk-x")
    assert site.server.asked[-1][1].startswith("bytes=")
    assert await site.installer.verify("vosk-x") == []


async def test_cancelled_while_it_was_unpacked_leaves_the_download_alone(site: Site) -> None:
    task: asyncio.Task[object] | None = None

    def report(state: ModelState, done: int, total: int) -> None:
        if state is ModelState.UNPACKING and task is not None:
            task.cancel()

    files = {f"f{n}.bin": bytes([n]) * 300_000 for n in range(60)}
    site.server.files["vosk-x.zip"] = zipped(below("vosk-x", {**VOSK, **files}))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(site.installer.install("vosk-x", report))
    assert task.cancelled()
    assert site.installer.store.installed() == []
    assert site.left == ["vosk-x.part", "vosk-x.part.json"]
    asked = len(site.server.asked)
    await site.installer.install("vosk-x")
    assert len(site.server.asked) == asked  # all of it was here


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ZIP[:5000], "vosk-x: is damaged"),
        (b"<html>sign in</html>", "vosk-x: is a web page"),
        (tar({"../../out.txt": b"x"}), "vosk-x: has a file that would go elsewhere"),
        (tar({}, "gz", member("l", b"2", "/etc")), "vosk-x: has a link in it"),
        (zipped({"readme.txt": b"x"}), "vosk-x: holds no speech model"),
        (tar(below("m", SHERPA)), "vosk-x: is a model for sherpa-onnx, not vosk"),
        (zipped({"am/final.mdl": b"x"}), "vosk-x: looks like a model for vosk, but has no graph"),
    ],
    ids=lambda value: value if isinstance(value, str) else "archive",  # bytes hold the time
)
async def test_an_archive_that_is_no_good_is_not_kept(site: Site, content: bytes, said: str) -> None:
    site.server.files["vosk-x.zip"] = content
    with pytest.raises(SettingInvalid) as caught:
        await site.installer.install("vosk-x")
    assert said in str(caught.value)
    assert site.installer.store.installed() == []
    assert site.left == []
    site.server.files["vosk-x.zip"], site.server.etag = ZIP, '"two"'
    assert await site.installer.install("vosk-x")


async def test_a_disk_that_is_full_while_unpacking_keeps_the_download(site: Site) -> None:
    fetcher = site.installer.fetcher
    tight = replace(fetcher, free=lambda folder: 10 if ".staging" in str(folder) else 10**12)
    site.installer = replace(site.installer, fetcher=tight)
    with pytest.raises(SettingInvalid, match="Make room on that disk"):
        await site.installer.install("vosk-x")
    assert site.left == ["vosk-x.part", "vosk-x.part.json"]
    site.installer = replace(site.installer, fetcher=fetcher)
    assert await site.installer.install("vosk-x")


async def test_a_publisher_that_has_it_no_longer(site: Site) -> None:
    del site.server.files["vosk-x.zip"]
    with pytest.raises(Rejected, match="Import it from a file instead"):
        await site.installer.install("vosk-x")


async def test_what_is_not_in_the_catalogue_names_what_is(site: Site) -> None:
    with pytest.raises(SettingInvalid, match=r"nothing: is not in the catalogue\. There are: vosk-x, sherpa-x"):
        await site.installer.install("nothing")


async def test_a_damaged_model_can_be_installed_again(site: Site) -> None:
    made = await site.installer.install("vosk-x")
    assert made.root is not None
    (made.root / "am/final.mdl").unlink()
    assert site.installer.store.installed()[0].problem
    assert not (await site.installer.install("vosk-x")).problem


async def test_a_folder_that_can_not_be_written(site: Site, tmp_path: Path) -> None:
    (tmp_path / "user").write_text("a file")
    with pytest.raises(SettingInvalid, match="can't be written"):
        await site.installer.install("vosk-x")


# ---- import --------------------------------------------------------------------------------------------------------


async def test_an_archive_from_a_stick(site: Site, tmp_path: Path) -> None:
    (tmp_path / "sherpa-x.tar.bz2").write_bytes(TAR)
    made = await site.installer.bring(tmp_path / "sherpa-x.tar.bz2", site.report)
    assert (made.model.id, made.model.band_hz, made.model.licence) == ("sherpa-x", 8_000, "Apache-2.0")
    assert made.manifest is not None
    assert (made.manifest.trust, made.manifest.archive_sha256) == (Trust.LOCAL, sha256(TAR))
    assert (tmp_path / "sherpa-x.tar.bz2").exists()


async def test_a_folder_of_an_unknown_model(site: Site, tmp_path: Path) -> None:
    plant(tmp_path / "Our model (v2)" / "inner", VOSK)
    made = await site.installer.bring(tmp_path / "Our model (v2)", site.report)
    assert (made.model.id, made.model.engine, made.model.licence) == ("Our-model-v2", EngineKind.VOSK, "")
    assert made.model.size_bytes == sum(map(len, VOSK.values()))
    assert find_model("Our-model-v2", EngineKind.VOSK, site.installer.store) == made.root
    assert await site.installer.verify("Our-model-v2") == []
    with pytest.raises(SettingInvalid, match="is installed already"):
        await site.installer.bring(tmp_path / "Our model (v2)")
    assert await site.installer.bring(tmp_path / "Our model (v2)", name="ours")


async def test_files_behind_links_are_copied_and_folders_behind_links_are_not(site: Site, tmp_path: Path) -> None:
    plant(tmp_path / "blobs", {"1": b"acoustic"})
    folder = plant(tmp_path / "cache", {**VOSK, "am/final.mdl": b""})
    (folder / "am/final.mdl").unlink()
    (folder / "am/final.mdl").symlink_to(tmp_path / "blobs" / "1")
    (folder / "round").symlink_to(folder)
    made = await site.installer.bring(folder)
    assert made.root is not None
    assert (made.root / "am/final.mdl").read_bytes() == b"acoustic"
    assert not (made.root / "am/final.mdl").is_symlink()
    assert not (made.root / "round").exists()


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda at: at / "nothing", "is not there"),
        (lambda at: plant(at / "empty", {}), "empty: holds no speech model"),
        (lambda at: plant(at / "half", {"tokens.txt": b""}), "half: looks like a model for sherpa-onnx, but has no"),
        (lambda at: plant(at, {"page.zip": b"<html>"}) / "page.zip", "page: is a web page"),
    ],
)
async def test_what_can_not_be_imported(site: Site, tmp_path: Path, prepare: object, said: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        await site.installer.bring(prepare(tmp_path / "stick"))  # type: ignore[operator]
    assert said in str(caught.value)
    assert site.left == []


async def test_a_name_that_is_none(site: Site, tmp_path: Path) -> None:
    plant(tmp_path / "stick", VOSK)
    with pytest.raises(SettingInvalid, match="can't be a model's name"):
        await site.installer.bring(tmp_path / "stick", name="../out")


async def test_a_folder_larger_than_a_model(site: Site, tmp_path: Path) -> None:
    plant(tmp_path / "stick", VOSK)
    small = replace(site.installer.fetcher, bounds=Bounds(files=3, spare_bytes=0))
    with pytest.raises(SettingInvalid, match="more than a speech model has"):
        await replace(site.installer, fetcher=small).bring(tmp_path / "stick")
    full = replace(site.installer.fetcher, free=lambda folder: 10)
    with pytest.raises(SettingInvalid, match="Make room"):
        await replace(site.installer, fetcher=full).bring(tmp_path / "stick")


# ---- the catalogue -------------------------------------------------------------------------------------------------


def test_the_catalogue_that_comes_along() -> None:
    catalogue = read_catalogue(CATALOGUE)
    assert [each.id for each in catalogue.offers if not each.url] == ["embedded"]
    assert all(each.id == stem(each.archive) for each in catalogue.offers if each.url)
    assert {each.engine for each in catalogue.offers} == {EngineKind.EMBEDDED, EngineKind.SHERPA, EngineKind.VOSK}
    with pytest.raises(SettingInvalid, match="comes with Sidetone"):
        catalogue.want("embedded")


GOOD = """[[model]]
id = "a"
engine = "vosk"
name = "A"
language = "en"
band_hz = 16000
size_mb = 1
licence = "MIT"
url = "https://example.com/a.zip"
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[model", "can't be used"),
        (GOOD.replace('"vosk"', '"whisper"'), "can't be used"),
        (GOOD + GOOD, "there twice"),
        (GOOD.replace('"a"', '"../a"'), "id that can't be used"),
        (GOOD.replace("https:", "http:"), "no archive on https"),
        (GOOD.replace("a.zip", "a.exe"), "no archive on https"),
        (GOOD + 'sha256 = "abc"', "no SHA-256"),
        (GOOD.replace("16000", "44100"), "neither 8000 nor 16000"),
    ],
)
def test_a_catalogue_that_is_wrong_names_the_entry(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "catalogue.toml").write_text(text)
    with pytest.raises(SettingInvalid, match=said):
        read_catalogue(tmp_path / "catalogue.toml")


def test_checksum_lists_are_read_line_by_line() -> None:
    digest = "a" * 64
    assert listed(f"x.zip {digest}", "x.zip") == digest
    assert listed(f"{digest.upper()}  x.zip\r\n", "x.zip") == digest
    assert listed(f"y/x.zip {digest}\nx.zip nonsense\n\n<html>", "x.zip") == ""


def test_what_was_seen_first_survives_rubbish(tmp_path: Path) -> None:
    (tmp_path / "first-seen.json").write_text("{")
    assert FirstSeen(tmp_path).of("https://example.com") is None


@pytest.mark.parametrize(("name", "made"), [("Our model (v2)", "Our-model-v2"), ("..", ""), ("a" * 200, "a" * 100)])
def test_names_of_folders_become_ids(name: str, made: str) -> None:
    assert slug(name) == made
