"""The configuration of one running site: what `site.py` began with, and what its administrators made of it since.

Each site has its own copy, so that two in one process never meet. Ids never change; names, screens, workflows and
rights do. Issues are not touched here: who takes an option or a project away also mends the issues (`admins.py`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from typing import NoReturn, Protocol, TypeVar

from pfjira.sandbox.jira import site

REVOCABLE = (
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "ASSIGN_ISSUES",
    "TRANSITION_ISSUES",
    "ADD_COMMENTS",
    "WORK_ON_ISSUES",
    "LINK_ISSUES",
)
"""The rights that a project can take from the caller."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_T = TypeVar("_T", bound=_Named)


class Site:
    """The projects, types, statuses, fields and service desks of one site, and the caller's rights on them."""

    def __init__(self) -> None:
        self.projects = dict(site.PROJECTS)
        self.statuses = dict(site.STATUSES)
        self.types = dict(site.TYPES)
        self.fields = dict(site.FIELDS)
        self.desks = dict(site.DESKS)
        self.hidden: set[str] = set()
        """Keys of the projects that the caller may not see."""
        self._revoked: set[tuple[str, str]] = set()

    def project(self, key_or_id: object) -> site.Project | None:
        """Find a project that the caller sees, by key (any case) or id."""
        text = str(key_or_id)
        found = self.projects.get(text.upper()) or next((p for p in self.projects.values() if p.id == text), None)
        return found if found is not None and found.key not in self.hidden else None

    def shown_projects(self) -> list[site.Project]:
        """Return the projects that the caller sees."""
        return [p for p in self.projects.values() if p.key not in self.hidden]

    def edit_screen(self, of: site.Project) -> frozenset[str]:
        """Return the fields that may be edited in a project (labels are, even where the create screen lacks them)."""
        return (of.fields | {"labels"}) - {"project"}

    def transitions(self, of: site.Project, status: site.Status) -> list[site.Transition]:
        """Return the steps that start from a status."""
        return [t for t in of.workflow if not t.sources or status.id in t.sources]

    def may(self, permission: str, key: str) -> bool:
        """Say whether the caller has a right in a project."""
        return key not in self.hidden and (permission, key) not in self._revoked

    def revoke(self, permission: str, project: str | None = None) -> None:
        """Take a right from the caller, in one project or in all."""
        self._revoked |= self._rights(permission, project)

    def grant(self, permission: str, project: str | None = None) -> None:
        """Give a right back."""
        self._revoked -= self._rights(permission, project)

    def rename_status(self, old: str, new: str) -> None:
        """Give a status another name; its id, and the names of the steps to it, stay."""
        status = replace(_named(self.statuses.values(), old), name=new)
        self.statuses[status.id] = status
        for project in list(self.projects.values()):
            steps = tuple(replace(t, to=status) if t.to.id == status.id else t for t in project.workflow)
            initial = status if project.initial.id == status.id else project.initial
            self._put(replace(project, workflow=steps, initial=initial))

    def rename_field(self, field: str, new: str) -> None:
        """Give a field another name."""
        self.fields[field] = replace(self.fields[field], name=new)

    def rename_option(self, field: str, old: str, new: str) -> None:
        """Give an option of a select field another text; its id stays."""
        option, before = self._option(field, old), self.fields[field]
        self.fields[field] = replace(before, options=tuple((i, new if i == option else t) for i, t in before.options))

    def remove_option(self, field: str, option: str) -> str:
        """Take an option away and return its id."""
        gone, before = self._option(field, option), self.fields[field]
        self.fields[field] = replace(before, options=tuple(pair for pair in before.options if pair[0] != gone))
        return gone

    def require_field(self, project: str, field: str) -> None:
        """Make a field compulsory at creation, on the screen of a project and on the forms of its service desk."""
        spec, before = self.fields[field], self.projects[project]
        self._put(replace(before, fields=before.fields | {field}, required=before.required | {field}))
        for desk in [d for d in self.desks.values() if d.project == project]:
            types = tuple(replace(t, form=_with(t.form, spec)) for t in desk.types)
            self.desks[desk.id] = replace(desk, types=types)

    def remove_field(self, project: str, field: str) -> None:
        """Take a field off the create and edit screen of a project."""
        before = self.projects[project]
        _check(field, before.fields)
        self._put(replace(before, fields=before.fields - {field}, required=before.required - {field}))

    def remove_type(self, project: str, type: str) -> None:
        """Take an issue type out of a project; issues that have it keep it."""
        before = self.projects[project]
        gone = _named([self.types[t] for t in before.types], type)
        self._put(replace(before, types=tuple(t for t in before.types if t != gone.id)))

    def remove_request_type(self, name: str, desk: str = "10") -> None:
        """Take a request type off a service desk; requests that have it keep it."""
        before = self.desks[desk]
        gone = _named(before.types, name)
        self.desks[desk] = replace(before, types=tuple(t for t in before.types if t.id != gone.id))

    def remove_project(self, project: str) -> None:
        """Take a project and its service desk away."""
        del self.projects[project]
        self.desks = {i: d for i, d in self.desks.items() if d.project != project}

    def hide_project(self, project: str, hidden: bool = True) -> None:
        """Take the sight of a project from the caller, or give it back."""
        _check(project, self.projects)
        self.hidden = self.hidden | {project} if hidden else self.hidden - {project}

    def remove_transition(self, project: str, name: str) -> None:
        """Take a step out of the workflow of a project."""
        before = self.projects[project]
        gone = _named(before.workflow, name)
        self._put(replace(before, workflow=tuple(t for t in before.workflow if t.id != gone.id)))

    def screen_field(self, project: str, transition: str, field: str, required: bool = True) -> None:
        """Put a field on the screen of a step, compulsory or not."""
        before = self.projects[project]
        _check(field, self.fields)
        step = _named(before.workflow, transition)
        screen = (*(pair for pair in step.screen or () if pair[0] != field), (field, required))
        steps = tuple(replace(t, screen=screen) if t.id == step.id else t for t in before.workflow)
        self._put(replace(before, workflow=steps))

    def _put(self, project: site.Project) -> None:
        self.projects[project.key] = project

    def _option(self, field: str, text: str) -> str:
        found = next((i for i, t in self.fields[field].options if t == text), None)
        return _missing(text) if found is None else found

    def _rights(self, permission: str, project: str | None) -> set[tuple[str, str]]:
        if permission not in REVOCABLE:
            raise ValueError(f"no project can take {permission!r} away; it can take {', '.join(REVOCABLE)}")
        if project is not None:
            _check(project, self.projects)
        return {(permission, one) for one in ([project] if project else self.projects)}


def _with(form: tuple[site.RequestField, ...], field: site.Field) -> tuple[site.RequestField, ...]:
    if field.id not in {f.id for f in form}:
        return (*form, site.RequestField(field.id, field.name, required=True))
    return tuple(replace(f, required=True) if f.id == field.id else f for f in form)


def _named(among: Iterable[_T], name: str) -> _T:
    found = next((one for one in among if one.name == name), None)
    return _missing(name) if found is None else found


def _check(name: str, among: Container[str]) -> None:
    if name not in among:
        _missing(name)


def _missing(name: str) -> NoReturn:
    raise KeyError(name)
