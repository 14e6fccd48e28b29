//! One call whose connection is recorded: its preparation, the call, and its repetitions.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use api::catalogue::{
    ExportTitlesRequest, GetTitleRequest, SearchTitlesRequest, TitleInput, catalogue_service::methods as catalogue,
};
use api::rent::playback_service::methods as playback;
use gateway::{Problem, RequestIds};
use rpc::{Authority, Call, ClientOptions, Context, Method, Tap, Transport, Verb};
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use super::calls::Asked;
use super::lines::{LabBegan, LabLine, LabRepeats};
use super::opener::{Counts, Opener};
use super::{Carrier, Kind};
use crate::inspector::Reader;
use crate::lab::{Lab, Services};
use crate::study::{self, Marks, Player, Shape};

/// The time limit of an experiment.
const TIME_LIMIT: Duration = Duration::from_secs(15);
/// The most recorded bytes that are kept.
const KEPT_BYTES: usize = 2 * 1024 * 1024;
/// The recording is decoded only this often while the call runs, because decoding takes time from the call.
const LIVE_EVERY: Duration = Duration::from_millis(100);
/// A gRPC client uses its connections in turn, and has no more than these.
const WARMING_CALLS: usize = 2;
/// The bytes of a call appear on the connection a moment before and after its caller sees the messages.
const AFTERMATH: Duration = Duration::from_millis(50);

/// A call that is ready to be made.
pub(super) struct Experiment {
    lab: Arc<Lab>,
    asked: Asked,
    call: Prepared,
    context: Context,
}

/// The call, with what was prepared for it.
enum Prepared {
    GetTitle(String),
    Search,
    Export,
    Import(Vec<TitleInput>),
    Play(Player),
}

impl Experiment {
    pub(super) async fn prepare(
        lab: Arc<Lab>,
        asked: Asked,
        ids: &RequestIds,
        context: Context,
    ) -> Result<Self, Problem> {
        let context = Context {
            deadline: Some(Instant::now() + TIME_LIMIT),
            traceparent: None,
            ..context
        };
        let services = lab.over(asked.transport.into()).ok_or_else(Problem::not_found)?;
        let call = match asked.kind {
            Kind::Unary if asked.records == 1 => {
                let title = study::some_title(&*services.catalogue, context.clone()).await?;
                Prepared::GetTitle(title.map(|title| title.title_id).unwrap_or_default())
            }
            Kind::Unary => Prepared::Search,
            Kind::ServerStream => Prepared::Export,
            Kind::ClientStream => Prepared::Import(nameless(services, asked.records, &context).await?),
            Kind::Bidirectional => {
                let (seat, identity) = lab.seat(services, ids, &context).await?;
                Prepared::Play(Player {
                    context: Context {
                        identity: Some(identity),
                        ..context.clone()
                    },
                    entitlement_id: seat.entitlement_id,
                    seeks: asked.records,
                })
            }
        };
        Ok(Self {
            lab,
            asked,
            call,
            context,
        })
    }

    /// Makes the call, and sends lines about it until it ends or the reader has left.
    pub(super) async fn run(self, lines: &Sender<LabLine>) {
        let deadline = self.context.deadline.unwrap_or_else(Instant::now);
        let told = match tokio::time::timeout_at(deadline, self.tell(lines)).await {
            Ok(told) => told,
            Err(_elapsed) => Err(Ended::Problem(rpc::Fault::deadline_exceeded().into())),
        };
        if let Err(Ended::Problem(problem)) = told {
            if self.asked.kind == Kind::Bidirectional {
                self.lab.leave_seat().await;
            }
            let _ = lines.send(LabLine::failed(&problem)).await;
        }
    }

    async fn tell(&self, lines: &Sender<LabLine>) -> Result<(), Ended> {
        say(lines, LabLine::Began(self.began())).await?;
        let transport = self.asked.transport.into();
        match transport {
            Transport::Local => self.watch_in_process(lines).await?,
            carrier => self.watch_the_line(carrier, lines).await?,
        }
        if self.asked.repeats > 0 {
            say(lines, LabLine::Repeated(self.repeat(transport).await?)).await?;
        }
        Ok(())
    }

