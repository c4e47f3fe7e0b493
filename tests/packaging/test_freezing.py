"""What goes into the frozen folder and the wheel: all of ours, none of what is for other cases, every licence text."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import freezing
import icons
import inventory
import notices
import numpy as np
import package
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


def imports() -> set[str]:
    """Dotted names of all modules that Sidetone imports."""
    found = set()
    for path in (ROOT / "desktop").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_every_room_is_in_the_wheel_and_the_resources_beside_them() -> None:
    rooms = {f"desktop.{path.parent.name}" for path in (ROOT / "desktop").glob("*/__init__.py")}
    assert set(SETUPTOOLS["packages"]) == {"desktop", "desktop.resources"} | rooms


def test_resources_that_are_used_at_run_time_are_all_there_and_no_others() -> None:
    inside = {Path(file).relative_to(ROOT).as_posix(): folder for file, folder in freezing.resources()}
    assert inside["resources/fonts/Inter-Regular.otf"] == "desktop/resources/fonts"
    assert inside["resources/calls/talk-over.agent.opus"] == "desktop/resources/calls"
    folders = {path.name for path in (ROOT / "resources").iterdir() if path.is_dir()}
    assert {name.split("/")[1] for name in inside} == folders - {"build", "screenshots"}
    shipped = [path for name in folders - {"build", "screenshots"} for path in (ROOT / "resources" / name).rglob("*")]
    assert {path.relative_to(ROOT).as_posix() for path in shipped if path.is_file()} == set(inside)
    heard_with = {Path(name).name for name, folder in inside.items() if folder.endswith("speech/moonshine-tiny-en")}
    assert heard_with == {"encoder.onnx", "decoder.onnx", "tokenizer.bin", "SHA256SUMS"}


def test_a_resource_that_is_named_but_missing_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    with pytest.raises(SystemExit, match="no resource is called calls/"):
        list(freezing.resources(tmp_path))


def test_nothing_is_left_out_that_sidetone_imports() -> None:
    optional = {"sherpa_onnx", "vosk"}  # behind a message that says what to install
    left_out = set(freezing.LEFT_OUT) - optional
    assert not [name for name in imports() for out in left_out if name == out or name.startswith(f"{out}.")]


PAINTED_WITHOUT_OPENGL = """
import importlib.util, sys
name, file = sys.argv[1:]
spec = importlib.util.spec_from_file_location(name, file)
sys.modules[name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[name])

