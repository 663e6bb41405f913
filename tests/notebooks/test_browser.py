"""A page as a student sees it: JupyterLab in a real, headless browser."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from playwright.sync_api import sync_playwright

from lab_helpers.authoring import notebooks

pytestmark = pytest.mark.xdist_group("browser")

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "notebooks").glob("*.ipynb"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
FLAGS += ["--disable-sync"]
FOLDERS = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
LAB_FOLDERS = ("SETTINGS_DIR", "WORKSPACES_DIR")
# What the page's own model says; the DOM holds only the cells near the view.
STATE = """() => {
  const widget = window.jupyterapp?.shell.currentWidget;
  const cells = widget?.content?.model?.sharedModel?.cells ?? [];
  const code = cells.map(cell => cell.toJSON()).filter(c => c.cell_type === "code");
  const filled = code.filter(c => c.source.length && String(c.source).trim());
  return {
    kernel: widget?.sessionContext?.session?.kernel?.status ?? "none",
    waiting: filled.filter(c => c.execution_count === null).length,
    errors: code.flatMap(c => c.outputs).filter(o => o.output_type === "error")
      .map(o => `${o.ename}: ${o.evalue}`),
    pictures: code.flatMap(c => c.outputs)
      .filter(o => "image/png" in (o.data ?? {}) ||
        String(o.data?.["text/html"] ?? "").includes("<img")).length,
    code: filled.length,
  };
}"""


@pytest.fixture(scope="module")
def browser_path():
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found:
        pytest.skip(f"no browser is installed: none of {', '.join(BROWSERS)}")
    return found[0]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A JupyterLab of its own: (base URL, token, its root folder)."""
    root = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    if (ROOT / "data").is_dir():
        shutil.copytree(ROOT / "data", root / "data")
    home, port, token = root / "home", free_port(), secrets.token_hex(8)
    with (root / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}"]
            + ["--port_retries=0", f"--IdentityProvider.token={token}"]
            + [f"--ServerApp.root_dir={root}", "--expose-app-in-browser"]
            + (["--allow-root"] if os.name == "posix" else []),
            env=os.environ | quiet_home(home),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(f"{url}/api/status?token={token}"), 90, server)
        yield url, token, root
    finally:
        server.terminate()
        server.wait(30)


def quiet_home(home):
    """Jupyter's folders, empty, with the dialogs about news switched off."""
    variables = {f"JUPYTER_{name}": str(home / name) for name in FOLDERS}
    variables |= {f"JUPYTERLAB_{name}": str(home / name) for name in LAB_FOLDERS}
    folder = home / "SETTINGS_DIR" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    settings = folder / "notification.jupyterlab-settings"
    settings.write_text(json.dumps(quiet), encoding="utf-8")
    return variables | {"IPYTHONDIR": str(home / "ipython")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url):
    try:
        with urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False


def wait_for(condition, seconds, server):
    deadline = time.monotonic() + seconds
    while not condition():
        assert server.poll() is None, "JupyterLab ended"
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def window(browser_path, tmp_path_factory):
    profile = tmp_path_factory.mktemp("profile")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=browser_path,
            headless=True,
            args=FLAGS,
            viewport={"width": 1280, "height": 900},
        )
        yield context
        context.close()


def run_all(window, served, name):
    """Open a notebook, clear it, Run All; the tab and what its model then says."""
    url, token, _ = served
    tab = window.new_page()
    tab.set_default_timeout(90_000)
    tab.goto(f"{url}/lab/tree/{name}?token={token}&reset")
    tab.wait_for_function("window.jupyterapp")
    tab.evaluate("window.jupyterapp.restored.then(() => true)")
    tab.wait_for_function(f"({STATE})().kernel === 'idle'")
    tab.evaluate(
        "window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"
    )
    tab.wait_for_function(f"({STATE})().waiting === ({STATE})().code")
    tab.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    tab.wait_for_function(
        f"(() => {{ const now = ({STATE})(); return now.errors.length || "
        "(now.kernel === 'idle' && now.waiting === 0); })()",
        timeout=240_000,
    )
    return tab, tab.evaluate(STATE)


