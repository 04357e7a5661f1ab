//! What a refused deletion means: pure. Studio says "in use" for three different things [3.6, 3.28].

use aws::studio::ProfileStatus;

/// Why Studio would not delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is being deleted, or gone: what we wanted.
    GoingAlready,
    /// Studio is at work on it.
    Busy,
    /// An app or a space belongs to it.
    SomethingHangsOnIt,
}

/// The meaning, from the profile's status.
pub(crate) fn refused(status: Option<ProfileStatus>) -> Refused {
    use ProfileStatus as S;
    match status {
        None | Some(S::Deleting) => Refused::GoingAlready,
        Some(S::Pending | S::Updating) => Refused::Busy,
        Some(S::InService | S::Failed | S::UpdateFailed | S::DeleteFailed) => Refused::SomethingHangsOnIt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_use_has_three_meanings() {
        assert_eq!(refused(None), Refused::GoingAlready);
        assert_eq!(refused(Some(ProfileStatus::Deleting)), Refused::GoingAlready);
        assert_eq!(refused(Some(ProfileStatus::Updating)), Refused::Busy);
        assert_eq!(refused(Some(ProfileStatus::InService)), Refused::SomethingHangsOnIt);
    }
}
