//! Which profile holds a directory user. Studio allows one for each [3.8] and has no filter for it, nor does its list tell [3.18]: a sign-in that
//! came first has made one under a name of Studio's own choice [3.46], and an administrator under any name at all.

use super::profile::DESCRIBE;
use super::{Domain, Profile, StudioError};
use crate::error::{AwsError, Class};
use contract::ids::ProfileName;

const LIST: &str = "sagemaker:ListUserProfiles";

/// Pages of a hundred that are listed, and profiles that are described, at most: a look takes seconds.
const MAX_PAGES: usize = 10;
const MAX_DESCRIBED: usize = 50;

impl Domain {
    /// The profile that is bound to a directory user name, among those whose names have the longest word of it; those that have most of its words
    /// first. To find none proves nothing: the profile's name may be quite another, or too many may be alike.
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

    /// The directory user name that a profile is bound to; nothing if the profile is gone.
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

/// The runs of ASCII letters and digits before the `@`: however Studio joins them to a name, it keeps them.
fn words(user_name: &str) -> Vec<&str> {
    let local = user_name.split('@').next().unwrap_or(user_name);
    local.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// The first of the longest words, no longer than a name may be [3.1].
fn longest<'a>(words: &[&'a str]) -> Option<&'a str> {
    let longest = words.iter().rev().max_by_key(|word| word.len())?;
    Some(&longest[..longest.len().min(63)])
}

/// How many of the words a profile's name lacks.
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
