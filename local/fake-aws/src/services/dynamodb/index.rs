//! Finds the items of an index by their key. The crate scans the whole table for that, which is too
//! slow for a sweep of a thousand groups over a hundred thousand grants.

use std::collections::BTreeMap;
use winterbaume_dynamodb::types::{
    AttributeDefinition, AttributeValue, GlobalSecondaryIndexDef, KeySchemaElement,
};
use winterbaume_dynamodb::{DynamoDbError, Item};

/// Account, Region and table.
pub(super) type Place = (String, String, String);

/// The indices of all tables that have an index.
#[derive(Default)]
pub(super) struct Indices(BTreeMap<Place, Indexed>);

/// The indices of one table. Key values are kept as text, as formatted from the item.
struct Indexed {
    /// Names of the table's own key attributes.
    base: Vec<String>,
    /// Types of all key attributes, by name.
    types: BTreeMap<String, String>,
    /// Names of the indices, each with its key attributes, hash first.
    indices: Vec<(String, Vec<String>)>,
    /// Keys of the items by index and hash value, then by the text of the key.
    entries: BTreeMap<(String, String), BTreeMap<String, Item>>,
    /// Index and hash value of each entry of an item, by the text of the item's key.
    places: BTreeMap<String, Vec<(String, String)>>,
}

impl Indices {
    /// Registers a new table. Does nothing if it has no indices.
    pub(super) fn open(
        &mut self,
        place: Place,
        base: &[KeySchemaElement],
        attributes: &[AttributeDefinition],
        indices: &[GlobalSecondaryIndexDef],
    ) {
        if indices.is_empty() {
            return;
        }
        let indices = indices.iter().map(|one| (one.index_name.clone(), names(&one.key_schema)));
        let types = attributes.iter();
        let types = types.map(|one| (one.attribute_name.clone(), one.attribute_type.clone())).collect();
        let (entries, places) = Default::default();
        let indices = indices.collect();
        self.0.insert(place, Indexed { base: names(base), types, indices, entries, places });
    }

    /// Refuses an item whose attribute is the key of an index and has another type than the index, or no
    /// text. DynamoDB refuses the whole request, though the item need not be in the index.
    pub(super) fn check(&self, place: &Place, item: &Item) -> Result<(), DynamoDbError> {
        let Some(table) = self.0.get(place) else { return Ok(()) };
        for (index, keys) in &table.indices {
            for name in keys {
                let (Some(value), Some(expected)) = (item.get(name), table.types.get(name)) else { continue };
                let actual = type_of(value);
                let why = if actual != *expected {
                    format!("Type mismatch for Index Key {name} Expected: {expected} Actual: {actual}")
                } else if matches!(value, AttributeValue::S(text) if text.is_empty()) {
                    format!("Secondary index key attribute {name} cannot be an empty string")
                } else {
                    continue;
                };
                let said = format!("One or more parameter values were invalid: {why} IndexName: {index}");
                return Err(DynamoDbError::ValidationError(said));
            }
        }
        Ok(())
    }

    /// Checks whether a table has indices.
    pub(super) fn concern(&self, place: &Place) -> bool {
        self.0.contains_key(place)
    }

    /// Updates the indices after a write of the item with this key. `now` is the item after the
    /// write.
    pub(super) fn touch(&mut self, place: &Place, key: &Item, now: Option<&Item>) {
        let Some(table) = self.0.get_mut(place) else { return };
        let own: Item =
            table.base.iter().filter_map(|name| Some((name.clone(), key.get(name)?.clone()))).collect();
        let text = table.base.iter().map(|name| value(key, name).unwrap_or_default()).collect::<Vec<_>>();
        let text = text.join("\n");
        for stood in table.places.remove(&text).unwrap_or_default() {
            if let Some(items) = table.entries.get_mut(&stood) {
                items.remove(&text);
            }
        }
        let Some(now) = now else { return };
        for (index, keys) in &table.indices {
            let values: Option<Vec<String>> = keys.iter().map(|name| value(now, name)).collect();
            let Some(hash) = values.and_then(|values| values.into_iter().next()) else { continue };
            let stands = (index.clone(), hash);
            table.places.entry(text.clone()).or_default().push(stands.clone());
            table.entries.entry(stands).or_default().insert(text.clone(), own.clone());
        }
    }

    /// Returns the keys of the items with this hash value in an index. Returns `None` if the
    /// condition is not on the hash key alone, or if the index does not exist.
    pub(super) fn find(&self, place: &Place, index: &str, conditions: &Item) -> Option<Vec<Item>> {
        let table = self.0.get(place)?;
        let (_, keys) = table.indices.iter().find(|(name, _)| name == index)?;
        let hash = value(conditions, keys.first()?).filter(|_| conditions.len() == 1)?;
        let items = table.entries.get(&(index.to_owned(), hash));
        Some(items.map(|items| items.values().cloned().collect()).unwrap_or_default())
    }
}

fn names(schema: &[KeySchemaElement]) -> Vec<String> {
    let (hash, range): (Vec<_>, Vec<_>) = schema.iter().partition(|key| key.key_type == "HASH");
    hash.into_iter().chain(range).map(|key| key.attribute_name.clone()).collect()
}

/// Returns the word of DynamoDB for the type of a value.
fn type_of(value: &AttributeValue) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_object().and_then(|value| value.keys().next().cloned()).unwrap_or_default()
}

fn value(item: &Item, name: &str) -> Option<String> {
    item.get(name).map(|value| format!("{value:?}"))
}
