"""Rules over plans: what may happen, and who has to agree (design 3).

What comes in: rule files (`fleetc.lang.rules_parser` reads them), a plan, what is live, and what is
known beside (environment, time, ledger). What goes out: findings, requirements and budgets of what
is ticked, as values of `fleetc.plan.verdicts`.

    types, names          the types of the language; what names stand for, beside fields
    checking, reaching    the type checker of declarations, and of the scopes in them
    expressions, steps, operators, functions, code
                          expressions with a type become closures that cannot fail
    ruleset, messages     what declarations come to; messages with values in them
    world                 the states of a fleet: live, and live with what is ticked
    rows, cells, conditions, memo
                          conditions over many changes: a column, not a change, at a time
    matching, invariants, budgets
                          the three sorts of rules over one plan
    judge, rulings        all of them, asked at each toggle; a plan with what they say
    progress              the same while a run goes on: what is done so far, what failed
    calendar, holding     windows and freezes; when a hold ends
    mask, changing        what is left as it is live; the change of rules as an action
    people, quorum, access
                          who is who, who has to approve still, who may do what
    testing, coverage, lints, unset, replaying
                          the tools: tests in rule files, what they cover, what is odd, past plans

Laws:

- A rule that was accepted by the checker never fails and never meets an undefined value: what is
  absent is `none`, what nobody knows yet is unknown, and gives the strictest verdict of its rule. So
  does a fact of `env` that the environment does not set; only whether it is set is known.
- What was applied last judges with the facts of the environment that the account was applied as:
  no other name of it loosens anything until it is accepted, as a part of `policy/rules`.
- The strictest verdict wins. Only a waiver lifts a denial, and `allow` answers nothing but the need
  of an approval, and only when the rules applied last say so too.
- Judging again after a toggle gives what judging anew gives. The same rules, plan, world and time
  give the same findings in the same order.
- Nothing here reads a clock, a file or a random number.
"""
