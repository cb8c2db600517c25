//! The local port of one party's process: health, metrics, what is open; of the terminals also their keys and screens.

use super::nightly::{Nightly, nights};
use crate::archive::{self, door::Pages};
use crate::cases;
use crate::clearing::asked;
use crate::clearing::given::Member;
use crate::clocks::Wall;
use crate::cutover;
use crate::desk::Running;
use crate::disputes::{self, Whose};
use crate::inquiry::Log;
use crate::keys::reset;
use crate::ops::{Deed, Place, told};
use crate::people::book::Book;
use crate::recon;
use crate::say::End;
use crate::settle;
use crate::suspense;
use crate::tills::{self, Answer, BODY_BYTES_MAX, Problem, Tills, aside, problem};
use crate::told::Told;
use crate::web::refusal::Object;
use crate::web::{bare, serve};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path as UrlPath, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use slipway_node::Clock;
use slipway_runtime::os::{Handle, PacedClock};
use slipway_terms::InstitutionId;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What requests under way get when the party stops.
const GRACE: Duration = Duration::from_secs(3);

/// A running party, as its port sees it.
#[derive(Debug)]
pub struct Alone {
    /// The party.
    pub party: Handle,
    /// Whether it is the switch.
    pub is_switch: bool,
    /// Its tables whose rows wait for something.
    pub queues: Vec<u8>,
    /// The member it is, and whether it acquires; the switch and terminals are none.
    pub member: Option<(InstitutionId, bool)>,
    /// The network's folder, for the files of cleared days.
    pub network: PathBuf,
    /// The network's clock.
    pub clock: PacedClock,
    /// What it does by itself once a day is closed.
    pub nightly: Nightly,
    /// The pages of slips, if it is the acquirer.
    pub pages: Option<Pages>,
    /// Who asked for a slip, likewise.
    pub log: Option<Log>,
    /// Its terminals, if it has any, and what opens the doors.
    pub tills: Arc<Tills>,
}

impl Alone {
    /// How many records wait for something: an answer, a confirmation, a reversal, an advice, a notice.
    fn open(&self) -> Option<usize> {
        let waiting = self.queues.iter().map(|space| self.party.rows(*space).map(|rows| rows.len()));
        Some(waiting.sum::<Option<usize>>()? + self.party.figures()?.outbox)
    }
}

/// Tells programs on this machine where the port is and what opens it; before anybody hears that the party is up.
pub fn announce(alone: &Alone, listener: &TcpListener, home: &Path) -> Result<(), End> {
    let (http, token) = (listener.local_addr()?.to_string(), alone.tills.door.token.clone());
    Running { pid: std::process::id(), http, token }.write(home)
}

/// Serves until a signal, or until the party stops by itself.
pub fn serve(alone: &Arc<Alone>, listener: TcpListener, home: &Path, told: &Told) -> Result<(), End> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let asked = || super::stopped(&alone.party, told);
        let ended = {
            let (alone, told) = (Arc::clone(alone), told.clone());
            async move { super::stopped(&alone.party, &told).await }
        };
        tokio::select! {
            () = serve::serve(listener, router(Arc::clone(alone)), ended) => {}
            () = nights(alone) => {}
            // A client that never ends its request does not keep the party from stopping.
            () = async { asked().await; tokio::time::sleep(GRACE).await } => {}
        }
        Ok(())
    });
    let _ = std::fs::remove_file(home.join("run.json"));
    served
}

fn router(alone: Arc<Alone>) -> Router {
    let tills = Arc::clone(&alone.tills);
    let slips = Router::new()
        .route(archive::DOOR, post(archived))
        .route("/s", get(async || archive::door::form()).post(typed_page))
        .route("/s/{code}", get(slip_page))
        .with_state(Arc::clone(&alone));
    // Only the acquirer has slips.
    let slips = if alone.pages.is_some() { slips } else { Router::new() };
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/metrics", get(metrics))
        .route("/api/v1/quiet", get(quiet))
        .route(reset::DOOR, post(reset_key))
        .route(cutover::DOOR, get(days).post(cut_over))
        .route(asked::DOOR, post(clear))
        .route(asked::TAKE, post(take))
        .route(suspense::DOOR, get(suspended))
        .route(settle::DOOR, post(pay))
        .route(recon::DOOR, post(make_lists))
        .route(recon::REPAIR, post(repair))
        .route(cases::LIST, get(list_cases))
        .route(cases::FIND, post(find_case))
        .route(disputes::LIST, get(list_disputes))
        .route(disputes::ORDER, post(order_dispute))
        .with_state(alone)
        .merge(tills::router(tills))
        .merge(slips)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(axum::middleware::from_fn(bare::in_both_languages))
}

