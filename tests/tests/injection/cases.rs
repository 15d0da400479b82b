//! The planner's server and those of the golden cases, with everybody let in. Their commands are there, and are not called.

use std::net::SocketAddr;

use rowcast_runtime::serve::SocketOptions;
use rowcast_runtime::store::Transaction;
use rowcast_runtime::{AllowAll, Caller, Error};
use rowcast_schema::{Contract, resolve};
use tempfile::TempDir;

use crate::access::NewStudio;
use crate::client;

/// A server with its contract; the folder holds its database.
pub struct Case {
    pub name: &'static str,
    pub contract: Contract,
    pub address: SocketAddr,
    pub _folder: TempDir,
}

struct Uncalled;

fn uncalled<T>() -> Result<T, Error> {
    Err(Error::internal("nobody should call this"))
}

/// Commands that answer nothing: `in the store` those with a transaction, the others before.
macro_rules! uncalled {
    ($server:ident: $($name:ident($input:ty) -> $ack:ty),*; $($written:ident($given:ty)),*) => {
        #[allow(deprecated, reason = "one case is of what is deprecated")]
        impl crate::$server::Commands for Uncalled {
            $(async fn $name(&self, _: &crate::$server::App<Self>, _: &Caller, _: $input) -> Result<$ack, Error> {
                uncalled()
            })*
            $(fn $written(&self, _: &Caller, _: &Transaction<'_>, _: $given) -> Result<(), Error> {
                uncalled()
            })*
        }
    };
}

uncalled!(access_server: sign_in(crate::access::SignIn) -> (), sign_out(crate::access::SignOut) -> ();
    clear(crate::access::Clear), reset(crate::access::Reset));
uncalled!(commands_and_events_server: search(crate::commands_and_events::Search) -> Vec<crate::commands_and_events::Message>,
    latest(crate::commands_and_events::Latest) -> Option<crate::commands_and_events::Message>,
    logout(crate::commands_and_events::Logout) -> (), route(crate::commands_and_events::Route) -> ();
    archive(crate::commands_and_events::Archive));
uncalled!(deprecated_server: count(crate::deprecated::Count) -> (),
    r#move(crate::deprecated::Move) -> Option<crate::deprecated::Moved>;);
uncalled!(every_server: probe(crate::every::Probe) -> crate::every::Probe, ruled(crate::every::Ruled) -> crate::every::Ruled,
    directed(crate::every::Directed) -> crate::every::Directed,
    format_probe(crate::every::FormatProbe) -> crate::every::FormatProbe;);
uncalled!(fields_server: sign_in(crate::fields::SignIn) -> crate::fields::Coach,
    show_plan(crate::fields::ShowPlan) -> crate::fields::Plan;);
uncalled!(files_server: join(crate::files::Join) -> crate::files::Joined;);
uncalled!(layout_server: negotiate_international_transportation_agreement(
        crate::layout::NegotiateInternationalTransportationAgreement
    ) -> Vec<(
        crate::layout::MeansOfTransportationInTheCountry,
        Option<crate::layout::OutcomeOfTheTransportationCommand>,
    )>;);
uncalled!(quirks_server: reschedule_maintenance_appointments(crate::quirks::RescheduleMaintenanceAppointments)
    -> Vec<Option<String>>, ping(crate::quirks::Ping) -> (), sort(crate::quirks::Sort) -> (););
uncalled!(shown_server: introduce(crate::shown::Introduce) -> crate::shown::Introduced,
    payroll(crate::shown::Payroll) -> Vec<crate::shown::Person>, plan(crate::shown::Plan) -> Vec<crate::shown::Shift>;);

impl crate::planner_server::Commands for Uncalled {
    async fn login(
        &self,
        _: &crate::planner_server::App<Self>,
        _: &Caller,
        _: crossfit_schema::Login,
    ) -> Result<crossfit_schema::CoachSession, Error> {
        uncalled()
    }

    async fn logout(
        &self,
        _: &crate::planner_server::App<Self>,
        _: &Caller,
        _: crossfit_schema::Logout,
    ) -> Result<(), Error> {
        uncalled()
    }

    fn copy_day(
        &self,
        _: &Caller,
        _: &Transaction<'_>,
        _: crossfit_schema::CopyDay,
    ) -> Result<crossfit_schema::CopiedDay, Error> {
        uncalled()
    }
}

macro_rules! case {
    ($name:literal, $schema:expr, $server:ident, $commands:expr) => {
        case!($name, $schema, $server, $commands, |_| Ok(()))
    };
    ($name:literal, $schema:expr, $server:ident, $commands:expr, $begin:expr) => {{
        let folder = tempfile::tempdir().unwrap();
        let store = crate::$server::open(folder.path().join("rows.sqlite3")).unwrap();
        store.write($begin).await.unwrap();
        let app = crate::$server::app(store, $commands, crate::$server::NoHooks);
        let server = crate::$server::server(&app).guard(AllowAll);
        Case {
            name: $name,
            contract: resolve(&$schema).unwrap(),
            address: client::start(server, SocketOptions::default()).await,
            _folder: folder,
        }
    }};
}

/// No client creates one.
fn a_studio(tx: &Transaction<'_>) -> Result<(), Error> {
    use crate::access_server::Tables as _;
    let studio = NewStudio { name: "One".into() };
    tx.studios().create(studio).map(|_| ())
}

/// Starts them all. `empty` has no resources.
pub async fn start() -> Vec<Case> {
    vec![
        case!(
            "planner",
            crossfit_schema::schema(),
            planner_server,
            Uncalled
        ),
        case!(
            "access",
            crate::access::schema(),
            access_server,
            Uncalled,
            a_studio
        ),
        case!("bare", crate::bare::schema(), bare_server, ()),
        case!(
            "commands_and_events",
            crate::commands_and_events::schema(),
            commands_and_events_server,
            Uncalled
        ),
        case!("deletes", crate::deletes::schema(), deletes_server, ()),
        case!("every", crate::every::schema(), every_server, Uncalled),
        case!("fields", crate::fields::schema(), fields_server, Uncalled),
        case!("files", crate::files::schema(), files_server, Uncalled),
        case!("ids", crate::ids::schema(), ids_server, ()),
        case!("layout", crate::layout::schema(), layout_server, Uncalled),
        case!("minimal", crate::minimal::schema(), minimal_server, ()),
        case!(
            "deprecated",
            crate::deprecated::schema(),
            deprecated_server,
            Uncalled
        ),
        case!("quirks", crate::quirks::schema(), quirks_server, Uncalled),
        case!(
            "relations",
            crate::relations::schema(),
            relations_server,
            ()
        ),
        case!("scopes", crate::scopes::schema(), scopes_server, ()),
        case!("shown", crate::shown::schema(), shown_server, Uncalled),
        case!("staff", crate::staff::schema(), staff_server, ()),
        case!("values", crate::values::schema(), values_server, ()),
    ]
}

/// The golden cases there are, by their folders.
pub fn golden() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/golden");
    let folders = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let folders = folders.filter(|entry| entry.path().is_dir());
    folders
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}
