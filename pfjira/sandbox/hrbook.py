"""The words of an invented HR department besides names and chores: kinds of leave, of things lent, of endings.

Data only, and no word of it is about anyone. Entries are appended, never moved: their order decides what a seed gives.
"""

from __future__ import annotations

DIVISIONS: tuple[tuple[int, str], ...] = ((11, "Operations"), (12, "Technology"), (13, "Business"))
JOB_LEVELS: tuple[tuple[int, str], ...] = ((51, "Junior"), (52, "Middle"), (53, "Senior"), (54, "Lead"))
EMPLOYMENT_TYPES: tuple[tuple[int, str], ...] = (
    (41, "Full-time"),
    (42, "Part-time"),
    (43, "Contractor"),
    (44, "Internship"),
    (45, "Parental leave"),
)
TERMINATION_TYPES: tuple[tuple[int, str], ...] = ((61, "Voluntary"), (63, "Involuntary"), (64, "Other"))
TERMINATION_REASONS: tuple[tuple[int, str], ...] = (
    (62, "Better offer"),
    (65, "Relocation"),
    (66, "End of contract"),
    (67, "Performance"),
)

LEAVE_TYPES: tuple[tuple[int, str, str], ...] = (
    (81, "Vacation", "days"),
    (82, "Sick leave", "days"),
    (83, "Parental leave", "days"),
    (84, "Time off", "hours"),
)
"""Id, name, unit."""
LEAVE_STATES = ("pending", "approved", "rejected", "withdrawn")

ASSET_CATEGORIES: tuple[tuple[int, str, str], ...] = (
    (121, "Laptops", "fa-laptop"),
    (122, "Phones", "fa-mobile"),
    (123, "Monitors", "fa-desktop"),
    (124, "Badges", "fa-id-badge"),
)
"""Id, name, icon."""
MODELS: dict[int, tuple[str, ...]] = {
    121: ('Laptop 14"', 'Laptop 16"'),
    122: ("Phone",),
    123: ('Monitor 27"',),
    124: ("Door badge",),
}

TEAMS: tuple[str, ...] = ("Office move", "Security champions", "First aid", "Release crew", "Football", "Book club")

VACANCIES: tuple[tuple[int, str, int, int], ...] = (
    (131, "Support Engineer", 33, 704),
    (132, "System Administrator", 34, 703),
    (133, "Software Engineer", 35, 705),
    (134, "Sales Manager", 36, 706),
)
"""Id, title, department, position."""
PIPELINE = (141, "Default")
STAGES: tuple[tuple[int, str], ...] = (
    (11, "Applied"),
    (12, "Screening"),
    (13, "Interview"),
    (14, "Offer sent"),
    (15, "Offer accepted"),
    (16, "Hired"),
)
"""Id and name, in the order in which a candidate passes them."""
DISQUALIFY_REASONS: tuple[tuple[int, str], ...] = ((151, "Not a fit"), (152, "Withdrew"))

EMPLOYEE_FIELDS: tuple[tuple[int, str, str, str, str, tuple[str, ...]], ...] = (
    (301, "Jira account ID", "jira_account_id", "text", "Work", ()),
    (302, "T-shirt size", "t_shirt_size", "single_select", "Personal", ("S", "M", "L", "XL")),
    (303, "Laptop ticket", "laptop_ticket", "text", "Work", ()),
    (304, "GitHub", "github", "text", "Work", ()),
)
"""Id, name, internal name, kind, group, options."""
FIELD_GROUPS = {"Work": 1, "Personal": 2}
