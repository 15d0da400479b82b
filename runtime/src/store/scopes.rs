//! The scopes whose rows a caller sees.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::store::{Error, RowId};

/// The scopes that a caller may see and change: of gyms, for instance, those that it works for.
///
/// Rows of a resource that is declared with `scope = gym` belong to the gym that this field names. A
/// [`Guard`](crate::Guard) returns for each caller which gyms those are; rows of others are not visible to it, and no
/// call of it finds any. Cheap to clone.
///
/// ```
/// use rowcast_runtime::Scopes;
///
/// let scopes = Scopes::of([1, 2]);
/// assert!(scopes.contain(&2.into()));
/// assert!(!scopes.contain(&3.into()));
/// assert!(Scopes::All.contain(&3.into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scopes {
    /// All scopes, present and future: for operators of the server, and for its own code.
    All,
    /// These, and no others.
    Of(Arc<BTreeSet<RowId>>),
}

impl Scopes {
    /// These, and no others.
    pub fn of<I: Into<RowId>>(scopes: impl IntoIterator<Item = I>) -> Self {
        Self::Of(Arc::new(scopes.into_iter().map(Into::into).collect()))
    }

    /// Not any.
    pub fn none() -> Self {
        Self::Of(Arc::default())
    }

    /// Whether this scope is among them.
    pub fn contain(&self, scope: &RowId) -> bool {
        match self {
            Self::All => true,
            Self::Of(scopes) => scopes.contains(scope),
        }
    }

    /// Rejects callers that do not see all scopes: no other may add a row that is a scope of its own. `what` is such a
    /// row.
    ///
    /// # Errors
    /// Forbidden: `you may not add a gym`.
    pub fn require_all(&self, what: &str) -> Result<(), Error> {
        match self {
            Self::All => Ok(()),
            Self::Of(_) => Err(Error::Forbidden(format!("you may not add a {what}"))),
        }
    }

    /// The scopes, unless they are all.
    pub fn listed(&self) -> Option<Vec<RowId>> {
        match self {
            Self::All => None,
            Self::Of(scopes) => Some(scopes.iter().cloned().collect()),
        }
    }

    /// The suffix of the names of rooms and epochs, so that each view of a list has its own: empty for all scopes. The
    /// same in every process and after a restart, and the scopes can't be derived from it.
    pub(crate) fn suffix(&self) -> String {
        let Self::Of(scopes) = self else {
            return String::new();
        };
        let mut hash = Sha256::new();
        for scope in scopes.iter() {
            let (kind, text) = match scope {
                RowId::Int(id) => (0_u8, id.to_string()),
                RowId::Text(id) => (1, id.clone()),
            };
            hash.update([kind]);
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        view_suffix('~', hash)
    }
}

/// The suffix of a view: a mark for the kind of restriction, and a hash from which the restriction can't be derived.
pub(crate) fn view_suffix(mark: char, of: Sha256) -> String {
    let mut name = [0; 8];
    name.copy_from_slice(&of.finalize()[..8]);
    format!("{mark}{:016x}", u64::from_be_bytes(name))
}

/// The scopes of a caller by their kind: `Gym`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ScopesByKind(BTreeMap<&'static str, Scopes>);

impl ScopesByKind {
    /// Resolves each kind once.
    pub(crate) fn resolve(
        kinds: &BTreeSet<&'static str>,
        mut scopes_of: impl FnMut(&'static str) -> Scopes,
    ) -> Self {
        let asked = kinds.iter().map(|&kind| (kind, scopes_of(kind)));
        Self(asked.collect())
    }

    /// The scopes of a kind; none if it was not resolved.
    pub(crate) fn of(&self, kind: &str) -> Scopes {
        self.0.get(kind).cloned().unwrap_or_else(Scopes::none)
    }

    pub(crate) fn set(&mut self, kind: &'static str, scopes: Scopes) {
        self.0.insert(kind, scopes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_stands_for_the_scopes_in_any_order() {
        assert_eq!(Scopes::of([1, 2]).suffix(), Scopes::of([2, 1, 1]).suffix());
        assert_eq!(Scopes::All.suffix(), "");
    }

    #[test]
    fn other_scopes_have_another_suffix() {
        let all = [
            Scopes::none(),
            Scopes::of([1]),
            Scopes::of([12]),
            Scopes::of([1, 2]),
            Scopes::of(["1"]),
            Scopes::of(["1", "2"]),
            Scopes::of(["12"]),
        ];
        let suffixes: BTreeSet<String> = all.iter().map(Scopes::suffix).collect();
        assert_eq!(suffixes.len(), all.len());
    }
}