fn gone() -> Problem {
    problem(StatusCode::SERVICE_UNAVAILABLE, "该方已停", "the party has stopped")
}

async fn metrics(State(alone): State<Arc<Alone>>) -> Result<String, Problem> {
    let figures = aside(&alone, |alone| Some((alone.party.name.clone(), alone.party.figures()?))).await?;
    Ok(slipway_runtime::os::render(&[figures.ok_or_else(gone)?]))
}

/// The switch makes a new zone key; a member asks the switch for one.
async fn reset_key(State(alone): State<Arc<Alone>>, headers: HeaderMap, Object(body): Object) -> Answer {
    alone.tills.door.opens(&headers)?;
    reset::ask(&alone.party, &body).map(Json)
}

/// Where the business days stand, if this is the switch.
async fn days(State(alone): State<Arc<Alone>>, headers: HeaderMap) -> Answer {
    alone.tills.door.opens(&headers)?;
    aside(&alone, |alone| if alone.is_switch { cutover::show(&alone.party) } else { Err(cutover::no_switch()) })
        .await?
        .map(Json)
}

/// The business day ends now, if this is the switch.
async fn cut_over(State(alone): State<Arc<Alone>>, headers: HeaderMap, Object(body): Object) -> Answer {
    alone.tills.door.opens(&headers)?;
    let order = move |alone: &Alone| {
        if alone.is_switch { cutover::order(&alone.party, &body) } else { Err(cutover::no_switch()) }
    };
    aside(&alone, order).await?.map(Json)
}

/// Closed days become files, if this is the switch.
async fn clear(State(alone): State<Arc<Alone>>, headers: HeaderMap, Object(body): Object) -> Answer {
    alone.tills.door.opens(&headers)?;
    let clear = move |alone: &Alone| {
        if alone.is_switch {
            asked::answer_switch(&alone.party, &alone.network, &body)
        } else {
            Err(cutover::no_switch())
        }
    };
    aside(&alone, clear).await?.map(Json)
}

fn no_member() -> Problem {
    problem(
        StatusCode::CONFLICT,
        "这里运行的不是机构：请向收单行或发卡行提出",
        "no member runs here: ask an acquirer or issuer",
    )
}

/// This member takes its clearing file.
async fn take(State(alone): State<Arc<Alone>>, headers: HeaderMap, Object(body): Object) -> Answer {
    alone.tills.door.opens(&headers)?;
    let take = move |alone: &Alone| {
        let (id, acquires) = alone.member.ok_or_else(no_member)?;
        asked::answer_take(&Member { party: &alone.party, id, acquires }, &body)
    };
    aside(&alone, take).await?.map(Json)
}

/// What moves money by hand is told before it is done, where this party has the audit log.
fn by_command(alone: &Alone, deed: Deed, body: &Value) -> Result<(), Problem> {
    let people = Book::of(&alone.network).people().map_err(|end| recon::problem(&end))?;
    let place = Place { log: alone.log.as_ref(), people: &people, demo: alone.tills.door.demo };
    told(place, alone.clock.now(), deed, body)
}

/// Closed days are settled with the merchants, if this is the acquirer.
async fn pay(State(alone): State<Arc<Alone>>, headers: HeaderMap, Object(body): Object) -> Answer {
    alone.tills.door.opens(&headers)?;
    let pay = move |alone: &Alone| match alone.member {
        Some((_, true)) => {
            by_command(alone, Deed::Settle, &body)?;
            settle::answer(&alone.party, &alone.network, &body, alone.clock.now())
        }
        _ => Err(no_member()),
    };
    aside(&alone, pay).await?.map(Json)
}

/// What this issuer has in suspense.
async fn suspended(State(alone): State<Arc<Alone>>, headers: HeaderMap) -> Answer {
    alone.tills.door.opens(&headers)?;
    if alone.member.is_none_or(|(_, acquires)| acquires) {
        return Err(no_member());
    }
    let told = aside(&alone, |alone| {
        Some(suspense::all([(alone.party.name.as_str(), suspense::rows(&alone.party)?.as_slice())]))
    });
    told.await?.map(Json).ok_or_else(gone)
}

/// Open cases of this party.
async fn list_cases(State(alone): State<Arc<Alone>>, headers: HeaderMap) -> Answer {
    alone.tills.door.opens(&headers)?;
    aside(&alone, |alone| cases::answer_list([&alone.party])).await?.map(Json)
}

