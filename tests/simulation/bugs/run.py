#!/usr/bin/env python3
"""Shows that the simulation bites: puts one deliberate mistake after the other into the product, plays every fault in turn and some seeds until a
promise is broken, and takes the mistake out again.

By hand, from anywhere: `python3 tests/simulation/bugs/run.py [word ...]`. It needs a clean checkout, and leaves one. Exit 0 if every mistake is caught.
All of them take two hours of two cores; `--from 14` goes on with the fourteenth, without the first run on the unchanged product.
`--check` only makes sure that each mistake still has its place in the product; a test runs it.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]

# The head of the Map over a leaver's apps.
ONE_APP = '''"MaxConcurrency": 1,
                    "ItemProcessor": {
                      "ProcessorConfig": { "Mode": "INLINE" },
                      "StartAt": "DeleteApp",'''

# The end of the order of every step with an effect.
WRITE_THEN_LOOK = '''        ledger.write(&job, before.as_ref(), intent).await?;
        entitled.recheck(&job, &plan.entitlement, Some(user_name), known).await?;
'''

# How a lost invocation of CreateProfile is repeated.
CREATE_RETRY = '''"FunctionName": "${CreateProfileArn}",
                      "Payload": { "version": 5, "job": "{% $job %}", "plan": "{% $plan %}", "attempt": "{% $states.context.State.RetryCount %}" }
                    },
                    "TimeoutSeconds": 160,
                    "Retry": [
                      { "ErrorEquals": ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.ClientExecutionTimeoutException", "Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError", "States.Timeout"], "IntervalSeconds": 70'''

# Name, file, what is there, what is put in its place; and the tests of tests/scenarios that must fail, if the simulation cannot show it.
BUGS = [
    ("a change that may come late is not waited for", "shared/aws/src/studio/acting.rs",
     "        if may_have_its_effect(&error) {\n", "        if false {\n"),
    ("a change is sent however late the step is", "shared/aws/src/studio/acting.rs",
     "        if since(self.began) > TIME_TO_SEND {\n", "        if false {\n", "a_step_that_took_too_long"),
    ("the SDK repeats a change beside one that may come late", "shared/aws/src/studio/acting.rs",
     ".retry_config(RetryConfig::disabled())", ".retry_config(RetryConfig::standard())"),
    ("an invocation that is lost after a change is repeated at once", "statemachine/access.asl.json",
     CREATE_RETRY, CREATE_RETRY.replace('"IntervalSeconds": 70', '"IntervalSeconds": 1'), "every_task_has_a_timeout"),
    ("a space that was deleted keeps the profile of a leaver", "shared/contract/src/grant.rs",
     ") => (GrantStatus::Suspended, BTreeSet::new(), still_gone),", ") => (GrantStatus::Suspended, self.spaces.clone(), still_gone),",
     "a_deleted_space_does_not"),
    ("a removal is not counted", "shared/aws/src/tables/grants.rs",
     "        if !uncounted.is_empty() {\n", "        if false {\n", "removal_limit"),
    ("an hour has no end of removals", "shared/aws/src/tables/removal_limit.rs",
     "OR #count < :share", "OR #count > :share", "removal_limit"),
    ("each user has all places beyond the limit", "shared/aws/src/tables/removal_limit.rs",
     "attribute_not_exists(userId) OR userId = :user", "attribute_not_exists(userId) OR userId <> :user", "removal_limit"),
    ("a list is approved because an input says so", "shared/aws/src/tables/removal_limit.rs",
     "verdict.filter(|verdict| is_approved(verdict, now))", "verdict", "names_a_list"),
    ("an approval of others counts for everybody", "shared/aws/src/tables/removal_limit.rs",
     "attribute_exists(pk) AND (attribute_not_exists(usedBy)", "(attribute_not_exists(usedBy)", "names_a_list"),
    ("a removal that was held back goes in another hour", "shared/aws/src/tables/removal_limit.rs",
     "        if before.awaits_approval(self.now()) {\n", "        if false {\n", "held_back"),
    ("a sweep starts the removals that were held back", "functions/sweep-page/src/removals.rs",
     "Self::Allowed(gone) => !awaits || gone.contains(target),", "Self::Allowed(_) => true,", "held_back"),
    ("a returning user stays on the list", "functions/plan-access/src/decide.rs",
     "            && grant.held_back.is_none()\n", "", "depends_on_luck"),
    ("beyond the limit of deletions, everything is deleted", "shared/contract/src/grant.rs",
     "            Limit::Deletions => !self.counted.contains(&Limit::Deletions),\n", "            Limit::Deletions => false,\n", "a_deletion_beyond"),
    ("a change is sent although everything is paused", "shared/aws/src/studio/acting.rs",
     "        self.controls.check_pause(operation).await?;\n        let since", "        let since", "before_the_pause"),
    ("that there is no pause is believed for an hour", "shared/aws/src/tables/controls.rs",
     "Duration::from_secs(10);", "Duration::from_hours(1);", "pause"),
    ("a group is assigned although everything is paused", "shared/aws/src/assignments.rs",
     "        self.controls.check_pause(CREATE).await?;\n", "", "pause"),
    ("a sweep goes on although everything is paused", "functions/sweep-page/src/lib.rs",
     '        self.controls.check_pause("states:StartExecution").await.map_err(PageError::Control)?;\n', "", "pause"),
    ("a removal is begun although everything is paused", "shared/aws/src/studio/acting.rs", "        paused?;\n", "        drop(paused);\n", "no_intent"),
    ("an event starts a sweep although everything is paused", "functions/resolve-identity/src/lib.rs",
     "        if resolved.start.is_some() {\n", "        if false {\n", "starts_another"),
    ("a sweep of one user starts although everything is paused", "functions/start-sweep/src/lib.rs",
     '        self.controls.check_pause("states:StartExecution").await.map_err(OpenError::Control)?;\n', "", "starts_another"),
    ("a plan deletes what a user on hold has", "functions/plan-access/src/lib.rs",
     "let is_on_hold = plan.may_delete() && self", "let is_on_hold = plan.may_delete() && !self", "on_hold"),
    ("a hold that comes after the plan is not seen", "shared/aws/src/clients.rs",
     "if on_hold.map_err(Unknown::from)? {", "if on_hold.is_err() {", "after_the_plan"),
    ("a sweep starts the deletions of users on hold", "functions/sweep-page/src/removals.rs",
     "!is_on_hold(key, &holds)", "is_on_hold(key, &holds)", "every_scenario"),
    ("everybody passes the limit of suspensions", "shared/aws/src/tables/controls.rs",
     "        Ok(is_valid(&control, self.table.clock.now().into()))\n", "        Ok(!control.is_empty())\n", "dismissal"),
    ("an approval needs no approver", "functions/start-sweep/src/lib.rs",
     "if !is_id || !self.controls.is_approved(&list, &approver).await.map_err(OpenError::Control)? {", "if !is_id {", "nobody_approves"),
    ("an approval counts for whatever the sweep has found", "functions/start-sweep/src/decide.rs",
     "if verdict.get(\"list\").is_none_or(|found| found != list) {", "if false {", "approval_works_once"),
    ("a sweep that waits has a successor of its own name", "shared/contract/src/sweep.rs",
     ", self.users, self.waits);", ", self.users, 0);", "outlasts"),
    ("a sweep starts users however many wait for the directory", "functions/sweep-page/src/lib.rs",
     "Ok(may_wait && self", "Ok(!may_wait && self", "starts_nobody"),
    ("a week of grace is over at once", "shared/contract/src/rules.rs", "Some(if days == 0 {", "Some(if days < 8 {"),
    ("a row shortens the grace of a user who has left", "shared/contract/src/rules.rs",
     "(Some(days), Some(_)) => days.max(grant.grace_days),", "(Some(days), Some(_)) => days,", "nothing_is_deleted_before"),
    ("a profile is deleted without another look at the directory", "functions/delete-profile/src/lib.rs",
     """        if is_spoilt {
            self.0.entitled.recheck_deletion(&job, reason, Some(&grant), *read_at).await?;
        } else {
            self.0.check_deletion(&job, &plan, Some(&grant)).await?;
        }
