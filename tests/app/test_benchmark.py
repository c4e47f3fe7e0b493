"""How many calls this machine can hear: measured with the real recogniser in processes of its own, kept, recalled."""

from __future__ import annotations

import argparse
import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.app import benchmark, benchmark_result, cli
from desktop.app.benchmark import BenchmarkFailed, measure
from desktop.app.benchmark_result import Benchmark, keep, recall, setting_of, told, watchable_calls
from desktop.app.catalog import RecogniserChoice, make_recogniser
from desktop.app.command_line import parser
from desktop.domain.errors import SettingInvalid
from desktop.domain.load import Costs
from desktop.settings.measured import measured_path
from desktop.settings.model import EngineKind, Recognition, Settings
from tests.engine.slow import make_no_recogniser

FOUND = Benchmark(Costs(0.01, 0.1, 0.9), 14, 1.0, 2, setting_of(2, "e"), 1_790_000_000)


async def test_it_measures_with_the_real_recogniser() -> None:
    shares: list[float] = []

    def go_on(share: float) -> bool:
        shares.append(share)
        return True

    found = await measure(make_recogniser, 1, "e", seconds=6.0, go_on=go_on)
    assert found is not None
    assert 0.001 < found.costs.call < 0.5
    assert 0.005 < found.costs.words < 5
    assert found.most_calls >= 0
    assert found.contention >= 1
    assert found.setting == setting_of(1, "e")
    assert shares == sorted(shares)
    assert shares[-1] > 0.5


async def test_it_stops_when_it_is_told_to() -> None:
    assert await measure(make_recogniser, 1, "e", seconds=60.0, go_on=lambda share: False) is None


async def test_a_recogniser_that_does_not_start_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "LOADING_S", 0.2)
    with pytest.raises(BenchmarkFailed, match="did not start"):
        await measure(make_no_recogniser, 1, "e", seconds=1.0)


async def test_what_the_engine_says_when_it_can_not_be_loaded_is_passed_on_at_once() -> None:
    choice = RecogniserChoice(Recognition(engine=EngineKind.VOSK, model="/nonexistent"))
    with pytest.raises(BenchmarkFailed, match=r"nothing could be measured: .*/nonexistent"):
        await measure(choice, 1, "e", seconds=1.0)


async def test_figures_of_a_process_that_ended_meanwhile_are_not_given_out() -> None:
    def go_on(share: float) -> bool:
        if share > 0.2 and share < 0.6:
            for process in multiprocessing.active_children():
                process.kill()
        return True

    with pytest.raises(BenchmarkFailed, match="ended while it was measured"):
        await measure(make_recogniser, 1, "e", seconds=2.0, go_on=go_on)


def test_figures_in_calls() -> None:
    calls = watchable_calls(replace(FOUND, costs=Costs(0.01, 0.1, 0.9, 0.04), most_calls=6, contention=2.0))
    assert (calls.words, calls.phrases, calls.presence, calls.alone) == (6, 14, 70, 14)
    assert watchable_calls(FOUND).phrases is None
    for wrong in ({"workers": 0}, {"contention": 0.5}, {"costs": Costs(0.01, 0.1, 0.9, -1.0)}):
        with pytest.raises(ValueError, match="out of range"):
            replace(FOUND, **wrong)


def test_a_result_is_kept_for_this_machine_and_engine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cache" / "measured.json"
    assert recall(FOUND.setting, path) is None
    keep(FOUND, path)
    assert recall(FOUND.setting, path) == FOUND
    assert recall(setting_of(2, "another engine"), path) is None
    assert recall(setting_of(3, "e"), path) is None
    whole = path.read_text("utf-8")
    for broken in (whole.replace('"words":0.1', '"words":0'), whole.replace('"talk":0.9', '"talk":"much"')):
        assert broken != whole
        path.write_text(broken, "utf-8")
        assert recall(FOUND.setting, path) is None
    path.write_text(whole, "utf-8")
    monkeypatch.setattr(benchmark_result, "fingerprint", lambda: "another machine")
    assert recall(FOUND.setting, path) is None


async def test_a_call_that_comes_while_workers_load_stops_it() -> None:
    asked = 0

    def go_on(share: float) -> bool:
        nonlocal asked
        asked += 1
        return asked < 3

    assert await measure(make_no_recogniser, 1, "e", seconds=60.0, go_on=go_on) is None
    assert asked >= 3


def test_it_tells_what_the_number_rests_on() -> None:
    assert "about 14 calls with words" in told(FOUND)
    assert "0.9 parties of a call speaking" in told(FOUND)
    assert "Others used the machine" not in told(FOUND)
    assert "all took 2.0 times as long" in told(replace(FOUND, contention=2.0))


def test_a_service_elsewhere_cannot_be_measured_here() -> None:
    settings = Settings(recognition=Recognition(engine=EngineKind.SPEECH_SERVICE))
    with pytest.raises(SettingInvalid, match=r"recognition\.engine"):
        benchmark.benchmark_command(settings, seconds=1.0, as_json=False)


def test_the_command_measures_prints_and_keeps(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def measured(*args: object, **kwargs: object) -> Benchmark:
        return FOUND

    monkeypatch.setattr(benchmark, "measure", measured)
    options: argparse.Namespace = parser().parse_args(["benchmark", "--json"])
    assert options.seconds == 12.0
    assert cli.run(["benchmark", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["most_calls"] == 14
    assert cli.run(["benchmark"]) == 0
    assert "about 14 calls" in capsys.readouterr().out
    assert recall(FOUND.setting) == FOUND
    measured_path().unlink()
