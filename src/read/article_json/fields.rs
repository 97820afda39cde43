//! The fields that may be written in several ways: a name or an object, one value or a list.

use super::scalars::MANY;
use super::schema::{FileFields, PersonFields, SubjectFields};
use crate::model::{ParsedDate, ParsedEnclosure, ParsedPerson};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// A category: its term, scheme and label.
pub(super) type Subject = (String, Option<String>, Option<String>);

/// A value that is written as a string, or as an object with more.
trait StringOrObject<'de>: Sized {
    type Object: Deserialize<'de>;
    const WANTED: &'static str;

    fn of_string(text: String) -> Self;
    fn of_object(object: Self::Object) -> Self;
}

/// A person, by the name alone or with more.
pub(super) struct PersonOrName(pub(super) ParsedPerson);

impl StringOrObject<'_> for PersonOrName {
    type Object = PersonFields;
    const WANTED: &'static str = "a name, or an object with `name`";

    fn of_string(name: String) -> Self {
        Self(ParsedPerson::named(name))
    }

    fn of_object(person: PersonFields) -> Self {
        Self(ParsedPerson { name: person.name, email: person.email, uri: person.url })
    }
}

struct SubjectOrName(Subject);

impl StringOrObject<'_> for SubjectOrName {
    type Object = SubjectFields;
    const WANTED: &'static str = "a name, or an object with `term`";

    fn of_string(name: String) -> Self {
        Self((name, None, None))
    }

    fn of_object(subject: SubjectFields) -> Self {
        Self((subject.term.0, subject.scheme, subject.label))
    }
}

struct FileOrAddress(ParsedEnclosure);

impl StringOrObject<'_> for FileOrAddress {
    type Object = FileFields;
    const WANTED: &'static str = "an address, or an object with `url`";

    fn of_string(url: String) -> Self {
        Self(ParsedEnclosure { url, ..ParsedEnclosure::default() })
    }

    fn of_object(file: FileFields) -> Self {
        Self(ParsedEnclosure {
            url: file.url,
            media_type: file.media_type,
            length: file.length.map(|length| length.0),
            title: file.title,
            duration: file.duration.map(|duration| duration.0),
            ..ParsedEnclosure::default()
        })
    }
}

struct OneVisitor<T>(PhantomData<T>);

impl<'de, T: StringOrObject<'de>> Visitor<'de> for OneVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WANTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::of_string(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::Object::deserialize(MapAccessDeserializer::new(map)).map(T::of_object)
    }
}

/// One value as [`StringOrObject`] says; serde's derive has no such thing that keeps the place of a mistake.
struct One<T>(T);

impl<'de, T: StringOrObject<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneVisitor(PhantomData)).map(One)
    }
}

struct ManyVisitor<T>(PhantomData<T>);

impl<'de, T: StringOrObject<'de>> Visitor<'de> for ManyVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a sequence, or {}", T::WANTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        Ok(vec![T::of_string(text.to_owned())])
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
        Ok(vec![OneVisitor(PhantomData).visit_map(map)?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(One(value)) = seq.next_element()? {
            if values.len() == MANY {
                return Err(A::Error::custom(format!("more than {MANY} values in a list")));
            }
            values.push(value);
        }
        Ok(values)
    }
}

/// A list type of the model, read with [`ManyVisitor`].
macro_rules! list {
    ($name:ident, $one:ty, $value:ty) => {
        #[derive(Default)]
        pub(super) struct $name(pub(super) Vec<$value>);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let all = deserializer.deserialize_any(ManyVisitor::<$one>(PhantomData))?;
                Ok(Self(all.into_iter().map(|one| one.0).collect()))
            }
        }
    };
}

list!(People, PersonOrName, ParsedPerson);
list!(Subjects, SubjectOrName, Subject);
list!(Enclosures, FileOrAddress, ParsedEnclosure);

impl<'de> Deserialize<'de> for PersonOrName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        One::deserialize(deserializer).map(|One(person)| person)
    }
}

/// A date as its text; whether it can be read is said later, with all the evidence.
pub(super) fn date<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<ParsedDate>, A::Error> {
    let raw = super::string(map)?;
    Ok(raw.map(|raw| ParsedDate { raw: raw.trim().to_owned() }))
}
