"""A rules file that uses every word of the language once, for the tests of the loader."""

from __future__ import annotations

WHOLE = """\
version: 1
timezone: Europe/Kyiv
label: pfjira
maps: { lead_days: { Engineering: 14, "*": 10 } }
people: { match: [employee_number, email, id] }
guards: { cancel: { max: 5, percent: 5 } }
targets:
  provisioning: { url: "https://iam.example.com/hooks/hr", secret: provisioning }
  here: { url: "http://127.0.0.1:8080/x" }
sources:
  helpdesk: { id: ticket.id, fields: [ticket.title, ticket.person], scheme: standard-webhooks, header: x-sig }
rules:
  - id: onboarding
    for: employee
    slot: joiners
    shadow: true
    when:
      - employee.status in ["hired", "probation", "employed"]
      - employee.hired_on is within(-14, lookup("lead_days", employee.department.name))
    key: "{{ employee.id }}/{{ employee.episode }}"
    adopt: "preboarding/{{ employee.candidate_id }}"
    make: issue
    in: { project: HR, type: Onboarding }
    set:
      summary: "Onboard {{ employee.full_name }}, {{ employee.position.name | default('role to come') }}"
      description: { markdown: "**Hello** {{ employee.fields.nickname }}" }
      customfield_10051: { option: "{{ employee.location.name }}" }
      customfield_10052: { value: "{{ employee.date_of_birth }}", allow_sensitive: true, own: once }
    fallback: "9001"
    children:
      - key: accounts
        when: employee.employment_type.name != "Intern"
        in: { project: ITOPS, type: Task }
        set: { summary: Accounts, duedate: "{{ employee.hired_on | workdays(-5) }}" }
        done_when: employee.fields.accounts_made
        close: { to: Done }
        cancel_when: employee.gone
        cancel: { to: Cancelled }
        back:
          - { when: issue.status.category == "done", note: "Accounts made ({{ issue.key }})" }
        fallback: "9002"
      - { key: laptop, set: { summary: Laptop } }
    done_when: employee.status == "employed"
    close: { to: Done, resolution: Done, comment: "All done", fields: { customfield_1: 5 } }
    follow_until: issue.status.category == "done" and children.laptop.status.category == "done"
    cancel_when: employee.status == "withdrawn" or employee.gone
    cancel: { to: Cancelled, resolution: "Won't Do", comment: "Hire withdrawn", children: none }
    back:
      - { when: children.laptop.status.category == "done", set: { laptop_ticket: "{{ issue.key }}" }, own: once }
      - { when: issue.status.category == "done" and employee.active, note: "Handed over ({{ issue.key }})" }
      - { when: issue.status.category == "done", issue: { asset: "{{ issue.key }}" } }
  - { id: preboarding, for: candidate, make: issue, in: { project: HR, type: Task }, set: { summary: x } }
  - id: laptop
    for: employee
    make: request
    in: { project: HELP, request: Laptop }
    raise_for: "{{ employee.id }}"
    set: { summary: "Laptop for {{ employee.full_name }}", description: plain }
  - id: tell
    for: position
    when: position is changed("department") and position.effective_on is within(0, 7)
    make: comment
    on: onboarding
    text: "New manager from {{ position.effective_on }}"
  - { id: log, for: leave, make: worklog, on: [onboarding, laptop], text: "{{ today }}", spent: 1h30m }
  - id: hand-over
    for: position
    make: update
    on: [onboarding, onboarding/accounts]
    set: { assignee: { person: "{{ position.reporting_to.id }}" } }
    fallback: "9003"
  - { id: vpn, for: employee, make: member, group: vpn, person: "{{ employee.id }}", cancel_when: employee.gone }
  - id: tell-manager
    for: termination
    make: task
    set:
      title: "{{ employee.full_name }} leaves"
      description: <p>Say goodbye</p>
      person: "{{ employee.reporting_to.id }}"
      starts_on: "{{ today }}"
      ends_on: "{{ termination.effective_on }}"
  - id: provision
    for: employee
    make: post
    to: provisioning
    body: { event: joined, email: "{{ employee.email }}", level: 3, tags: [a, "{{ employee.id }}"], on: true, none: }
  - id: asset
    for: assignment
    make: issue
    in: { project: IT, type: Asset }
    set: { summary: "{{ assignment.asset.name }}" }
    back:
      - { when: issue.status.category == "done", return: "{{ today }}" }
  - { id: left-alone, for: task, make: nothing }
  - { id: ticket, for: hook.helpdesk, make: comment, on: laptop, text: "{{ hook.ticket.title }}" }
  - { id: crew, for: team, make: member, group: crew, person: "{{ team.member.id }}" }
tests:
  - name: a pushed start date keeps the ticket and moves its dates
    today: 2026-03-01
    given: { employee: { id: 7, status: hired, hired_on: 2026-04-10, fields: { nickname: Bo } } }
    before: { employee: { hired_on: 2026-04-03 } }
    existing: { onboarding: open, onboarding/accounts: done }
    expect: [ "onboarding: update duedate", "onboarding/accounts: update duedate" ]
  - name: leave of somebody
    today: 2026-03-01
    given: { leave: { id: 7 }, employee: { id: 3, department: { name: IT } } }
    expect: []
  - name: a delivery
    today: 2026-03-01
    given: { hook.helpdesk: { ticket: { id: 7 } } }
    expect: []
"""
