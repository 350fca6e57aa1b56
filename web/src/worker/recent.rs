//! Answers to earlier questions: whoever takes a filter away, or tries two in turn, need not wait.

use std::collections::HashMap;

use kmem::{Query, Report};

use crate::protocol::{Sort, TableId};

/// So many are kept.
const KEPT: usize = 4;
/// So many rows are kept in all: some hundred bytes each.
const ROWS: usize = 1 << 20;

/// The answer to one question.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) report: Option<Report>,
    /// The orders of tables that were asked for.
    pub(crate) orders: HashMap<(TableId, Vec<Sort>), Vec<u32>>,
}

impl Answer {
    fn rows(&self) -> usize {
        self.report.as_ref().map_or(0, |report| {
            report.slab.allocations.len()
                + report.slab.call_sites.len()
                + report.page.pages.len()
                + report.page.call_sites.len()
        })
    }
}

/// The latest questions with their answers, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Recent(Vec<(Query, Answer)>);

impl Recent {
    /// Keeps an answer, for which older ones may have to go.
    pub(crate) fn keep(&mut self, query: Query, answer: Answer) {
        if answer.report.is_none() {
            return;
        }
        self.0.push((query, answer));
        while self.0.len() > KEPT || self.0.iter().map(|(_, answer)| answer.rows()).sum::<usize>() > ROWS {
            self.0.remove(0);
        }
    }

    /// Gives the answer to a question, if it is kept.
    pub(crate) fn take(&mut self, query: &Query) -> Option<Answer> {
        let at = self.0.iter().position(|(known, _)| known == query)?;
        Some(self.0.remove(at).1)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
