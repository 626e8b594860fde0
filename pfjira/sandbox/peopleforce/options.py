"""The switches of the simulated PeopleForce: one for each thing the reference marks unknown.

The defaults are what was seen on the wire, so that an option is only ever named by a test that asks "and if not?". An
option must never change what the system is seeded with, only how it reads requests and answers them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PeopleForceOptions:
    """How the simulated PeopleForce behaves where the real one may behave in several ways."""

    keys: tuple[str, ...] = ("sandbox-key",)
    """Company keys that are let in."""
    page_size: int = 50
    """Rows of a page. The client cannot choose it."""
    per_page_works: bool = False
    """Whether `per_page` has an effect (clients send it without proof that it does)."""
    metadata: Literal["nested", "flat", "both", "none"] = "nested"
    """Counters under `metadata.pagination`, directly in `metadata`, in both places, or not sent at all."""
    items: Literal["page_size", "rows"] = "page_size"
    """What the counter `items` means when there is more than one page."""
    past_end: Literal["empty", "last", "first", "not_found"] = "empty"
    """What a page past the end shows."""
    ignores_page: tuple[str, ...] = ()
    """Lists that show page 1 whatever page is asked for: `tasks`, `employees`, …"""
    null_when_empty: bool = False
    """An empty list is `"data": null`."""
    refuses_unknown_parameters: bool = False
    """A misspelt filter is refused with 400; otherwise ignored, as v2 was seen to do."""

    rate_limit_per_minute: int | None = None
    """Requests a minute before 429 (the real figure is 300); None: no limit."""
    rate_limit_scope: Literal["key", "company"] = "key"
    rate_limit_window: Literal["fixed", "sliding"] = "fixed"
    retry_after: Literal["seconds", "date", "zero", "none"] = "seconds"
    """What `Retry-After` says on a 429."""
    rate_limit_body: Literal["message", "text", "html", "empty"] = "message"
    rate_limit_headers: bool = False
    """Whether `X-RateLimit-*` headers are sent."""

    validation_body: Literal["errors", "map", "message"] = "errors"
    """The body of a 422."""
    create_status: Literal[200, 201] = 200
    """What POST /tasks answers."""
    wrap_single: bool = True
    """Single objects inside `data`, or bare."""
    completion_body: Literal["task", "empty", "no_content", "success"] = "task"
    """What `complete` and `incomplete` answer; the vendor does not say."""
    repeated_completion: Literal["unchanged", "touched", "unprocessable"] = "unchanged"
    """Completing what is complete: nothing happens, only `updated_at` moves, or 422."""
    not_found_body: Literal["message", "rails", "empty", "html"] = "message"
    modules_off: tuple[str, ...] = ()
    """First path segments (`tasks`) that answer as if the module were off for the key."""
    module_off_status: Literal[403, 404] = 403

    employee_filter_format: Literal["any", "iso", "date", "unix"] = "any"
    """Which values `updated_at[gte]` and its like take on employees; others are refused with 422."""
    delta_widens_status: bool = False
    """Whether a filter by `updated_at` shows every status when none is asked for."""
    employee_number_in_rows: bool = False
    """Whether list rows carry `employee_number` (seen on v2)."""
    string_position_ids: bool = False
    """Employee positions are declared with text ids."""
    empty_text_for_null: bool = False
    """Unset texts of a task come as `""` instead of null."""
    string_ids: bool = False
    """Assets, assignments, categories, candidates, pipelines and stages are declared with text ids."""
    decimal_numbers: bool = False
    """Decimals are numbers, as declared; otherwise text such as `"2.0"`, as seen."""
    leave_page_size: int = 100
    """Rows of a page of leave requests."""
    job_levels_counted: bool = True
    """Whether the list of job levels has counters (the reference says both)."""

    termination_acts: Literal["batch", "at_once"] = "batch"
    """A termination dated ahead acts by the batch at 01:00 UTC of its day, or from midnight."""
    late_termination: Literal["at_once", "next_batch"] = "at_once"
    """A termination dated today or before acts when it is entered, or by the next batch."""
    termination_shown_ahead: bool = True
    """Whether the detail shows termination data before the termination acts."""
    terminate_body: Literal["employee", "success"] = "employee"
    """What `terminate` answers."""
    repeated_activation: Literal["unchanged", "unprocessable"] = "unchanged"
    """Activating somebody who is not leaving: nothing happens, or 422."""
    hired_are_active: bool = True
    """Whether the default cohort holds people whose first day is ahead."""
    placement_before_start: Literal["first", "none"] = "first"
    """What a person shows whose rows all begin in the future: the earliest one, or nothing."""
    related_rows_touch: bool = True
    """Whether a new position or employment status moves the person's `updated_at`."""
    clock_touches: bool = False
    """Whether what takes effect by the clock alone (a termination, a first day) moves `updated_at`."""
    unknown_employee_key: Literal["unprocessable", "ignored"] = "unprocessable"
    """A key that is no field in PUT /employees: 422 or silence."""
    clears_field: Literal["null", "empty", "both"] = "both"
    """What empties a field on writing: null, empty text (null is then ignored), or either."""

    note_author_key: Literal["author", "created_by", "both"] = "author"
    """The vendor's sample says `author`, the schema `created_by`."""
    note_author_default: Literal["owner", "nobody"] = "owner"
    """Who wrote a note that names no author."""
    note_list: Literal["bare", "wrapped"] = "bare"
    """The notes of a person: a bare array by schema, or inside `data`."""
    team_member_id: Literal["membership", "user", "either"] = "either"
    """Which id removes somebody from a team."""
