//! Finds the profile that is bound to a directory user.
//!
//! Studio allows one profile for each user [3.8], but it has no filter by user, and its list does
//! not have the user either [3.18]. If the user's first sign-in came before us, it created a
//! profile under a name that Studio chose [3.46]; an administrator may have used any name.

use super::profile::DESCRIBE;
use super::{Domain, Profile, StudioError};
use crate::error::{AwsError, Class};
use contract::ids::ProfileName;

const LIST: &str = "sagemaker:ListUserProfiles";

/// Limits on pages of a hundred listed profiles, and on described profiles, so that the search
/// takes only seconds.
const MAX_PAGES: usize = 10;
const MAX_DESCRIBED: usize = 50;

impl Domain {
    /// Searches for the profile that is bound to a directory user name.
    ///
    /// Only profiles whose names have the longest word of the user name are considered, those with
    /// most of its words first. `None` does not prove that there is no such profile: its name may
    /// be unrelated, or there may be too many similar ones.
    pub async fn holder(&self, user_name: &str) -> Result<Option<(ProfileName, Profile)>, StudioError> {
        let words = words(user_name);
        let mut names = self.names_with(longest(&words)).await?;
        names.sort_by_key(|name| missing(&words, name));
        for name in names.into_iter().take(MAX_DESCRIBED) {
            let bound = self.bound_to(&name).await?;
            if bound.is_some_and(|bound| bound.eq_ignore_ascii_case(user_name)) {
                return Ok(self.profile(&name).await?.map(|profile| (name, profile)));
            }
        }
        Ok(None)
    }

    /// Returns the directory user name that a profile is bound to, or `None` if the profile is
    /// gone.
    async fn bound_to(&self, name: &ProfileName) -> Result<Option<String>, AwsError> {
        let call = self.client.describe_user_profile().domain_id(&self.id).user_profile_name(name.as_str());
        match call.send().await {
            Ok(found) => Ok(found.single_sign_on_user_value().map(str::to_owned)),
            Err(error) => {
                let fault = AwsError::from_sdk(DESCRIBE, &error);
                if fault.is("ResourceNotFound") { Ok(None) } else { Err(fault) }
            }
        }
    }

    async fn names_with(&self, word: Option<&str>) -> Result<Vec<ProfileName>, AwsError> {
        let mut names = Vec::new();
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let call = self.client.list_user_profiles().domain_id_equals(&self.id).max_results(100);
            let call = call.set_user_profile_name_contains(word.map(str::to_owned)).set_next_token(token);
            let page = call.send().await.map_err(|error| AwsError::from_sdk(LIST, &error))?;
            for found in page.user_profiles() {
                let name = ProfileName::new(found.user_profile_name().unwrap_or_default());
                names.push(name.map_err(|bad| AwsError::new(LIST, Class::Unexpected, bad.to_string()))?);
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(names)
    }
}

/// Returns the runs of ASCII letters and digits before the `@`. Studio keeps these in a name,
/// however it joins them.
fn words(user_name: &str) -> Vec<&str> {
    let local = user_name.split('@').next().unwrap_or(user_name);
    local.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// Returns the first of the longest words, cut to the maximum length of a name [3.1].
fn longest<'a>(words: &[&'a str]) -> Option<&'a str> {
    let longest = words.iter().rev().max_by_key(|word| word.len())?;
    Some(&longest[..longest.len().min(63)])
}

/// Counts the words that a profile's name lacks.
fn missing(words: &[&str], name: &ProfileName) -> usize {
    let name = name.as_str().to_ascii_lowercase();
    words.iter().filter(|word| !name.contains(&word.to_ascii_lowercase())).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_of_a_user_name_narrows_the_search() {
        for (user_name, word) in [
            ("ana.silva@example.com", Some("silva")),
            ("maria-lopez", Some("maria")),
            ("o'brien+x", Some("brien")),
            ("山田太郎@例え.jp", None),
        ] {
            assert_eq!(longest(&words(user_name)), word, "{user_name}");
        }
        assert_eq!(longest(&["x".repeat(100).as_str()]).map(str::len), Some(63));
    }

    #[test]
    fn names_with_more_of_the_words_are_looked_at_first() {
        let words = words("Ana.Silva@example.com");
        let lacks = |name: &str| missing(&words, &ProfileName::new(name).unwrap());
        assert_eq!([lacks("ana-silva-4711"), lacks("joao-silva"), lacks("ben")], [0, 1, 2]);
    }
}
