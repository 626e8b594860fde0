"""The words an invented company is made of: names, places, jobs, chores. No person, product or address in here is real.

Data only; `company.py` draws from it. The order of entries decides what a seed gives, so entries are appended, never
moved.
"""

from __future__ import annotations

FIRST_NAMES: tuple[tuple[str, str], ...] = (
    ("Olena", "olena"), ("Taras", "taras"), ("Iryna", "iryna"), ("Bohdan", "bohdan"), ("Solomiia", "solomiia"),
    ("Andrii", "andrii"), ("Oksana", "oksana"), ("Yurii", "yurii"), ("Nadiia", "nadiia"), ("Mykola", "mykola"),
    ("Łukasz", "lukasz"), ("Agnieszka", "agnieszka"), ("Jürgen", "jurgen"), ("Zoë", "zoe"), ("Marta", "marta"),
    ("Pavlo", "pavlo"), ("Daryna", "daryna"), ("Sofía", "sofia"), ("Renée", "renee"), ("Viktor", "viktor"),
    ("Halyna", "halyna"), ("Ostap", "ostap"), ("Kateryna", "kateryna"), ("Marek", "marek"), ("Ingrid", "ingrid"),
    ("Tomás", "tomas"), ("Lesia", "lesia"), ("Roman", "roman"), ("Anna-Maria", "annamaria"), ("Denys", "denys"),
    ("Yaroslava", "yaroslava"), ("Petro", "petro"), ("Maksym", "maksym"), ("Svitlana", "svitlana"), ("Ihor", "ihor"),
    ("Vira", "vira"), ("Nazar", "nazar"), ("Emilia", "emilia"), ("Björn", "bjorn"), ("Larysa", "larysa"),
)  # fmt: skip
"""As written, and as it stands in an address."""

LAST_NAMES: tuple[tuple[str, str], ...] = (
    ("Verbytska", "verbytska"), ("Kovalenko", "kovalenko"), ("O\u2019Hara", "ohara"), ("Sydorchuk", "sydorchuk"),
    ("Zielińska", "zielinska"), ("Müller-Roth", "mullerroth"), ("Hrytsenko", "hrytsenko"), ("Dovzhenko", "dovzhenko"),
    ("Lysenko", "lysenko"), ("Bondarchuk", "bondarchuk"), ("Petrenko", "petrenko"), ("Nováková", "novakova"),
    ("Tkachenko", "tkachenko"), ("Savchuk", "savchuk"), ("Melnyk", "melnyk"), ("Romaniuk", "romaniuk"),
    ("Kravets", "kravets"), ("Shevchuk", "shevchuk"), ("Lindqvist", "lindqvist"), ("García", "garcia"),
    ("Polishchuk", "polishchuk"), ("Marchenko", "marchenko"), ("Kuzmenko", "kuzmenko"), ("Vasylenko", "vasylenko"),
    ("Horobets", "horobets"), ("Yatsenko", "yatsenko"), ("Pavliuk", "pavliuk"), ("Stetsenko", "stetsenko"),
    ("D'Angelo", "dangelo"), ("Oliinyk", "oliinyk"), ("Zhuk", "zhuk"), ("Chorna", "chorna"), ("Bilyk", "bilyk"),
    ("Rudenko", "rudenko"), ("Kozak", "kozak"), ("Panchenko", "panchenko"), ("Sokolova", "sokolova"),
    ("Dubyna", "dubyna"), ("Hnatiuk", "hnatiuk"), ("Levchenko", "levchenko"),
)  # fmt: skip

DEPARTMENTS: tuple[tuple[int, str, int | None], ...] = (
    (31, "Head Office", None),
    (32, "IT", 31),
    (33, "Service Desk", 32),
    (34, "Infrastructure", 32),
    (35, "Engineering", 31),
    (36, "Sales", 31),
    (37, "Finance", 31),
    (38, "People & Culture", 31),
    (39, "Warehouse", 31),
    (40, "Marketing", 31),
)
"""Id, name, parent id."""
IT_DEPARTMENTS = (32, 33, 34)
OTHER_DEPARTMENTS = (35, 35, 35, 36, 36, 37, 38, 39, 39, 40)

POSITIONS: tuple[tuple[int, str], ...] = (
    (701, "Chief Executive Officer"),
    (702, "Head of Department"),
    (703, "System Administrator"),
    (704, "Support Engineer"),
    (705, "Software Engineer"),
    (706, "Sales Manager"),
    (707, "Accountant"),
    (708, "HR Partner"),
    (709, "Warehouse Operator"),
    (710, "Marketing Specialist"),
    (711, "Intern"),
)
IT_POSITIONS = (703, 704, 704)
POSITIONS_BY_DEPARTMENT = {35: 705, 36: 706, 37: 707, 38: 708, 39: 709, 40: 710}

LOCATIONS: tuple[tuple[int, str], ...] = ((21, "Kyiv"), (22, "Lviv"), (23, "Warsaw"), (24, "Remote"))

IT_CHORES: tuple[str, ...] = (
    "Create accounts for {person}", "Prepare a laptop for {person}", "Grant VPN access to {person}",
    "Order a badge for {person}", "Set up e-mail and calendar of {person}", "Add {person} to the mailing lists",
    "Install developer tools for {person}", "Enrol {person}'s phone in device management",
    "Reset multi-factor login of {person}", "Collect the equipment of {person}", "Disable accounts of {person}",
    "Archive the mailbox of {person}", "Move {person}'s files to their successor", "Issue a second monitor to {person}",
    "Review access rights of {person}", "Prepare a desk phone for {person}",
)  # fmt: skip

HR_CHORES: tuple[str, ...] = (
    "Sign the contract with {person}", "Plan the first day of {person}", "Send the welcome letter to {person}",
    "Book the medical check of {person}", "Arrange the probation review of {person}", "Exit interview with {person}",
    "Introduce {person} to the team", "Collect documents from {person}", "Order a gift for {person}'s anniversary",
)  # fmt: skip

DESCRIPTIONS: tuple[str | None, ...] = (
    "<p>Please finish before the first working day.</p>",
    "<p>{person} joins <strong>{department}</strong> on {day}.</p><ul><li>e-mail</li><li>Jira</li><li>VPN</li></ul>",
    None,
    "<div>Steps:<ol><li>Check the stock</li><li>Order if needed</li><li>Hand over against signature</li></ol></div>",
    '<p>See the <a href="https://wiki.example.com/it/onboarding?step=1&amp;lang=uk">checklist</a>.</p>',
    "<p>Ask the manager which <em>licences</em> are needed.<br>Keep costs &lt; 500 &euro;.</p>",
    "",
    '<h3>Hardware</h3><p>Model 14", 32&nbsp;GB.</p><h3>Software</h3><p><code>git</code>, <code>ssh</code></p>',
    "<p>Зробіть, будь ласка, до {day} 🙂</p>",
    "<p>One line</p><p></p><p>Another line after an empty one</p>",
    "<blockquote>As agreed with {person}</blockquote><p>Nothing else.</p>",
    "Plain text, no markup at all",
)
