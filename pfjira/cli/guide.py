"""`guide`: the manual that comes with the program. Topics are looked up in a listing; no argument becomes a path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

ABOUT_COOKBOOK = "whole rules files to begin with, one line each"


def guide(
    topic: Annotated[
        str | None,
        typer.Argument(metavar="[TOPIC]", help="rules, cookbook, or the name of a recipe.", show_default=False),
    ] = None,
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Only the rules file that a recipe shows: `pfjira guide onboarding --yaml`.")
    ] = False,
) -> None:
    """Show the manual.

    Without a topic, list what there is.
    """
    from pfjira.cli import output

    pages, recipes = _listed("guide"), _listed("guide", "cookbook")
    if as_yaml and topic not in recipes:
        raise typer.BadParameter(f"--yaml goes with the name of a recipe: {', '.join(recipes)}")
    if as_yaml and topic is not None:
        output.write_file(_rules_of(recipes[topic]))
    elif topic is None:
        output.write_page(_contents(pages, recipes))
    elif topic == "cookbook":
        output.write_page(_index(recipes))
    elif (page := (pages | recipes).get(topic)) is not None:
        output.write_page(page.read_text(encoding="utf-8"))
    else:
        from difflib import get_close_matches

        near = get_close_matches(topic, [*pages, "cookbook", *recipes], 1)
        tip = f", did you mean {near[0]!r}?" if near else "; `pfjira guide` lists the topics"
        raise typer.BadParameter(f"there is no topic {output.short(topic)!r}{tip}")


def rules_of_recipe(name: str) -> str:
    """Return the rules file that a recipe shows. Raise BadParameter, naming the recipes there are."""
    recipes = _listed("guide", "cookbook")
    if name not in recipes:
        raise typer.BadParameter(f"there is no recipe {name!r}; there are {', '.join(recipes)}")
    return _rules_of(recipes[name])


def _listed(*folders: str) -> dict[str, Traversable]:
    """Return name to page of a folder of the package, in the order of the alphabet."""
    from importlib.resources import files

    folder = files("pfjira").joinpath(*folders)
    pages = {page.name.removesuffix(".md"): page for page in folder.iterdir() if page.name.endswith(".md")}
    return dict(sorted(pages.items()))


def _contents(pages: Mapping[str, Traversable], recipes: Mapping[str, Traversable]) -> str:
    lines = [f"- `{name}`: {_title(page)}" for name, page in pages.items()]
    lines += [f"- `cookbook`: {ABOUT_COOKBOOK}"]
    lines += [f"- `{name}`: {_title(page)}" for name, page in recipes.items()]
    return "\n".join(["# The manual of pfjira", "", "`pfjira guide TOPIC` shows one of these.", "", *lines, ""])


def _index(recipes: Mapping[str, Traversable]) -> str:
    lines = [f"- `{name}`: {_title(page)}" for name, page in recipes.items()]
    about = (
        "Each recipe is a whole rules file with tests of its own. `pfjira guide NAME` shows it, `pfjira guide NAME "
        "--yaml > rules.yaml` takes it; change what its comments name, then `pfjira rules test` and `pfjira diff`."
    )
    return "\n".join(["# Cookbook", "", about, "", *lines, ""])


def _rules_of(page: Traversable) -> str:
    """Return the rules file that a recipe shows: what stands between the lines of backticks."""
    return page.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```\n")[0]


def _title(page: Traversable) -> str:
    """Return the first heading of a page."""
    return page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