    /// Makes a call in process, where messages are passed without being encoded.
    async fn watch_in_process(&self, lines: &Sender<LabLine>) -> Result<(), Ended> {
        let services = self.lab.over(Transport::Local).ok_or_else(Problem::not_found)?;
        let marks = Arc::new(Marks::with_contents());
        if self.asked.warm {
            self.warm_up(services).await?;
        }
        let began = Instant::now();
        let records = self.make(services, &marks).await?;
        let took = began.elapsed();
        let marks = marks.take();
        let mut opener = self.opener(began);
        let mut counts = Counts::new(took, records, &marks, began);
        for mark in &marks {
            say(lines, opener.mark(mark, &mut counts)).await?;
        }
        say(lines, LabLine::Answered(counts.answered())).await
    }

    async fn watch_the_line(&self, carrier: Transport, lines: &Sender<LabLine>) -> Result<(), Ended> {
        let tap = Tap::keeping(KEPT_BYTES);
        let services = self.connect(carrier, Some(tap.clone()))?;
        let mut reader = Reader::default();
        if self.asked.warm {
            self.warm_up(&services).await?;
            tokio::time::sleep(AFTERMATH).await;
            // The reader must know the earlier frames, because HTTP/2 compresses headers by reference to them.
            reader.hear(&tap.take());
        }
        let before = (tap.counted(), tap.missed(), reader.unread());
        let marks = Arc::<Marks>::default();
        let began = Instant::now();
        let mut opener = self.opener(began);
        let mut counts = Counts::default();
        let made = {
            let mut call = pin!(self.make(&services, &marks));
            loop {
                tokio::select! {
                    made = &mut call => break made,
                    () = tokio::time::sleep(LIVE_EVERY) => {
                        for event in reader.hear(&tap.take()) {
                            say(lines, opener.event(&event, &mut counts)).await?;
                        }
                    }
                }
            }
        };
        let took = began.elapsed();
        tokio::time::sleep(AFTERMATH).await;
        for event in reader.hear(&tap.take()) {
            say(lines, opener.event(&event, &mut counts)).await?;
        }
        counts.caller(took, made?, &marks.take(), began);
        counts.line(&tap, reader.unread(), before);
        say(lines, LabLine::Answered(counts.answered())).await
    }

    /// Repeats the call on warm connections without a recording, until it was made often enough or the time is up.
    async fn repeat(&self, transport: Transport) -> Result<LabRepeats, Problem> {
        let services = match transport {
            Transport::Local => self.lab.over(transport).ok_or_else(Problem::not_found)?.clone(),
            carrier => self.connect(carrier, None)?,
        };
        self.warm_up(&services).await?;
        let unwatched = Arc::default();
        let mut durations = Vec::with_capacity(self.asked.repeats);
        // A repetition that the deadline cut off would be left out and make the result look better, so stop early.
        let ends = self.context.deadline.unwrap_or_else(Instant::now) - TIME_LIMIT / 4;
        while durations.len() < self.asked.repeats && Instant::now() < ends {
            let began = Instant::now();
            self.make(&services, &unwatched).await?;
            durations.push(began.elapsed());
        }
        Ok(LabRepeats::of(self.asked.repeats, &durations))
    }

    /// Makes the call without a recording until each connection has carried it.
    async fn warm_up(&self, services: &Services) -> Result<(), Problem> {
        for _ in 0..WARMING_CALLS {
            self.make(services, &Arc::default()).await?;
        }
        Ok(())
    }

    fn connect(&self, carrier: Transport, tap: Option<Tap>) -> Result<Services, Problem> {
        let options = ClientOptions {
            tap,
            encoding: self.asked.encoding(),
            ..ClientOptions::default()
        };
        self.lab.connect(carrier, options)
    }

