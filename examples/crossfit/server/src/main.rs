//! The planner's server: its options, and how its parts are put together.

#[rustfmt::skip]
mod generated;
mod imports;
mod operations;
mod sample;
mod staff;
mod web;

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use clap::Parser;
use rowcast_runtime::Limits;
use rowcast_runtime::accounts::{Sessions, SignIns};
use rowcast_runtime::serve::{Origins, SocketOptions, Sockets, stop_signal};
use tokio::net::TcpListener;

use generated::NoHooks;
use staff::{Staff, StaffGuard};

/// How long a coach stays signed in.
const SESSION_LIFETIME: Duration = Duration::from_hours(12);

/// A planner for a gym: coaches, moves, workout plans, and the classes of the week, live on every screen.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Where to listen; 0 takes a free port
    #[arg(long, default_value_t = 5555)]
    port: u16,
    /// The database: a file, which is made and filled with sample data if it is not there
    #[arg(long, env = "DATABASE_URL", default_value = "sqlite:planner.sqlite3")]
    database_url: String,
    /// An origin whose pages may talk to this server, such as http://localhost:3000; may be given more than once
    #[arg(long, value_name = "ORIGIN")]
    cors_origin: Vec<String>,
    /// A folder: exercise moves in JSON files that are put there are taken up
    #[arg(long, value_name = "FOLDER")]
    import_from: Option<PathBuf>,
    /// How many proxies stand before the server, so that clients are told apart by the address that those name
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    proxies: usize,
    /// Lets only those write who are signed in
    #[arg(long)]
    require_login: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let wanted = std::env::var("RUST_LOG").ok();
    tracing_subscriber::fmt()
        .with_env_filter(operations::log_filter(wanted.as_deref()))
        .with_writer(std::io::stderr)
        .init();
    let origins = Origins::and(&options.cors_origin)?;

    // Before all that is measured.
    let measures = operations::measure()?;
    let store = generated::open(&options.database_url)?;
    sample::fill(&store).await?;
    if let Some(folder) = options.import_from {
        tokio::spawn(imports::watch(folder, store.clone()));
    }
    let sessions = Sessions::open(store.clone(), SESSION_LIFETIME).await?;
    let staff = Staff {
        sessions: sessions.clone(),
        sign_ins: SignIns::default(),
    };
    let app = generated::app(store.clone(), staff, NoHooks);
    let sockets = Sockets::new(SocketOptions::default());
    let guard = StaffGuard {
        sessions,
        require_login: options.require_login,
    };
    let limits = Limits {
        proxies: options.proxies,
        ..Limits::default()
    };
    sockets.attach(generated::server(&app).guard(guard).limits(limits));

    let router = Router::new()
        .merge(sockets.health(store))
        .merge(operations::metrics_route(measures))
        .merge(web::pages());
    let address = SocketAddr::from(([127, 0, 0, 1], options.port));
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!("can't listen at {address}: {error}\nhelp: choose another port by --port")
    })?;
    writeln!(
        std::io::stdout(),
        "The planner runs at http://{}",
        listener.local_addr()?
    )?;
    sockets
        .serve(listener, router, &origins, stop_signal())
        .await?;
    Ok(())
}
