//! What the worker told, and how each message changes it.

use std::{collections::HashMap, rc::Rc};

use yew::Reducible;

use super::{Choice, Tab};
use crate::protocol::{
    FileKind, Finished, Progress, Reply, ReportText, Rows, SiteDetail, Slot, Sort, Summary, TableId,
};

/// The page's state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// What the user chose.
    pub choice: Choice,
    /// What is in the three places.
    pub slots: Vec<Slot>,
    /// How far reading is; `None` when nothing is read.
    pub progress: Option<Progress>,
    /// What there is to show.
    pub summary: Option<Rc<Summary>>,
    /// How the last reading ended.
    pub finished: Option<Finished>,
    /// The rows sent last, by table.
    pub rows: HashMap<TableId, Rc<Rows>>,
    /// perf's text.
    pub report: Option<Rc<ReportText>>,
    /// In how many places perf's text is not right.
    pub differs: u32,
    /// The call site that was looked at last.
    pub site: Option<Rc<SiteDetail>>,
    /// Sentences that the user has not yet put away.
    pub problems: Vec<String>,
    /// Goes up when what was asked for before is no longer true.
    pub version: u32,
    /// Goes up with everything that changes a view.
    pub changes: u32,
    /// Whether the worker listens.
    pub is_ready: bool,
    /// Whether inputs were given and nothing came of them yet.
    pub is_opening: bool,
}

/// What happens to the state.
#[derive(Clone, Debug)]
pub enum Action {
    /// The worker told something.
    Told(Box<Reply>),
    /// The user chose.
    Choose(Choice),
    /// The user put a sentence away.
    Dismiss(usize),
    /// Inputs were given.
    Opening,
    /// The worker died and a new one was started.
    WorkerLost(String),
}

impl Model {
    /// The slot of a kind, if it is filled.
    pub fn slot(&self, kind: FileKind) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.kind == kind)
    }

    /// The order of a table.
    pub fn sort(&self, table: TableId) -> Vec<Sort> {
        self.choice.sort(table)
    }

    /// The views that this trace has.
    pub fn tabs(&self) -> Vec<Tab> {
        let Some(summary) = &self.summary else { return Vec::new() };
        let has = |tab: &Tab| match tab {
            Tab::CallSites | Tab::Allocations => summary.slab.is_some(),
            Tab::Pages => summary.page.is_some(),
            _ => true,
        };
        Tab::ALL.into_iter().filter(has).collect()
    }

    fn told(&mut self, reply: Reply) {
        if !matches!(reply, Reply::Progress(_)) {
            self.changes += 1;
        }
        match reply {
            Reply::Ready => self.is_ready = true,
            Reply::Slot(slot) => {
                if slot.kind == FileKind::Trace {
                    // Another trace begins; what there was stays until there is something of the new one.
                    self.finished = None;
                    self.report = None;
                    self.differs = 0;
                    self.site = None;
                }
                self.slots.retain(|other| other.kind != slot.kind);
                if slot.name.is_empty() {
                    self.progress = None;
                } else {
                    self.slots.push(slot);
                }
                self.is_opening = false;
            }
            Reply::Progress(progress) => self.progress = Some(progress),
            Reply::Summary(summary, rows) => {
                self.summary = Some(Rc::new(*summary));
                self.version += 1;
                if let Some(mut rows) = rows {
                    rows.request.version = self.version;
                    self.rows.insert(rows.request.table, Rc::new(rows));
                }
            }
            Reply::Rows(rows) => {
                self.rows.insert(rows.request.table, Rc::new(rows));
            }
            Reply::Report(report) => self.report = Some(Rc::new(*report)),
            Reply::Differs(places) => self.differs = places,
            Reply::Finished(finished) => {
                self.finished = Some(finished);
                self.progress = None;
                self.is_opening = false;
            }
            Reply::Problem(sentence) => {
                self.is_opening = false;
                if !self.problems.contains(&sentence) {
                    self.problems.push(sentence);
                }
            }
            Reply::Discarded(kind) => {
                self.slots.retain(|other| other.kind != kind);
                self.progress = None;
                self.is_opening = false;
            }
            Reply::Site(site) => self.site = Some(Rc::new(*site)),
            Reply::Csv { .. } => {}
        }
    }
}

impl Reducible for Model {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut model = (*self).clone();
        match action {
            Action::Told(reply) => model.told(*reply),
            Action::Choose(choice) => {
                if choice.raw != model.choice.raw {
                    model.version += 1;
                }
                model.choice = choice;
                model.changes += 1;
            }
            Action::Dismiss(at) => {
                if at < model.problems.len() {
                    model.problems.remove(at);
                }
            }
            Action::Opening => {
                model.is_opening = true;
                model.problems.clear();
            }
            Action::WorkerLost(sentence) => {
                model = Model {
                    choice: Choice { tab: model.choice.tab, ..Choice::default() },
                    ..Model::default()
                };
                model.problems.push(sentence);
            }
        }
        Rc::new(model)
    }
}
