//! Slab allocations by ptr.

use std::rc::Rc;

use yew::prelude::*;

use super::{Framed, Tables};
use crate::protocol::{Summary, TableId};

/// What the view is given.
#[derive(Clone)]
pub struct AllocationsProps {
    /// The trace.
    pub summary: Rc<Summary>,
    /// The wires.
    pub tables: Tables,
}

/// One table with any number of rows.
pub fn allocations_view(props: &AllocationsProps) -> Html {
    html! {
        <div class="view">
            <Framed tables={props.tables.clone()} table={TableId::Allocations} can_filter={false} />
        </div>
    }
}