    /// Makes the call once; returns how many records it was about.
    async fn make(&self, services: &Services, marks: &Arc<Marks>) -> Result<usize, Problem> {
        let catalogue = &*services.catalogue;
        Ok(match &self.call {
            Prepared::GetTitle(title_id) => {
                let title_id = title_id.clone();
                let call = Call::new(GetTitleRequest { title_id }, self.context.clone());
                study::get_title(catalogue, call, marks).await?;
                1
            }
            Prepared::Search => {
                let request = SearchTitlesRequest {
                    page_size: whole(self.asked.records),
                    ..SearchTitlesRequest::default()
                };
                study::search(catalogue, Call::new(request, self.context.clone()), marks).await?
            }
            Prepared::Export => {
                let request = ExportTitlesRequest {
                    batch_size: whole(self.asked.batch),
                    most_titles: whole(self.asked.records),
                    ..ExportTitlesRequest::default()
                };
                let call = Call::new(request, by_service(&self.context));
                study::export(catalogue, call, usize::MAX, marks).await?.titles
            }
            Prepared::Import(titles) => {
                let (titles, sent) = (titles.clone(), titles.len());
                study::import(catalogue, titles, self.asked.batch, by_service(&self.context), marks).await?;
                sent
            }
            Prepared::Play(player) => study::play(&*services.rent, player.clone(), marks).await?.0,
        })
    }

    fn began(&self) -> LabBegan {
        let of = self.contract();
        LabBegan {
            kind: self.asked.kind,
            transport: self.asked.transport,
            method: of.method,
            rest: of.rest,
            request: of.shape.name(rpc::Direction::There).to_owned(),
            answer: of.shape.name(rpc::Direction::Back).to_owned(),
            format: self.asked.written_as(),
        }
    }

    fn opener(&self, began: Instant) -> Opener {
        let is_conversation = self.asked.transport == Carrier::Rest && self.asked.kind == Kind::Bidirectional;
        Opener::new(began, self.contract().shape, self.asked.written_as(), is_conversation)
    }

    fn contract(&self) -> Contract {
        match self.call {
            Prepared::GetTitle(_) => Contract::of(&catalogue::GET_TITLE),
            Prepared::Search => Contract::of(&catalogue::SEARCH_TITLES),
            Prepared::Export => Contract::of(&catalogue::EXPORT_TITLES),
            Prepared::Import(_) => Contract::of(&catalogue::IMPORT_TITLES),
            Prepared::Play(_) => Contract::of(&playback::PLAY),
        }
    }
}

/// The method's names in the contract, and its messages.
struct Contract {
    method: String,
    rest: String,
    shape: Shape,
}

impl Contract {
    fn of<Q, A>(method: &Method<Q, A>) -> Self {
        let verb = match method.verb {
            Verb::Get => "GET",
            Verb::Put => "PUT",
            Verb::Post => "POST",
            Verb::Delete => "DELETE",
            Verb::Patch => "PATCH",
            Verb::WebSocket => "WebSocket",
        };
        Self {
            method: format!("{}.{}", method.service, method.name),
            rest: format!("{verb} {}", method.rest_path),
            shape: Shape::of(method),
        }
    }
}

/// Titles of the store without their names: the catalogue reads each of them and refuses it, so the import changes
/// nothing.
async fn nameless(services: &Services, records: usize, context: &Context) -> Result<Vec<TitleInput>, Problem> {
    let mut titles = study::some_titles(&*services.catalogue, records, by_service(context)).await?;
    for title in &mut titles {
        title.name.clear();
    }
    Ok(titles)
}

fn by_service(context: &Context) -> Context {
    Context {
        authority: Authority::Service,
        ..context.clone()
    }
}

fn whole(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Why no more lines are sent.
enum Ended {
    /// The reader has left.
    Left,
    Problem(Problem),
}

impl From<Problem> for Ended {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

async fn say(lines: &Sender<LabLine>, line: LabLine) -> Result<(), Ended> {
    lines.send(line).await.map_err(|_gone| Ended::Left)
}
