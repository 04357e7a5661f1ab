//! Finds the line and column of each part of a YAML text. The text is parsed a second time for
//! this.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// One segment of the path from the top of a document to a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A member of a mapping.
    Key(String),
    /// An item of a sequence.
    Index(usize),
}

impl From<&str> for Part {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Part {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The parts of a document with their positions.
#[derive(Debug)]
pub(crate) struct Places(Option<Spanned<Node>>);

#[derive(Debug)]
enum Node {
    Map(BTreeMap<String, Spanned<Node>>),
    List(Vec<Spanned<Node>>),
    Leaf,
}

impl Places {
    /// Parses the text. A text that is not YAML has no positions.
    pub(crate) fn of(text: &str) -> Self {
        Self(serde_saphyr::from_str(text).ok())
    }

    /// Returns line and column of a part, from 1. If the part is missing, returns the position of
    /// the nearest enclosing part.
    pub(crate) fn at(&self, way: &[Part]) -> (u64, u64) {
        let Some(top) = &self.0 else { return (1, 1) };
        let mut here = top;
        for part in way {
            let next = match (&here.value, part) {
                (Node::Map(members), Part::Key(key)) => members.get(key),
                (Node::List(items), Part::Index(index)) => items.get(*index),
                (Node::Map(_) | Node::List(_) | Node::Leaf, _) => None,
            };
            let Some(next) = next else { break };
            here = next;
        }
        (here.referenced.line().max(1), here.referenced.column().max(1))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shape)
    }
}

/// Accepts any value and keeps only its structure.
struct Shape;

impl<'de> Visitor<'de> for Shape {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            members.insert(key, map.next_value()?);
        }
        Ok(Node::Map(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Node::Leaf)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_by_line_and_column() {
        let places = Places::of("name: x\ntimeline:\n  - { join: { user: a, group: b } }\n  - wait: 1s\n");
        let at = |way: &[Part]| places.at(way);
        assert_eq!(at(&["name".into()]), (1, 7));
        assert_eq!(at(&["timeline".into(), 0.into(), "join".into(), "group".into()]), (3, 31));
        assert_eq!(at(&["timeline".into(), 1.into(), "wait".into()]), (4, 11));
    }

    #[test]
    fn what_is_left_out_stands_where_it_should_be() {
        let places = Places::of("timeline:\n  - { join: { user: a } }\n");
        assert_eq!(places.at(&["timeline".into(), 0.into(), "join".into(), "group".into()]), (2, 13));
    }
}
