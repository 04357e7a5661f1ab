//! Pure functions that interpret a refused deletion. Studio says "in use" for three different
//! states [3.6, 3.28].

use aws::studio::ProfileStatus;

/// Reasons why Studio refused the deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The profile is being deleted, or gone: the wanted state.
    GoingAlready,
    /// Studio is working on the profile.
    Busy,
    /// An app or a space belongs to the profile.
    SomethingHangsOnIt,
}

/// Derives the reason from the profile's status; `None` means that the profile is gone.
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
