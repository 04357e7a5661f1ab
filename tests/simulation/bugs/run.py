#!/usr/bin/env python3
"""Shows that the simulation bites: puts one deliberate mistake after the other into the product, runs the fixed seeds, and takes it out again.

By hand, from anywhere: `python3 tests/simulation/bugs/run.py [name ...]`. It needs a clean checkout, and leaves one. Exit 0 if every mistake is caught.
"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]

# Name, file, what is there, what is put in its place.
BUGS = [
    ("a profile is deleted without another look at the directory", "functions/delete-profile/src/lib.rs",
     "        self.entitled.still_nothing(&job).await?;\n", ""),
    ("a profile is created without another look at the directory", "shared/gateway/src/entitled.rs",
     "if now.entitlement.as_ref() == Some(planned) { Ok(now.person) }", "if true { Ok(now.person) }"),
    ("the lease is not asked for its expiry", "shared/gateway/src/tables/lease.rs",
     "OR expiresAt < :now)", "OR expiresAt > :now)"),
    ("nobody makes sure that the lease is still theirs", "shared/gateway/src/tables/lease.rs",
     "Err(error) if refused(&error).is_some() => Err(LedgerError::LeaseLost),", "Err(error) if refused(&error).is_some() => Ok(()),"),
    ("the lease is given to everybody", "shared/gateway/src/tables/lease.rs",
     "AND (attribute_not_exists(coveredUntil) OR coveredUntil < :covers)", "OR attribute_exists(pk) OR coveredUntil < :covers"),
    ("a waiter is covered by a look from before it started", "shared/gateway/src/tables/lease.rs",
     "number(millis(claim.since + SAFETY))", "number(millis(claim.since) / 2)"),
    ("an execution at work elsewhere is overlooked", "functions/resolve-identity/src/decide.rs",
     ".chain(known.at_work.iter().cloned())", ""),
    ("half a list of groups is taken for the whole", "shared/gateway/src/directory.rs",
     "let page = call.send().await.map_err(|error| unlisted(&error))?;",
     "let Ok(page) = call.send().await.map_err(|error| unlisted(&error)) else { return Ok(memberships) };"),
    ("apps in spaces are overlooked", "functions/list-apps/src/lib.rs",
     "domain.apps(&plan.profile_name, &spaces).await.map_err(ListError::Studio)?;\n                leaving",
     "domain.apps(&plan.profile_name, &[]).await.map_err(ListError::Studio)?;\n                leaving"),
    ("the first group counts, whatever its priority", "shared/contract/src/entitlement.rs",
     "here.min_by_key(|(m, mapping)| (mapping.priority, m.group_name.clone(), m.group_id.clone()))",
     "here.min_by_key(|(m, _)| m.membership_id.clone())"),
    ("a disabled user keeps their entitlement", "shared/gateway/src/directory.rs",
     "Some(_) => UserStatus::Disabled,", "Some(_) => UserStatus::Enabled,"),
    ("the removal policy is not looked at", "shared/contract/src/mapping.rs",
     "            Self::Keep => false,", "            Self::Keep => true,"),
    ("the intent is not written before the creation", "functions/create-profile/src/lib.rs",
     "        self.ledger.write(&job, before.as_ref(), intent).await?;\n", "        drop((before, intent));\n"),
    ("the home directory is not noted before the profile goes", "functions/delete-profile/src/lib.rs",
     "        self.ledger.note_leaving(&job, &[], home_efs_uid.as_deref()).await?;\n", ""),
    ("a lost answer is taken for a failure of the creation", "functions/create-profile/src/decide.rs",
     "(_, true, true) => Ok(()),", "(_, true, true) => Err(CreateError::NameTaken(new.name.to_string())),"),
    ("a row that is switched off counts", "shared/contract/src/entitlement.rs",
     ".filter(|row| row.enabled)", ""),
    ("apps that are gone are waited for", "shared/gateway/src/studio/leaving.rs",
     "Some(AppStatus::Deleted | AppStatus::Failed) => return Ok(None)", "Some(AppStatus::Failed) => return Ok(None)"),
]


def seeds() -> subprocess.CompletedProcess:
    """Runs the fixed seeds."""
    command = ["cargo", "test", "--quiet", "-p", "simulation", "--test", "seeds"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def main() -> int:
    wanted = sys.argv[1:]
    chosen = [bug for bug in BUGS if not wanted or any(word in bug[0] for word in wanted)]
    if subprocess.run(["git", "diff", "--quiet"], cwd=ROOT).returncode:
        print("the checkout has changes: commit or stash them first", file=sys.stderr)
        return 2
    if seeds().returncode:
        print("the seeds fail without any mistake: nothing can be shown", file=sys.stderr)
        return 2
    escaped = []
    for number, (name, file, old, new) in enumerate(chosen, 1):
        path = ROOT / file
        text = path.read_text()
        if text.count(old) != 1:
            print(f"{number:2}/{len(chosen)} {name}: its place in {file} is not there (any more)")
            escaped.append(name)
            continue
        try:
            path.write_text(text.replace(old, new))
            test = seeds()
        finally:
            path.write_text(text)
        said = test.stdout + test.stderr
        caught = test.returncode != 0 and "panicked" in said
        verdict = "caught" if caught else ("DOES NOT COMPILE" if test.returncode else "ESCAPED")
        telling = "error" if not caught else ": "
        lines = (line.strip() for line in said.splitlines())
        first = next((line for line in lines if line.startswith(("error", '"')) and telling in line and not line.startswith('"seed')), "")
        print(f"{number:2}/{len(chosen)} {name}: {verdict} {first[:150]}", flush=True)
        if not caught:
            escaped.append(name)
    print(f"{len(chosen) - len(escaped)} of {len(chosen)} caught")
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main())
