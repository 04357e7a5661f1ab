//! The small set of histories that every fault is tried on in turn.

use crate::deeds::{Cast, Deed, Story};
use crate::model::{Removal, Row};
use crate::theatre::millis;
use std::time::Duration;

fn row(role: u8, priority: u32, removal: Removal) -> Row {
    Row { role, priority, enabled: true, removal }
}

fn story(cast: (usize, usize, usize), deeds: &[(u64, Deed)]) -> Story {
    let (users, groups, targets) = cast;
    let deeds = deeds.iter().map(|(second, deed)| (millis(second * 1000), deed.clone())).collect();
    Story { seed: 1, cast: Cast { users, groups, targets }, deeds }
}

/// Every case with its name. An hour lies between the parts of a case, so that one is over before the next begins, however it is disturbed.
pub fn all() -> Vec<(&'static str, Story)> {
    use Deed::{Delete, Join, Leave, Look, Map, OpenSpace, StartApp};
    use Removal::{Delete as Goes, Keep};
    let hour = Duration::from_hours(1).as_secs();
    vec![
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
                    (hour, Join(0, 0)),
                    (hour, Look(0)),
                ],
            ),
        ),
        (
            "leave with apps and spaces",
            story(
                (1, 1, 1),
                &[
                    (0, Map(0, 0, row(1, 1, Goes))),
                    (1, Join(0, 0)),
                    (1, Look(0)),
                    (hour, StartApp(0, 0)),
                    (hour, OpenSpace(0, 0)),
                    (hour + 60, StartApp(0, 0)),
                    (hour + 600, Leave(0, 0)),
                    (hour + 600, Look(0)),
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
                    (hour, OpenSpace(0, 0)),
                    (hour + 60, StartApp(0, 0)),
                    (hour + 600, Leave(0, 0)),
                    (hour + 600, Look(0)),
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
                    (hour, Leave(0, 0)),
                    (hour, Look(0)),
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
                    (hour, StartApp(0, 0)),
                    (hour + 600, Leave(0, 0)),
                    (hour + 600, Look(0)),
                    (hour + 615, Join(0, 0)),
                    (hour + 615, Look(0)),
                ],
            ),
        ),
        (
            "delete user",
            story(
                (1, 1, 1),
                &[
                    (0, Map(0, 0, row(1, 1, Goes))),
                    (1, Join(0, 0)),
                    (1, Look(0)),
                    (hour, Delete(0)),
                    (hour, Look(0)),
                ],
            ),
        ),
    ]
}
