//! The table that is printed, and kept as JSON.

use serde_json::{Value, json};

use crate::spread::Spread;

/// What a row should not exceed, and which of its values counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// Only told.
    None,
    Median(f64),
    P95(f64),
    Most(f64),
}

impl Goal {
    /// The limit, and what is held against it.
    fn judged(self, spread: Spread) -> Option<(f64, f64)> {
        match self {
            Goal::None => None,
            Goal::Median(limit) => Some((limit, spread.median)),
            Goal::P95(limit) => Some((limit, spread.p95)),
            Goal::Most(limit) => Some((limit, spread.most)),
        }
    }

    fn limit(self) -> Option<f64> {
        match self {
            Goal::None => None,
            Goal::Median(limit) | Goal::P95(limit) | Goal::Most(limit) => Some(limit),
        }
    }
}

struct Row {
    name: String,
    unit: &'static str,
    values: Vec<f64>,
    goal: Goal,
    /// Why there are no values.
    missing: String,
}

/// Rows in the order in which they were added.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

const NAME: usize = 52;

impl Table {
    /// A row; without values it says "not measured".
    pub(crate) fn row(&mut self, name: impl Into<String>, unit: &'static str, values: &[f64], goal: Goal) {
        self.rows.push(Row {
            name: name.into(),
            unit,
            values: values.to_vec(),
            goal,
            missing: String::new(),
        });
    }

    /// A row that can't be measured, and why.
    pub(crate) fn missing(&mut self, name: impl Into<String>, goal: Goal, why: &str) {
        let missing = why.to_owned();
        self.rows.push(Row { name: name.into(), unit: "", values: Vec::new(), goal, missing });
    }

    pub(crate) fn print(&self) {
        println!("{:NAME$} {:>10} {:4} {:>21} {:>9}", "", "", "", "least to most", "goal");
        for row in &self.rows {
            let goal = row.goal.limit().map_or(String::new(), |limit| format!("<= {limit}"));
            let Some(spread) = Spread::of(&row.values) else {
                let why = if row.missing.is_empty() { String::new() } else { format!(": {}", row.missing) };
                println!("{:NAME$} {:>37} {goal:>9} not measured{why}", row.name, "");
                continue;
            };
            let digits = if row.unit.is_empty() { 3 } else { 1 };
            let (value, counts) = match row.goal {
                Goal::P95(_) => (spread.p95, ", the 95th percentile"),
                Goal::Most(_) => (spread.most, ", the most"),
                Goal::None | Goal::Median(_) => (spread.median, ""),
            };
            let range = format!("{:.digits$} to {:.digits$}", spread.least, spread.most);
            let verdict = row.goal.judged(spread).map_or(String::new(), |(limit, value)| {
                format!(" {}{counts}", if value <= limit { "met" } else { "MISSED" })
            });
            let line = format!(
                "{:NAME$} {value:>10.digits$} {:4} {range:>21} {goal:>9}{verdict}",
                row.name, row.unit
            );
            println!("{}", line.trim_end());
        }
    }

    /// All of it, the values one by one.
    pub(crate) fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| match Spread::of(&row.values) {
            None => json!({ "name": row.name, "goal": row.goal.limit(), "missing": row.missing }),
            Some(spread) => json!({
                "name": row.name, "unit": row.unit, "goal": row.goal.limit(),
                "met": row.goal.judged(spread).map(|(limit, value)| value <= limit),
                "median": spread.median, "least": spread.least, "most": spread.most, "p95": spread.p95,
                "values": row.values,
            }),
        });
        Value::Array(rows.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Goal, Table};

    #[test]
    fn each_goal_has_its_value() {
        let mut table = Table::default();
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        for goal in [Goal::Median(51.0), Goal::P95(95.0), Goal::Most(99.0), Goal::None] {
            table.row("a", "ms", &values, goal);
        }
        table.row("b", "ms", &[], Goal::Most(1.0));
        let met: Vec<_> = table.json().as_array().unwrap().iter().map(|row| row["met"].as_bool()).collect();
        assert_eq!(met, [Some(true), Some(true), Some(false), None, None]);
    }
}
