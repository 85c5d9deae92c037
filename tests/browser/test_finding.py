"""dev/browser.py: which browser is taken, and how one is installed."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from dev import browser

APT = ["apt-get update", "apt-get install --yes --no-install-recommends chromium fonts-dejavu-core"]


def command(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A computer without a browser; `playwright` stands for Playwright, which says where its own would be."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    own = tmp_path / "playwright" / "chrome"
    playwright = SimpleNamespace(chromium=SimpleNamespace(executable_path=str(own)))
    return SimpleNamespace(bin=tmp_path / "bin", own=own, playwright=playwright)


def test_the_variable_comes_first(bare, monkeypatch):
    command(bare.bin / "chromium")
    monkeypatch.setenv("CHROMIUM", str(command(bare.bin / "another")))
    assert browser.find(bare.playwright) == bare.bin / "another"


def test_a_variable_that_names_nothing_is_told(bare, monkeypatch):
    command(bare.bin / "chromium")
    monkeypatch.setenv("CHROMIUM", "/nowhere/chrome")
    with pytest.raises(browser.NoBrowserError, match="CHROMIUM=/nowhere/chrome"):
        browser.find(bare.playwright)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_one_on_the_path(bare, name):
    command(bare.own)
    installed = command(bare.bin / name)
    assert browser.find(bare.playwright) == installed


def test_playwrights_own(bare):
    command(bare.own)
    assert browser.find(bare.playwright) == bare.own


def test_none_at_all(bare):
    with pytest.raises(browser.NoBrowserError, match=r"python -m dev\.browser installs one"):
        browser.find(bare.playwright)


@pytest.fixture
def ran(bare, monkeypatch):
    """The commands that were run; those that begin with a word of `ran.failing` fail."""
    commands = SimpleNamespace(lines=[], failing=())

    def run(command, *, check):
        line = " ".join(command).partition(" -m ")
        lines.append(line[2] or line[0])
        return subprocess.CompletedProcess(command, int(lines[-1].startswith(tuple(commands.failing))))

    lines = commands.lines
    monkeypatch.setattr(subprocess, "run", run)
    return commands


@pytest.mark.parametrize("user", [0, 1000])
def test_playwrights_is_installed_where_there_is_no_debian(ran, monkeypatch, user):
    monkeypatch.setattr("os.geteuid", lambda: user)
    browser.install()
    assert ran.lines == ["playwright install --no-shell chromium"]


def test_on_debian_root_gets_the_libraries_too(ran, bare, monkeypatch):
    command(bare.bin / "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    browser.install()
    assert ran.lines == ["playwright install --no-shell --with-deps chromium"]


def test_debians_takes_the_place_of_playwrights(ran, bare, monkeypatch):
    command(bare.bin / "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    ran.failing = ("playwright",)
    browser.install()
    assert ran.lines == ["playwright install --no-shell --with-deps chromium", *APT]


@pytest.mark.parametrize(("user", "failing"), [(1000, ["playwright"]), (0, ["playwright", "apt-get install"])])
def test_what_cannot_be_installed_is_told(ran, bare, monkeypatch, user, failing):
    command(bare.bin / "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: user)
    ran.failing = failing
    with pytest.raises(browser.NoBrowserError, match="let the variable CHROMIUM name it"):
        browser.install()
