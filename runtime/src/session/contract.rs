//! The contract check of connecting clients.

use serde_json::Value;

/// The message to a rejected client; generated clients recognize it and report `outdated`.
pub(super) const OUTDATED: &str = "outdated";

/// The contract that a server was generated from.
///
/// Generated clients send the fingerprint of theirs as `contract` in `auth` when they connect. A client of a contract
/// that the server does not serve is rejected with the message `outdated`, on which a page can offer to reload. Clients
/// that send none, such as those written by hand, are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contract {
    /// Identifies everything that clients rely on.
    pub fingerprint: &'static str,
    /// Earlier contracts whose clients are compatible with the changes since.
    pub serves: &'static [&'static str],
}

impl Contract {
    /// Whether a client that connected with `auth` can be served.
    pub(super) fn admits(&self, auth: &Value) -> bool {
        match auth.get("contract").and_then(Value::as_str) {
            Some(theirs) => theirs == self.fingerprint || self.serves.contains(&theirs),
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn clients_of_this_and_of_compatible_contracts_are_admitted_and_those_without_any() {
        let contract = Contract {
            fingerprint: "c",
            serves: &["a", "b"],
        };
        for auth in [
            json!({ "contract": "c" }),
            json!({ "contract": "a", "token": "t" }),
            json!({ "token": "t" }),
            json!(null),
            json!({ "contract": 1 }),
        ] {
            assert!(contract.admits(&auth), "{auth}");
        }
        assert!(!contract.admits(&json!({ "contract": "x" })));
        assert!(!contract.admits(&json!({ "contract": "" })));
    }
}