import numpy as np
from PySide6.QtWidgets import QApplication
application = QApplication([])
from desktop.dashboard.curves import Trace
from desktop.ui import palette
from desktop.ui.plot import MoodPlot
from desktop.ui.plot_latency import LatencyPlot  # what it imports is there as well
plot = MoodPlot(palette.LIGHT)
at, curve = np.arange(0.0, 60_000.0, 1_000.0), np.sin(np.arange(60.0))
plot.show_traces(Trace(at, curve, curve), Trace(at, -curve, -curve), (0.0, 60_000.0), 60_000.0)
plot.show_range(0.0, 60_000.0)
plot.widget.resize(600, 300)
painted = plot.widget.grab().toImage()
colours = {painted.pixelColor(x, y).name() for x in range(600) for y in range(300)}
assert palette.LIGHT.customer.lower() in colours, colours
"""


def test_curves_are_painted_without_the_opengl_that_is_left_out() -> None:
    name, file, _ = freezing.NO_OPENGL
    assert name in freezing.LEFT_OUT
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-W", "error", "-c", PAINTED_WITHOUT_OPENGL, name, file]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
        ("PySide6/Qt/plugins/platforms/libqwayland.so", True),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", False),
        ("PySide6\\plugins\\platforms\\qwindows.dll", True),
        ("PySide6\\Qt\\plugins\\platforms\\qdirect2d.dll", False),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/plugins/imageformats/libqsvg.so", True),
        ("PySide6/Qt/plugins/imageformats/libqpdf.so", False),
        ("PySide6/Qt/lib/libQt6Quick.so.6", False),
        ("PySide6/Qt/lib/libQt6Widgets.so.6", True),
        ("pocketsphinx/model/en-us/en-us/mdef", True),
        ("pocketsphinx/model/en-us/cmudict-en-us.dict", True),
        ("pocketsphinx/model/en-us/en-us.lm.bin", False),
        ("onnxruntime/capi/onnxruntime_pybind11_state.cpython-311-x86_64-linux-gnu.so", True),
        ("onnxruntime\\capi\\onnxruntime_pybind11_state.pyd", True),
        ("onnxruntime/capi/libonnxruntime.so.1.23.2", False),
        ("onnxruntime/capi/libonnxruntime.1.23.2.dylib", False),
        ("onnxruntime\\capi\\onnxruntime.dll", False),
        ("onnxruntime/capi/libonnxruntime_providers_shared.so", True),
        ("rapidfuzz/distance/metrics_cpp.cpython-311-x86_64-linux-gnu.so", True),
        ("rapidfuzz/distance/metrics_cpp_avx2.cpython-311-x86_64-linux-gnu.so", False),
        ("rapidfuzz\\fuzz_cpp.cp312-win_amd64.pyd", False),
        ("pyqtgraph/icons/icons.svg", True),
        ("pyqtgraph\\icons\\peegee\\peegee.svg", False),
        ("pyqtgraph/colors/maps/CET-L1.csv", False),
        ("libopus.so.0", True),
        ("libmvec.so.1", False),
    ],
)
def test_what_is_wanted(name: str, wanted: bool) -> None:
    assert freezing.is_wanted(name) is wanted


def test_the_version_that_windows_shows_can_be_read_by_pyinstaller() -> None:
    def made(*positional: object, **named: object) -> tuple[tuple[object, ...], dict[str, object]]:
        return positional, named

    names = (
        "VSVersionInfo",
        "FixedFileInfo",
        "StringFileInfo",
        "StringTable",
        "StringStruct",
        "VarFileInfo",
        "VarStruct",
    )
    _, parts = eval(freezing.windows_version("sidetone-desktop", "1.2.3"), dict.fromkeys(names, made))
    fixed = parts["ffi"][1]
    assert fixed["filevers"] == fixed["prodvers"] == (1, 2, 3, 0)
    ((table,), _), _ = parts["kids"]
    strings = dict(positional for positional, _ in table[0][0][1])
    assert strings["FileDescription"] == "Sidetone"
    assert strings["OriginalFilename"] == "sidetone-desktop.exe"


def test_every_package_has_a_licence_text() -> None:
    without = [known.name for known in freezing.packages() if not list(notices.texts_of(known))]
    kept = {path.name for path in notices.KEPT.iterdir() if path.is_dir()}
    assert {inventory.normal(name) for name in without} <= kept


def test_what_comes_along_without_being_a_dependency_is_named() -> None:
    origins = (np.__file__, pytest.__file__, "", "/usr/lib/os.py")
    bundled = [(f"part {number}", origin or "") for number, origin in enumerate(origins)]
    assert notices.strangers(bundled) == ["pytest"]


@pytest.mark.parametrize(
    ("name", "stripped"),
    [
        ("_internal/libpython3.11.so.1.0", True),
        ("_internal/python3.11/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so", True),
        ("_internal/aiohttp/_http_parser.cpython-311-x86_64-linux-gnu.so", True),
        ("_internal/soxr/soxr_ext.cpython-311-x86_64-linux-gnu.so", False),
        ("_internal/PySide6/QtCore.abi3.so", False),
        ("_internal/onnxruntime/capi/onnxruntime_pybind11_state.cpython-311-x86_64-linux-gnu.so", False),
        ("_internal/PySide6/Qt/lib/libQt6Core.so.6", False),
        ("_internal/PySide6/Qt/lib/libicui18n.so.73", True),
        ("_internal/numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so", True),
        ("_internal/numpy.libs/libscipy_openblas64_-32a4b2a6.so", False),
    ],
)
def test_only_what_may_be_changed_loses_its_symbols(name: str, stripped: bool) -> None:
    assert package.has_symbols(Path(name)) is stripped


def test_icons_of_every_platform_hold_every_size(tmp_path: Path, qapp: object) -> None:
    icons.make(tmp_path)
    for size in icons.PNG_SIZES:
        with Image.open(tmp_path / f"sidetone-{size}.png") as picture:
            assert picture.size == (size, size)
            opaque = picture.getchannel("A")
            assert opaque.getpixel((0, 0)) == 0
            assert opaque.getpixel((size // 2, size // 10)) == 255
    with Image.open(tmp_path / "sidetone.ico") as picture:
        assert picture.info["sizes"] == {(size, size) for size in icons.ICO_SIZES}
    with Image.open(tmp_path / "sidetone.icns") as picture:
        assert (512, 512, 2) in picture.info["sizes"]