/// A person's finding for one of them.
async fn find_case(State(alone): State<Arc<Alone>>, headers: HeaderMap, Object(body): Object) -> Answer {
    alone.tills.door.opens(&headers)?;
    let find = move |alone: &Alone| {
        by_command(alone, Deed::Case, &body)?;
        cases::answer_find(&alone.party, &body)
    };
    aside(&alone, find).await?.map(Json)
}

/// Disputes of this house.
async fn list_disputes(State(alone): State<Arc<Alone>>, headers: HeaderMap) -> Answer {
    alone.tills.door.opens(&headers)?;
    aside(&alone, |alone| disputes::answer_list([&alone.party])).await?.map(Json)
}

/// A step of a dispute, if it is this house's.
async fn order_dispute(State(alone): State<Arc<Alone>>, headers: HeaderMap, Object(body): Object) -> Answer {
    alone.tills.door.opens(&headers)?;
    let order = move |alone: &Alone| {
        by_command(alone, Deed::Dispute, &body)?;
        let rules = disputes::rules_of(&alone.network).map_err(|end| recon::problem(&end))?;
        let whose = match alone.member {
            _ if alone.is_switch => Whose::Switch,
            Some((_, true)) => Whose::Acquirer,
            _ => Whose::Issuer,
        };
        disputes::answer_order(&[(&alone.party, whose)], &rules, &body)
    };
    aside(&alone, order).await?.map(Json)
}

/// This house writes its lists of a closed day.
async fn make_lists(State(alone): State<Arc<Alone>>, headers: HeaderMap, Object(body): Object) -> Answer {
    alone.tills.door.opens(&headers)?;
    let made = move |alone: &Alone| {
        recon::answer(&alone.network, |name| (name == alone.party.name).then_some(&alone.party), &body)
    };
    aside(&alone, made).await?.map(Json).map_err(|end| recon::problem(&end))
}

/// A repair in the acquirer's own books.
async fn repair(State(alone): State<Arc<Alone>>, headers: HeaderMap, Object(body): Object) -> Answer {
    alone.tills.door.opens(&headers)?;
    if alone.member.is_none_or(|(_, acquires)| !acquires) {
        return Err(problem(StatusCode::CONFLICT, "补救由收单行完成", "the acquirer carries a repair out"));
    }
    let repair = move |alone: &Alone| {
        by_command(alone, Deed::Repair, &body)?;
        recon::answer_repair(&alone.party, &body).map_err(|end| recon::problem(&end))
    };
    aside(&alone, repair).await?.map(Json)
}

fn no_slips() -> Problem {
    problem(StatusCode::NOT_FOUND, "签购单存档在收单行", "the acquirer has the archive of slips")
}

/// Slips out of the archive.
async fn archived(State(alone): State<Arc<Alone>>, headers: HeaderMap, Object(body): Object) -> Answer {
    alone.tills.door.opens(&headers)?;
    let told = move |alone: &Alone| {
        let log = alone.log.as_ref()?;
        Some(archive::answer(&alone.party, &alone.network, log, &body, alone.clock.now()))
    };
    aside(&alone, told).await?.ok_or_else(no_slips)?.map(Json).map_err(|end| recon::problem(&end))
}

/// The page of a slip: for whoever has its code.
async fn slip_page(
    State(alone): State<Arc<Alone>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    UrlPath(code): UrlPath<String>,
    Query(wanted): Query<archive::door::Wanted>,
) -> Result<Response, Problem> {
    let open = move |alone: &Alone| {
        Some(alone.pages.as_ref()?.open(&alone.party, &code, &wanted, peer.ip(), (alone.clock.now(), Wall::now())))
    };
    aside(&alone, open).await?.ok_or_else(no_slips)
}

/// The page of a slip: for whoever has its short code and knows amount and card.
async fn typed_page(
    State(alone): State<Arc<Alone>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    body: String,
) -> Result<Response, Problem> {
    let open = move |alone: &Alone| {
        Some(alone.pages.as_ref()?.typed(&alone.party, &body, peer.ip(), (alone.clock.now(), Wall::now())))
    };
    aside(&alone, open).await?.ok_or_else(no_slips)
}

async fn quiet(State(alone): State<Arc<Alone>>, headers: HeaderMap) -> Answer {
    alone.tills.door.opens(&headers)?;
    let open = aside(&alone, Alone::open).await?.ok_or_else(gone)?;
    Ok(Json(json!({"quiet": open == 0, "open": open})))
}
