"""One rules file that makes everything a rule can make, for a handful of people; URL and ASSET are put in."""

RULES = """
version: 1
timezone: Europe/Kyiv
label: pfjira
guards:
  create: { max: 999, percent: 0 }
  update: { max: 999, percent: 0 }
  cancel: { max: 999, percent: 0 }
targets:
  provisioning: { url: "URL/__target__/provision" }
rules:
  - id: onboarding
    for: employee
    when: [ 'employee.last_name is startingwith("Joiner")', 'employee.status != "terminated"' ]
    key: "{{ employee.id }}/{{ employee.episode }}"
    make: issue
    in: { project: HR, type: Onboarding }
    set:
      summary: "Onboard {{ employee.full_name }}"
      customfield_10052: "{{ employee.hired_on }}"
      customfield_10050: "{{ employee.first_name }}"
    children:
      - key: desk
        set: { summary: "Desk for {{ employee.full_name }}" }
      - key: accounts
        in: { project: ITOPS, type: Task }
        set: { summary: "Accounts for {{ employee.full_name }}" }
    cancel_when: employee.status == "terminated" or employee.gone
    cancel: { to: Cancelled, resolution: "Won't Do", comment: "Left" }
    back:
      - { when: issue.resolution == "Done", set: { laptop_ticket: "{{ issue.key }}" }, own: once }
      - { when: issue.resolution == "Done", note: "All is ready ({{ issue.key }})" }
      - { when: issue.resolution == "Done", issue: { asset: "ASSET" } }

  - id: laptop
    for: employee
    slot: laptop
    when: [ 'employee.last_name is startingwith("Joiner")', 'employee.status != "terminated"' ]
    make: request
    in: { project: HELP, request: Laptop }
    raise_for: "{{ employee.id }}"
    set: { summary: "Laptop for {{ employee.full_name }}" }

  - id: moved
    for: position
    slot: moved
    when: [ 'employee.last_name is startingwith("Joiner")', position is changed("reporting_to") ]
    make: comment
    on: [ onboarding, onboarding/accounts ]
    text: "New manager from {{ position.effective_on }}"

  - id: log
    for: position
    slot: log
    when: [ 'employee.last_name is startingwith("Joiner")', position is changed("reporting_to") ]
    make: worklog
    on: onboarding
    text: "Introduced to the new manager"
    spent: 30m

  - id: hand-over
    for: position
    slot: hand-over
    when: [ 'employee.last_name is startingwith("Joiner")', position is changed("reporting_to") ]
    make: update
    on: [ onboarding, onboarding/accounts ]
    set: { assignee: { person: "{{ position.reporting_to.id }}" } }

  - id: vpn
    for: employee
    slot: vpn
    when: [ 'employee.last_name is startingwith("Joiner")', 'employee.status != "terminated"' ]
    make: member
    group: vpn-users
    person: "{{ employee.id }}"
    cancel_when: employee.status == "terminated" or employee.gone

  - id: farewell
    for: termination
    when: 'employee.last_name is startingwith("Joiner")'
    make: task
    set:
      title: "Say goodbye to {{ employee.full_name }}"
      person: "{{ employee.reporting_to.id }}"
      ends_on: "{{ termination.effective_on }}"

  - id: provision
    for: employee
    slot: provision
    when: [ 'employee.last_name is startingwith("Joiner")', 'employee.status != "terminated"' ]
    make: post
    to: provisioning
    body: { event: joined, email: "{{ employee.email }}" }

  - id: collect
    for: assignment
    when: 'assignment.asset.code is startingwith("STORY")'
    make: issue
    in: { project: ITOPS, type: Task }
    set: { summary: "Collect {{ assignment.asset.code }}" }
    back:
      - { when: issue.status.category == "done", return: "{{ today }}" }
"""
