"""What goes into the frozen folder and what stays out: asked by sidetone.spec, kept in Python so that it is tested."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from inventory import LOCK, ROOT, read_lock, runtime

from desktop.audio.opus_library import NAMES, find_opus

Entry = tuple[str, str, str]
"""Of PyInstaller's lists: name in the folder, where it comes from, kind."""

LEFT_OUT = [
    *("sherpa_onnx", "vosk", "onnx"),  # the larger engines are for installations by pip
    # onnxruntime's tools that make models, and what only they need
    *("onnxruntime.tools", "onnxruntime.transformers", "onnxruntime.quantization", "onnxruntime.datasets"),
    *("onnxruntime.backend", "google", "flatbuffers", "sympy", "mpmath", "coloredlogs", "humanfriendly"),
    *("pytest", "hypothesis", "mypy", "setuptools", "pkg_resources", "pip", "_distutils_hack", "wheel", "PIL"),
    *(
        "tkinter",
        "lib2to3",
        "IPython",
        "jupyter_rfb",
        "matplotlib",
        "scipy",
        "pandas",
        "OpenGL",
        "cupy",
        "h5py",
        "numba",
    ),
    *("requests", "urllib3", "certifi", "charset_normalizer", "sqlite3", "readline", "yaml", "sounddevice"),
    *("pyqtgraph.examples", "pyqtgraph.opengl", "pyqtgraph.jupyter", "pyqtgraph.console", "pyqtgraph.canvas"),
    *("pyqtgraph.flowchart", "numpy.f2py"),
    *("PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtTest", "PySide6.QtDesigner", "PySide6.QtPdf", "PySide6.QtNetwork"),
    "PySide6.QtOpenGL",
]
"""Modules that are imported somewhere for a case that doesn't occur here."""
NO_OPENGL = ("PySide6.QtOpenGL", str(ROOT / "packaging/no_opengl.py"), "PYMODULE")
"""What is imported instead of the one left out."""

_UNUSED = re.compile(
    r"""
    .*Qt6?/plugins/(
        egldeviceintegrations | generic | networkinformation | platformthemes/libqgtk3 | position | printsupport
        | qmltooling | sqldrivers | tls | vectorimageformats | wayland-graphics-integration-server
        | imageformats/(lib)?q(gif|icns|jpeg|pdf|tga|tiff|wbmp|webp)
        | platforminputcontexts/(lib)?qtvirtual
        | platforms/(lib)?q(direct2d|eglfs|linuxfb|minimal|vkkhr|vnc)
    )
    | .*(PySide6|Qt6?)/(translations|qml)/
    | .*(lib)?Qt6(Designer|EglF[Ss]|Network|Pdf|Qml|Quick|Test|VirtualKeyboard|WaylandCompositor)
    | libmvec
    | pyqtgraph/(colors | icons/peegee)/
    | (.*/)?numpy/(.*/)?tests/ | .*\.(pyi|pxd|h|c|lib|a)$
    | onnxruntime/capi/(lib)?onnxruntime[.\d]*\.(so|dll|dylib)
    | rapidfuzz/(fuzz_cpp | process_cpp | distance/metrics_cpp_)
    | pocketsphinx/model/(CMakeLists|en-us/en-us(-phone)?\.lm\.bin)
    """,
    re.VERBOSE,
)
"""Files of libraries, as they are called in the folder: Qt for other platforms and formats; a part of glibc, which must
fit the machine's; pyqtgraph's colour maps and its own emblem; onnxruntime for programs in C (its extension module has
it all inside); rapidfuzz but for the edits that an evaluation counts, once; PocketSphinx's own language models (28 MB),
which only `embedded:stock` loads."""


def is_wanted(name: str) -> bool:
    """Whether a file goes into the folder under this name."""
    return not _UNUSED.match(name.replace("\\", "/"))


def without_orphans(binaries: list[Entry]) -> list[Entry]:
    """Linux: without the system's libraries that only left-out files needed (GTK and Kerberos with all of theirs)."""
    if sys.platform != "linux":
        return binaries
    from PyInstaller.depend.bindepend import get_imports

    brought = {entry for entry in binaries if _is_from_the_system(entry)}
    files = [origin for _, origin, kind in set(binaries) - brought if kind != "SYMLINK"]
    needed = {library for origin in files for library, _ in get_imports(origin)}
    return [entry for entry in binaries if entry not in brought or entry[0] in needed]


def _is_from_the_system(entry: Entry) -> bool:
    """Whether a scanner found it as somebody's dependency outside of the environment."""
    name, origin, kind = entry
    found = kind == "BINARY" and "/" not in name and not name.startswith(("libopus.", "libpython"))
    return found and not Path(origin).is_relative_to(sys.prefix)


def resources(tree: Path = ROOT) -> Iterator[tuple[str, str]]:
    """(file, folder inside the frozen one): the same files as in the wheel, beside the `desktop` package as there.

    SystemExit when pyproject.toml names something that isn't there.
    """
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))
    for pattern in project["tool"]["setuptools"]["package-data"]["desktop.resources"]:
        files = sorted(path for path in (tree / "resources").glob(pattern) if path.is_file())
        if not files:
            raise SystemExit(f"pyproject.toml: no resource is called {pattern}")
        for file in files:
            yield str(file), str(Path("desktop") / file.parent.relative_to(tree))


def packages() -> list[Distribution]:
    """The run-time packages of this platform. PackageNotFoundError when one isn't installed."""
    return [distribution(pin.name) for pin in runtime(read_lock(LOCK.read_text(encoding="utf-8"))) if pin.here]


def metadata() -> Iterator[tuple[str, str]]:
    """(file, folder): names and versions for the diagnosis, entry points for keyring."""
    for known in packages():
        for file in known.files or ():
            if file.parent.name.endswith(".dist-info") and file.name in ("METADATA", "entry_points.txt"):
                yield str(known.locate_file(file)), file.parent.name


def opus_library() -> tuple[str, str]:
    """(file, folder): libopus, which is looked up by name at run time, so that no scanner sees it. Elsewhere than on
    Linux what packaging/build_opus.py made comes first.

    SystemExit if this machine hasn't got it.
    """
    if sys.platform == "linux":
        from PyInstaller.depend.bindepend import resolve_library_path

        found = resolve_library_path("libopus.so.0")
    else:
        built = ROOT / "build/opus" / NAMES[sys.platform][0]
        found = str(built) if built.is_file() else find_opus(frozen=None)
    if not found or not Path(found).is_file():
        raise SystemExit("libopus is missing: apt install libopus0; elsewhere python packaging/build_opus.py")
    return found, "."


def windows_version(executable: str, version: str) -> str:
    """The version resource of a Windows executable, in the form that PyInstaller reads."""
    numbers = (*(int(part) for part in re.findall(r"\d+", version)[:4]), 0, 0, 0, 0)[:4]
    strings = {
        "CompanyName": "Sidetone",
        "FileDescription": "Sidetone" if executable.endswith("-desktop") else "Sidetone, command line",
        "FileVersion": version,
        "InternalName": executable,
        "LegalCopyright": "MIT licence",
        "OriginalFilename": f"{executable}.exe",
        "ProductName": "Sidetone",
        "ProductVersion": version,
    }
    table = ", ".join(f"StringStruct({name!r}, {text!r})" for name, text in strings.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0, OS=0x40004,"
        " fileType=1, subtype=0, date=(0, 0)),"
        f" kids=[StringFileInfo([StringTable('040904B0', [{table}])]),"
        " VarFileInfo([VarStruct('Translation', [0x0409, 0x04B0])])])\n"
    )
