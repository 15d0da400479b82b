//! As emitted: what the user supplies, and the server.

use rowcast_runtime::store::{self, ListDefinition, Read, StoreDefinition, Transaction};
use rowcast_runtime::{
    Action, AllowAll, Call, Caller, Error, Router, Server, Verb, route, row_route, write_route,
};
use rowcast_schema::Reading;

use super::coaches::{self, Coaches};
use super::schedules::{self, Schedules};
use super::schema::{Coach, Login, NewCoach};

/// What every call gets.
pub type App<C> = rowcast_runtime::App<C, dyn Hooks>;

/// All that the store keeps.
pub const STORE: StoreDefinition = StoreDefinition {
    tables: &[coaches::TABLE, schedules::TABLE],
    lists: &[
        ListDefinition::new("coaches"),
        ListDefinition::new("schedules"),
    ],
    contract: "by hand",
};

/// The calls that are not CRUD.
pub trait Commands: Sized + Send + Sync + 'static {
    /// Signs a coach in.
    fn login(
        &self,
        app: &App<Self>,
        call: Call<Login>,
    ) -> impl Future<Output = Result<Coach, Error>> + Send;
}

/// What the user does before and after writes, in their transaction.
pub trait Hooks: Send + Sync + 'static {
    /// Before a coach is added.
    fn before_create_coach(
        &self,
        _caller: &Caller,
        _tx: &Transaction<'_>,
        _new: &mut NewCoach,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// After a coach was added.
    fn after_create_coach(
        &self,
        _caller: &Caller,
        _tx: &Transaction<'_>,
        _coach: &Coach,
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// No hooks.
pub struct NoHooks;

impl Hooks for NoHooks {}

/// The tables, on a reader or a transaction.
pub trait Tables: Sized {
    /// The coaches.
    fn coaches(&self) -> Coaches<'_, Self>;
    /// The schedules.
    fn schedules(&self) -> Schedules<'_, Self>;
}

impl<T: Read> Tables for T {
    fn coaches(&self) -> Coaches<'_, Self> {
        Coaches::of(self)
    }

    fn schedules(&self) -> Schedules<'_, Self> {
        Schedules::of(self)
    }
}

/// Opens the store.
pub fn open(location: &str, options: store::Options) -> Result<store::Database, store::OpenError> {
    store::Database::open(location, options, &STORE)
}

/// The server, to be attached to Socket.IO.
pub fn server<C: Commands>(app: App<C>) -> Server {
    let lists = vec![
        coaches::live_list(app.store()),
        schedules::live_list(app.store()),
    ];
    Server::new(router(app.clone()), app.change_log().clone(), lists).guard(AllowAll)
}

fn router<C: Commands>(app: App<C>) -> Router {
    let of = Action::new;
    let reading = Reading::Lenient;
    Router::new(
        app,
        [
            row_route(
                "new_coach",
                of(Verb::Create, "Coach"),
                reading,
                coaches::new_coach::<C>,
                coaches::id_of,
                coaches::current,
            )
            .writes(coaches::LIST),
            row_route(
                "update_coach",
                of(Verb::Update, "Coach"),
                reading,
                coaches::update_coach::<C>,
                coaches::id_of,
                coaches::current,
            )
            .writes(coaches::LIST),
            write_route(
                "delete_coach",
                of(Verb::Delete, "Coach"),
                reading,
                coaches::delete_coach::<C>,
            )
            .writes(coaches::LIST),
            route(
                "get_coach",
                of(Verb::Get, "Coach"),
                reading,
                coaches::get_coach::<C>,
            ),
            route(
                "list_coaches",
                of(Verb::List, "Coach"),
                reading,
                coaches::list_coaches::<C>,
            ),
            row_route(
                "new_schedule",
                of(Verb::Create, "Schedule"),
                reading,
                schedules::new_schedule::<C>,
                schedules::id_of,
                schedules::current,
            )
            .writes(schedules::LIST),
            row_route(
                "update_schedule",
                of(Verb::Update, "Schedule"),
                reading,
                schedules::update_schedule::<C>,
                schedules::id_of,
                schedules::current,
            )
            .writes(schedules::LIST),
            write_route(
                "delete_schedule",
                of(Verb::Delete, "Schedule"),
                reading,
                schedules::delete_schedule::<C>,
            )
            .writes(schedules::LIST),
            route("login", of(Verb::Command, "login"), reading, login::<C>).data_key("user"),
        ],
    )
}

async fn login<C: Commands>(app: App<C>, call: Call<Login>) -> Result<Coach, Error> {
    app.commands().login(&app, call).await
}

/// Named here so that commands and hooks need one import.
pub type Outcome<T> = Result<T, Error>;
