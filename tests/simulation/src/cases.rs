//! The small set of histories that every fault is tried on in turn.

use crate::model::{Removal, Row};
use crate::operations::{Limits, Operation, Participants, Quirks, Story};
use crate::runner::millis;

fn row(role: u8, priority: u32, removal: Removal) -> Row {
    Row { role, priority, enabled: true, removal, grace_days: 0, restarts: true, adopts: false }
}

fn story(participants: (usize, usize, usize), operations: &[(u64, Operation)]) -> Story {
    let (users, groups, targets) = participants;
    let operations =
        operations.iter().map(|(second, operation)| (millis(second * 1000), operation.clone())).collect();
    Story {
        seed: 1,
        participants: Participants { users, groups, targets },
        quirks: Quirks::default(),
        limits: None,
        operations,
        swept: false,
    }
}

/// An hour lies between the parts of a case, so that one is over before the next begins, however it is disturbed.
const HOUR: u64 = 3600;

/// Every case with its name.
pub fn all() -> Vec<(&'static str, Story)> {
    [giving(), leaving(), staying()].concat()
}

/// More domains than one execution works on.
pub fn join_in_four_targets() -> Story {
    use Operation::{Join, Look, Map};
    let rows = (0..4).map(|target| (0, Map(0, target, row(1, 1, Removal::Keep))));
    let operations: Vec<(u64, Operation)> = rows.chain([(1, Join(0, 0)), (1, Look(0))]).collect();
    story((1, 1, 4), &operations)
}

fn giving() -> Vec<(&'static str, Story)> {
    use Operation::{Join, Look, Map, StartApp};
    use Removal::Keep;
    let crowd = story(
        (3, 1, 1),
        &[
            (0, Map(0, 0, row(1, 1, Keep))),
            (1, Join(0, 0)),
            (1, Join(1, 0)),
            (1, Join(2, 0)),
            (1, Look(0)),
            (1, Look(1)),
            (2, Look(2)),
        ],
    );
    let crowd = Story { quirks: Quirks { creates_slowly: true, ..crowd.quirks }, ..crowd };
    vec![
        ("join in a crowd", crowd),
        ("join", story((1, 1, 1), &[(0, Map(0, 0, row(1, 1, Keep))), (1, Join(0, 0)), (1, Look(0))])),
        (
            "join in two targets",
            story(
                (1, 1, 2),
                &[
                    (0, Map(0, 0, row(1, 1, Keep))),
                    (0, Map(0, 1, row(2, 1, Keep))),
                    (1, Join(0, 0)),
                    (1, Look(0)),
                ],
            ),
        ),
        (
            "role change",
            story(
                (1, 2, 1),
                &[
                    (0, Map(0, 0, row(1, 1, Keep))),
                    (0, Map(1, 0, row(2, 2, Keep))),
                    (1, Join(0, 1)),
                    (1, Look(0)),
                    (HOUR / 2, StartApp(0, 0)),
                    (HOUR, Join(0, 0)),
                    (HOUR, Look(0)),
                ],
            ),
        ),
    ]
}

fn leaving() -> Vec<(&'static str, Story)> {
    use Operation::{Delete, Join, Leave, Look, Map, OpenSpace, StartApp};
    use Removal::{Delete as Goes, Keep};
    vec![
        (
            "leave with apps and spaces",
            story(
                (1, 1, 1),
                &[
                    (0, Map(0, 0, row(1, 1, Goes))),
                    (1, Join(0, 0)),
                    (1, Look(0)),
                    (HOUR, StartApp(0, 0)),
                    (HOUR, OpenSpace(0, 0)),
                    (HOUR + 60, StartApp(0, 0)),
                    (HOUR + 600, Leave(0, 0)),
                    (HOUR + 600, Look(0)),
                ],
            ),
        ),
        (
            "leave while spaces stay",
            story(
                (1, 1, 1),
                &[
                    (0, Map(0, 0, row(1, 1, Keep))),
                    (1, Join(0, 0)),
                    (1, Look(0)),
                    (HOUR, OpenSpace(0, 0)),
                    (HOUR + 60, StartApp(0, 0)),
                    (HOUR + 600, Leave(0, 0)),
                    (HOUR + 600, Look(0)),
                ],
            ),
        ),
        (
            "leave, return and leave again within the days of grace",
            story(
                (1, 1, 1),
                &[
                    (0, Map(0, 0, Row { grace_days: 1, ..row(1, 1, Goes) })),
                    (1, Join(0, 0)),
                    (1, Look(0)),
                    (HOUR, OpenSpace(0, 0)),
                    (HOUR + 600, Leave(0, 0)),
                    (HOUR + 600, Look(0)),
                    (2 * HOUR, Join(0, 0)),
                    (2 * HOUR, Look(0)),
                    (3 * HOUR, Leave(0, 0)),
                    (3 * HOUR, Look(0)),
                ],
            ),
        ),
        ("leave in an hour that allows one deletion", one_deletion()),
        (
            "delete user",
            story(
                (1, 1, 1),
                &[
                    (0, Map(0, 0, row(1, 1, Goes))),
                    (1, Join(0, 0)),
                    (1, Look(0)),
                    (HOUR, Delete(0)),
                    (HOUR, Look(0)),
                ],
            ),
        ),
    ]
}

/// Two users leave at the same time. One profile is deleted, and the other user is suspended and held back.
fn one_deletion() -> Story {
    use Operation::{Join, Leave, Look, Map};
    let both = story(
        (2, 1, 1),
        &[
            (0, Map(0, 0, row(1, 1, Removal::Delete))),
            (1, Join(0, 0)),
            (1, Join(1, 0)),
            (1, Look(0)),
            (1, Look(1)),
            (HOUR, Leave(0, 0)),
            (HOUR, Leave(1, 0)),
            (HOUR, Look(0)),
            (HOUR, Look(1)),
        ],
    );
    Story { limits: Some(Limits { suspensions: 2, deletions: 1 }), ..both }
}

fn staying() -> Vec<(&'static str, Story)> {
    use Operation::{Join, Leave, Look, Map, Rename, StartApp};
    use Removal::Delete as Goes;
    vec![
        (
            "rename, which only an operator can finish",
            story(
                (1, 1, 1),
                &[
                    (0, Map(0, 0, row(1, 1, Goes))),
                    (1, Join(0, 0)),
                    (1, Look(0)),
                    (HOUR, Rename(0)),
                    (HOUR, Look(0)),
                ],
            ),
        ),
        (
            "leave while another group remains",
            story(
                (1, 2, 1),
                &[
                    (0, Map(0, 0, row(1, 1, Goes))),
                    (0, Map(1, 0, row(2, 2, Goes))),
                    (1, Join(0, 0)),
                    (1, Join(0, 1)),
                    (1, Look(0)),
                    (HOUR, Leave(0, 0)),
                    (HOUR, Look(0)),
                ],
            ),
        ),
        (
            "rejoin during leave",
            story(
                (1, 1, 1),
                &[
                    (0, Map(0, 0, row(1, 1, Goes))),
                    (1, Join(0, 0)),
                    (1, Look(0)),
                    (HOUR, StartApp(0, 0)),
                    (HOUR + 600, Leave(0, 0)),
                    (HOUR + 600, Look(0)),
                    (HOUR + 615, Join(0, 0)),
                    (HOUR + 615, Look(0)),
                ],
            ),
        ),
    ]
}