""", "        drop((reason, read_at));\n"),
    ("a profile is created without another look at the directory", "shared/aws/src/entitled.rs",
     "let is_entitled = now.entitlement.as_ref() == Some(planned);",
     "let is_entitled = now.entitlement.as_ref() == Some(planned) || now.entitlement.is_none();"),
    ("the lease is not asked for its expiry", "shared/aws/src/tables/lease.rs",
     "|| holder.expires_at < now {", "|| holder.expires_at > now {"),
    ("nobody makes sure that the lease is still theirs", "shared/aws/src/tables/lease.rs",
     "if is_met(UPDATE, call.send().await)? { Ok(()) } else { Err(LedgerError::LeaseLost) }", "is_met(UPDATE, call.send().await)?;\n        Ok(())",
     "without_the_lease"),
    ("the lease is given to everybody", "shared/aws/src/tables/lease.rs",
     "            Claim::Held(holder)\n", "            Claim::Free\n"),
    ("a plan holds although somebody else was at work while it was made", "functions/plan-access/src/lib.rs",
     "if !unchanged? {", "if unchanged.is_err() {"),
    ("a waiter is covered by a look from before it started", "functions/plan-access/src/lib.rs",
     "lease.covers((*since).into())", "lease.covers(std::time::UNIX_EPOCH)", "who_waited"),
    ("half a list of groups is taken for the whole", "shared/aws/src/directory.rs",
     "let page = call.send().await.map_err(|error| unlisted(&error))?;",
     "let Ok(page) = call.send().await.map_err(|error| unlisted(&error)) else { return Ok(memberships) };"),
    ("apps in spaces are overlooked", "functions/list-apps/src/lib.rs",
     "let apps = domain.apps(profile, &spaces).await?;",
     "let apps = domain.apps(profile, &[]).await?;"),
    ("the first group counts, whatever its priority", "shared/contract/src/rules.rs",
     "here.min_by_key(|(m, mapping)| (mapping.priority, m.group_name.clone(), m.group_id.clone()))",
     "here.min_by_key(|(m, _)| m.membership_id.clone())"),
    ("a disabled user keeps their entitlement", "shared/aws/src/directory.rs",
     "Some(Status::Disabled) => Ok(UserStatus::Disabled),", "Some(Status::Disabled) => Ok(UserStatus::Enabled),"),
    ("the removal policy is not looked at", "shared/contract/src/mapping.rs",
     "            Self::Keep => false,", "            Self::Keep => true,"),
    ("the intent is not written before the creation", "functions/create-profile/src/lib.rs",
     "        ledger.write(&job, before.as_ref(), intent).await?;\n", "        drop((before, intent));\n"),
    ("the home directory is not noted before the profile goes", "functions/delete-profile/src/lib.rs",
     "        self.0.ledger.note_leaving(&job, &grant, leaving).await?;\n", "        drop(leaving);\n"),
    ("a row that is switched off counts", "shared/contract/src/rules.rs",
     ".filter(|row| row.enabled)", ""),
    ("a user whom a key hides is taken for gone", "shared/aws/src/directory.rs",
     "absent.reason().is_none() && absent.resource_type() == Some(asked)", "absent.resource_type() == Some(asked)"),
    ("a lease is taken over while its owner is still at work", "shared/aws/src/tables/lease.rs",
     "now.saturating_sub(renewed_at) > span(STRAGGLER)", "now.saturating_sub(renewed_at) < span(STRAGGLER)"),
    ("the history gets no line", "shared/aws/src/tables/grants.rs",
     "            .transact_items(history::line(&self.table.name, signed)?);", "            ;"),
    ("apps of a former role run on", "functions/list-apps/src/decide.rs",
     "(Some(started), Some(since)) => !restarted && started <= since,", "(Some(started), Some(since)) => !restarted && started > since,"),
    ("somebody else's profile is taken over without leave", "shared/contract/src/rules.rs",
     "                adopt: mapping.adopt,", "                adopt: true,"),
    ("several apps are deleted at once, and one may be under way when the lease is given back", "statemachine/access.asl.json",
     ONE_APP, ONE_APP.replace('"MaxConcurrency": 1', '"MaxConcurrency": 5')),
    ("a change of role is not noted before it is made", "functions/update-profile/src/lib.rs",
     "            Some(intent) => self.0.ledger.write(&job, before.as_ref(), intent).await?,\n",
     "            Some(_) => self.0.ledger.renew(&job).await?,\n"),
    ("a renamed user keeps the role", "functions/plan-access/src/decide.rs",
     "if !profile.is_bound_to(user_name) {", "if false {"),
    ("a role is given to the profile of a former name", "functions/update-profile/src/decide.rs",
     "(true, false) => Claim::Renamed,", "(true, false) => Claim::Ours,"),
    ("a member whose row is gone is taken for a leaver", "functions/plan-access/src/decide.rs",
     "            (RemovalReason::RowGone, reason)", "            (RemovalReason::Left, reason)"),
    ("a deletion does not look at the group of the grant", "shared/aws/src/entitled.rs",
     "        match grant.and_then(|grant| member_of(&now.memberships, grant)) {", "        match None::<&Membership> {"),
    ("tags of a former row stay", "shared/aws/src/studio/profile.rs",
     "let former = set.filter(|key| !settings.tags.contains_key(*key) && self.tags.contains_key(*key));",
     "let former = set.filter(|key| !settings.tags.contains_key(*key) && !self.tags.contains_key(*key));"),
    ("the intent is written after the last look at the directory", "functions/create-profile/src/lib.rs",
     WRITE_THEN_LOOK, "".join(reversed(WRITE_THEN_LOOK.splitlines(keepends=True)))),
    ("who finds another at work keeps what they see", "functions/plan-access/src/lib.rs",
     "        self.wait_for(job, &lease).await?;\n        let now", "        let now"),
    ("the name of a group is believed when something is given", "shared/aws/src/entitled.rs",
     "if name.as_ref() == Some(group_name) { Ok(names) }", "if name.is_some() || name.is_none() { Ok(names) }", "many_groups"),
    ("a look that failed is called covered", "shared/aws/src/tables/lease.rs",
     "            .update_expression(GIVE_BACK)\n",
     "            .update_expression(GIVE_BACK_COVERED)\n            .expression_attribute_values(\":until\", number(millis(self.table.clock.now())))\n",
     "covered"),
    ("a note that no rule means a group counts for later events", "shared/aws/src/tables/group_names.rs",
     "(*at > event_time + MARGIN).then_some(reason)", "(*at + MARGIN > UNIX_EPOCH && event_time > UNIX_EPOCH).then_some(reason)", "many_groups"),
    ("two sweeps of all users work at the same time", "shared/aws/src/tables/sweeps/turn.rs",
     "attribute_not_exists(#owner) OR #owner = :owner OR #until < :at", "attribute_not_exists(#owner) OR #owner = :owner OR #until > :at", "gathered"),
    ("apps that are gone are waited for", "shared/aws/src/studio/leaving.rs",
     "Some(AppStatus::Deleted | AppStatus::Failed) => return Ok(None)", "Some(AppStatus::Failed) => return Ok(None)"),
]


# As `cargo test` builds it: the optimised build takes longer than the histories that it plays sooner.
BUILD = ["cargo", "build", "--quiet", "--workspace", "--bin", "sim"]
SIM = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "sim"


def simulate(*arguments: str) -> subprocess.CompletedProcess:
    """Builds the simulation, and plays histories until a promise is broken."""
    built = subprocess.run(BUILD, cwd=ROOT, capture_output=True, text=True)
    if built.returncode:
        return built
    return subprocess.run([SIM, "--stop", *arguments], cwd=ROOT, capture_output=True, text=True)


def scenarios(word: str) -> tuple[bool, str]:
    """Whether a test of tests/scenarios with this word in its name fails, and which."""
    command = ["cargo", "test", "--quiet", "--workspace", "--test", "scenarios", word]
    test = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    failed = [line.split()[1] for line in test.stdout.splitlines() if line.startswith("---- ")]
    if test.returncode and not failed:
        return False, "DOES NOT COMPILE"
    return bool(failed), ", ".join(failed) or "ESCAPED"


def verdict(test: subprocess.CompletedProcess) -> tuple[bool, str]:
    """Whether the mistake was caught, and what was broken first, in which history."""
    if test.returncode == 0:
        return False, "ESCAPED"
    broken = [line for line in test.stdout.splitlines() if ": " in line and not line.endswith(" broken")]
    if not broken:
        return False, "DOES NOT COMPILE: " + next((line for line in test.stderr.splitlines() if line.startswith("error")), "?")
    return True, broken[0]


def misplaced(file: str, old: str) -> str | None:
    """Says so if the place of a mistake is not in the product exactly once."""
    return None if (ROOT / file).read_text().count(old) == 1 else f"its place in {file} is not there (any more)"


def main() -> int:
    wanted = sys.argv[1:]
    if wanted == ["--check"]:
        lost = [f"{name}: {problem}" for name, file, old, *_ in BUGS if (problem := misplaced(file, old))]
        print("\n".join(lost))
        return 1 if lost else 0
    first = int(wanted[1]) if wanted[:1] == ["--from"] else 1
    words = wanted if first == 1 else []
    chosen = [bug for bug in BUGS[first - 1:] if not words or any(word in bug[0] for word in words)]
    if subprocess.run(["git", "diff", "--quiet"], cwd=ROOT).returncode:
        print("the checkout has changes: commit or stash them first", file=sys.stderr)
        return 2
    if first == 1 and simulate("--exhaustive", "--seeds", "2000").returncode:
        print("a promise is broken without any mistake: nothing can be shown", file=sys.stderr)
        return 2
    escaped = []
    for number, (name, file, old, new, *word) in enumerate(chosen, first):
        path = ROOT / file
        text = path.read_text()
        if problem := misplaced(file, old):
            caught, said = False, problem
        else:
            try:
                path.write_text(text.replace(old, new))
                caught, said = scenarios(*word) if word else verdict(simulate("--exhaustive", "--seeds", "2000"))
            finally:
                path.write_text(text)
        print(f"{number:2}/{first - 1 + len(chosen)} {name}: {'caught by ' if caught else ''}{said[:220]}", flush=True)
        if not caught:
            escaped.append(name)
    print(f"{len(chosen) - len(escaped)} of {len(chosen)} caught")
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main())
