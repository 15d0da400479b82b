//! `access(read = anyone, write = signed_in, delete = owner(coach))`: who may do what.

use darling::FromMeta;
use darling::util::SpannedValue;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Expr;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// What `access(…)` says; `write` stands for whatever of create, update and delete is not named.
#[derive(Default, FromMeta)]
pub(crate) struct AccessItem {
    #[darling(default)]
    pub(crate) read: Option<SpannedValue<Rule>>,
    #[darling(default)]
    pub(crate) write: Option<SpannedValue<Rule>>,
    #[darling(default)]
    pub(crate) create: Option<SpannedValue<Rule>>,
    #[darling(default)]
    pub(crate) update: Option<SpannedValue<Rule>>,
    #[darling(default)]
    pub(crate) delete: Option<SpannedValue<Rule>>,
}

impl AccessItem {
    /// All rules that are written.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &SpannedValue<Rule>> {
        let Self {
            read,
            write,
            create,
            update,
            delete,
        } = self;
        [read, write, create, update, delete].into_iter().flatten()
    }

    pub(crate) fn describe(&self) -> TokenStream {
        let own = |rule: &Option<SpannedValue<Rule>>| describe(rule.as_ref());
        let written =
            |rule: &Option<SpannedValue<Rule>>| describe(rule.as_ref().or(self.write.as_ref()));
        let read = own(&self.read);
        let [create, update, delete] = [&self.create, &self.update, &self.delete].map(written);
        quote!(::rowcast_schema::description::Access {
            read: #read,
            create: #create,
            update: #update,
            delete: #delete,
        })
    }
}

/// What `access(…)` says on a field: who sees it, and who sets it.
#[derive(Default, FromMeta)]
pub(crate) struct FieldAccessItem {
    #[darling(default)]
    pub(crate) read: Option<SpannedValue<Rule>>,
    #[darling(default)]
    pub(crate) write: Option<SpannedValue<Rule>>,
}

impl FieldAccessItem {
    /// All rules that are written.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &SpannedValue<Rule>> {
        [&self.read, &self.write].into_iter().flatten()
    }

    /// A caller that does not see a field does not set it, unless `write` is named.
    pub(crate) fn describe(&self, settable: bool) -> TokenStream {
        let read = describe(self.read.as_ref());
        let write = self.write.as_ref().or(self.read.as_ref());
        let write = describe(write.filter(|_| settable));
        quote!(::rowcast_schema::description::FieldAccess {
            read: #read,
            write: #write,
        })
    }
}

/// Who may do something.
pub(crate) enum Rule {
    Anyone,
    SignedIn,
    Nobody,
    Role(String),
    Owner(String),
}

const RULES: &str = "choose from: anyone, signed_in, role(\"admin\"), owner(coach), nobody";

impl FromMeta for Rule {
    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        let rule = match expr {
            Expr::Path(path) => {
                path.path
                    .get_ident()
                    .and_then(|name| match name.to_string().as_str() {
                        "anyone" => Some(Self::Anyone),
                        "signed_in" => Some(Self::SignedIn),
                        "nobody" => Some(Self::Nobody),
                        _ => None,
                    })
            }
            Expr::Call(call) => with_argument(call),
            _ => None,
        };
        rule.ok_or_else(|| darling::Error::custom(no_rule(expr)).with_span(&expr.span()))
    }
}

/// What is wrong with an expression that is no rule.
fn no_rule(expr: &Expr) -> String {
    let function = match expr {
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        },
        _ => None,
    };
    let several = matches!(expr, Expr::Call(call) if call.args.len() > 1);
    match function.as_deref() {
        Some("role") if several => "`role` takes one role\nhelp: to let several in, give those accounts a role that they have in common, and name that: `role(\"staff\")`".to_owned(),
        Some("role") => "`role` takes the name of a role in quotes\nhelp: write `role(\"admin\")`".to_owned(),
        Some("owner") => "`owner` takes one field, without quotes: the `belongs_to` that leads to the owner, or the id\nhelp: write `owner(coach)`".to_owned(),
        _ => format!("this is no access rule\nhelp: {RULES}"),
    }
}

fn with_argument(call: &syn::ExprCall) -> Option<Rule> {
    let Expr::Path(function) = &*call.func else {
        return None;
    };
    let argument = match call.args.first() {
        Some(argument) if call.args.len() == 1 => argument,
        _ => return None,
    };
    match (function.path.get_ident()?.to_string().as_str(), argument) {
        ("owner", Expr::Path(field)) => {
            let field = field.path.get_ident()?;
            Some(Rule::Owner(field.unraw().to_string()))
        }
        ("role", Expr::Lit(literal)) => match &literal.lit {
            syn::Lit::Str(role) if !role.value().trim().is_empty() => {
                Some(Rule::Role(role.value()))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The code of an `Option<Allowed>`.
pub(crate) fn describe(rule: Option<&SpannedValue<Rule>>) -> TokenStream {
    let allowed = quote!(::rowcast_schema::description::Allowed);
    let text = |text: &str| quote!(::std::string::String::from(#text));
    let rule = match rule.map(|rule| &**rule) {
        None => return quote!(::core::option::Option::None),
        Some(Rule::Anyone) => quote!(#allowed::Anyone),
        Some(Rule::SignedIn) => quote!(#allowed::SignedIn),
        Some(Rule::Nobody) => quote!(#allowed::Nobody),
        Some(Rule::Role(role)) => {
            let role = text(role);
            quote!(#allowed::Role(#role))
        }
        Some(Rule::Owner(field)) => {
            let field = text(field);
            quote!(#allowed::Owner(#field))
        }
    };
    quote!(::core::option::Option::Some(#rule))
}
