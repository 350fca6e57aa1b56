//! Slab allocations by call site.

use std::rc::Rc;

use yew::prelude::*;

use super::{Framed, Tables};
use crate::protocol::{Summary, TableId};

/// What the view is given.
#[derive(Clone, PartialEq, Properties)]
pub struct CallSitesProps {
    /// The trace.
    pub summary: Rc<Summary>,
    /// The wires.
    pub tables: Tables,
}

/// The chart of waste above the table.
#[component]
pub fn CallSitesView(props: &CallSitesProps) -> Html {
    html! {
        <div class="view">
            <Framed tables={props.tables.clone()} table={TableId::CallSites} />
        </div>
    }
}