def first_picture(tab):
    """Scroll to the first picture; its alt sentence and width as the browser has it."""
    pictures = tab.locator(".jp-OutputArea-output img")
    for _ in range(80):
        if pictures.count():
            break
        tab.mouse.move(640, 500)
        tab.mouse.wheel(0, 500)
        tab.wait_for_timeout(100)
    picture = pictures.first
    picture.scroll_into_view_if_needed()
    return picture.evaluate("img => ({alt: img.alt, width: img.naturalWidth})")


def looked_at(tab, path):
    """A screenshot's pixels, as colors that occur in it."""
    import matplotlib.image

    tab.screenshot(path=str(path))
    pixels = matplotlib.image.imread(path)[..., :3]
    return {
        tuple(color) for color in (pixels[::7, ::7] * 15).astype(int).reshape(-1, 3)
    }


def has_picture(page):
    return "<img" in page.read_text(encoding="utf-8")


def written(folder, name, *sources):
    """A page of these code cells in the server's folder; its name."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    page = nbformat.v4.new_notebook(cells=cells, metadata=notebooks.PAGE_METADATA)
    nbformat.write(page, folder / name)
    return name


def drawn(folder):
    """A page with one figure of ours, for as long as the course has none."""
    return written(
        folder,
        "drawn.ipynb",
        "from matplotlib.figure import Figure\n"
        "from lab_helpers.plots.picture import Picture",
        "figure = Figure()\n_ = figure.subplots().plot([1, 3, 2])",
        "Picture(figure, 'A line that rises and falls.')",
    )


def shown_pages(config):
    pages = [page for page in PAGES if has_picture(page)] or [None]
    return PAGES or [None] if config.getoption("--every-page") else pages[:1]


def pytest_generate_tests(metafunc):
    if "shown" in metafunc.fixturenames:
        pages = shown_pages(metafunc.config)
        metafunc.parametrize("shown", pages, ids=lambda p: p.stem if p else "drawn")


@pytest.mark.timeout(600)
def test_a_page_runs_in_jupyterlab_and_its_picture_can_be_read(
    window, served, shown, tmp_path
):
    name = f"notebooks/{shown.name}" if shown else drawn(served[2])
    tab, state = run_all(window, served, name)
    assert state["errors"] == []
    assert state["waiting"] == 0
    if state["pictures"]:
        picture = first_picture(tab)
        assert len(picture["alt"]) > 10
        assert picture["width"] > 100
    assert len(looked_at(tab, tmp_path / "page.png")) > 20
    tab.close()


def test_an_error_on_a_page_would_be_seen(window, served):
    tab, state = run_all(window, served, written(served[2], "broken.ipynb", "1 / 0"))
    assert state["errors"] == ["ZeroDivisionError: division by zero"]
    tab.close()


def test_a_picture_is_calm_in_the_dark_and_fills_the_cell_when_presenting(
    window, served
):
    tab, _ = run_all(window, served, drawn(served[2]))
    first_picture(tab)
    assert look_of(tab)["filter"] == "none"
    usual = look_of(tab)["width"]
    execute(tab, "apputils:change-theme", {"theme": "JupyterLab Dark"})
    tab.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    assert look_of(tab)["filter"].startswith("invert(")
    execute(tab, "application:toggle-presentation-mode", {})
    tab.wait_for_selector(".jp-mod-presentationMode")
    grown = look_of(tab)
    assert grown["width"] > 1.2 * usual
    assert grown["width"] > 0.9 * grown["cell"]
    tab.close()


def execute(tab, command, arguments):
    """Start a command of JupyterLab; some of them end only when a person answers."""
    tab.evaluate(
        "([name, args]) => { window.jupyterapp.commands.execute(name, args) }",
        [command, arguments],
    )


def look_of(tab):
    """How the first picture is shown: its filter, its width, that of its cell."""
    picture = tab.locator(".jp-OutputArea-output img").first
    return picture.evaluate(
        "img => ({filter: getComputedStyle(img).filter, width: img.clientWidth, "
        "cell: img.closest('.jp-OutputArea-output').clientWidth})"
    )
