//! What was odd: the quality of the data, the anomaly ledger, and where perf's numbers are not the right ones.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    format,
    protocol::{AnomalySummary, Notes, Summary},
};

/// What the view is given.
#[derive(Clone)]
pub struct NotesProps {
    /// The trace.
    pub summary: Rc<Summary>,
}

/// Sections, each only where it has something to say.
pub fn notes_view(props: &NotesProps) -> Html {
    let notes = &props.summary.notes;
    html! {
        <div class="view scrolls prose" data-testid="notes">
            { quality(notes) }
            { corrections(notes) }
            <section class="card">
                <h2>{ "Anomalies" }</h2>
                <p class="muted">{ "Counted over the events of the filter in force." }</p>
                if notes.anomalies.is_empty() {
                    <p>{ "None: every free has its allocation." }</p>
                }
                { for notes.anomalies.iter().map(anomaly) }
            </section>
        </div>
    }
}

fn quality(notes: &Notes) -> Html {
    let count = |what: &'static str, value: f64, meaning: &'static str| {
        html! {
            <tr class={(value > 0.0).then_some("warns")}>
                <th scope="row">{ what }</th><td class="number">{ format::exact(value) }</td><td>{ meaning }</td>
            </tr>
        }
    };
    html! {
        <section class="card">
            <h2>{ "Data quality" }</h2>
            if let Some(damage) = &notes.damage {
                <p class="warning" data-testid="damage">{ damage }</p>
            }
            { for notes.sentences.iter().map(|sentence| html! { <p class="warning">{ sentence }</p> }) }
            <table class="plain">
                <tbody>
                    { count("Lost events", notes.lost_events, "The ring buffer was full: allocations and frees are missing. Record with a larger -m.") }
                    { count("Out-of-order events", notes.out_of_order, "They came after later ones had been delivered; perf counts them where they came.") }
                    { count("Unreadable samples", notes.unreadable, "They belong to no event of the file or don't fit their format.") }
                    { count("Unknown records", notes.unknown_records.iter().map(|(_, count)| count).sum(), "Records of types that this version doesn't know; passed over.") }
                </tbody>
            </table>
            if !notes.lost.is_empty() {
                <details>
                    <summary>{ "Where events were lost" }</summary>
                    <table class="plain">
                        <thead><tr><th class="number">{ "Time (s)" }</th><th class="number">{ "CPU" }</th><th class="number">{ "Events" }</th><th class="number">{ "At byte" }</th></tr></thead>
                        <tbody>
                            { for notes.lost.iter().map(|lost| html! {
                                <tr><td class="number">{ &lost.time }</td><td class="number">{ &lost.cpu }</td><td class="number">{ format::exact(lost.events) }</td><td class="number">{ format::exact(lost.offset) }</td></tr>
                            }) }
                        </tbody>
                    </table>
                </details>
            }
        </section>
    }
}

fn corrections(notes: &Notes) -> Html {
    html! {
        <section class="card" data-testid="corrections">
            <h2>{ "Where perf prints something else" }</h2>
            if notes.corrections.is_empty() {
                <p>{ "Nowhere: for this trace perf’s numbers are right." }</p>
            }
            { for notes.corrections.iter().map(|note| html! {
                <div class="correction">
                    <h3>{ &note.what }</h3>
                    <p><span class="muted">{ "perf " }</span><b class="code">{ &note.perf }</b><span class="muted">{ " right " }</span><b class="code">{ &note.right }</b></p>
                    <p>{ &note.why }</p>
                </div>
            }) }
        </section>
    }
}

fn anomaly(anomaly: &AnomalySummary) -> Html {
    html! {
        <details class="anomaly">
            <summary><b>{ &anomaly.title }</b><span class="number">{ format::exact(anomaly.count) }</span></summary>
            <p>{ &anomaly.meaning }</p>
            <table class="plain">
                <thead><tr><th class="number">{ "Time (s)" }</th><th class="number">{ "CPU" }</th><th>{ "Ptr" }</th><th>{ "Call site" }</th></tr></thead>
                <tbody>
                    { for anomaly.first.iter().map(|(time, cpu, ptr, site)| html! {
                        <tr><td class="number">{ time }</td><td class="number">{ cpu }</td><td class="code">{ ptr }</td><td class="code">{ site }</td></tr>
                    }) }
                </tbody>
            </table>
            if anomaly.count > anomaly.first.len() as f64 {
                <p class="muted">{ format!("The first {} of {}.", anomaly.first.len(), format::exact(anomaly.count)) }</p>
            }
        </details>
    }
}
