"""What is shipped works where no checkout is."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

pytest.importorskip("build", reason="needs the development tools")
ROOT = Path(__file__).parents[1]


def test_everything_imported_is_declared():
    import ast
    import re
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = (lines for extra, lines in project["optional-dependencies"].items() if extra != "dev")
    declared = [*project["dependencies"], *(line for lines in extras for line in lines)]
    names = {re.match(r"[\w-]+", line)[0].lower().replace("-", "_") for line in declared} | {"kyson_crawler", "archive"}
    known = names | set(sys.stdlib_module_names) | {"bs4" if "beautifulsoup4" in names else ""}
    for path in [*(ROOT / "kyson_crawler").rglob("*.py"), *(ROOT / "archive").rglob("*.py")]:
        tree = ast.parse(path.read_text())
        typing_only = {
            id(n)
            for i in ast.walk(tree)
            if isinstance(i, ast.If) and ast.unparse(i.test) == "TYPE_CHECKING"
            for n in ast.walk(i)
        }
        for node in ast.walk(tree):
            if id(node) in typing_only:
                continue
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            assert {module.partition(".")[0] for module in modules} <= known, path


def test_the_wheel_runs_the_demo_outside_the_checkout(tmp_path):
    run = {"check": True, "capture_output": True, "text": True, "timeout": 120}
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT], **run)
    wheel = next(tmp_path.glob("*.whl"))
    home = tmp_path / "installed"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], **run)
    site = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(home), "platbase": str(home)}))
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        site,
        wheel,
    ]
    subprocess.run(install, **run)
    # What it depends on comes from this environment; a path in a .pth file brings no editable installation with it.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    plain = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "KYSON_ARCHIVE"}}

    def python(*words):
        return subprocess.run([home / "bin" / "python", *words], cwd=tmp_path, env=plain, **run).stdout

    assert str(site) in python("-c", "import kyson_crawler, archive; print(kyson_crawler.__file__, archive.__file__)")
    assert "1 edited" in python(site / "bin" / "kyson", "demo")
