//! Areas in a rectangle: size and colour say two things of each.

use yew::prelude::*;

use super::{
    paint, picture,
    squarify::{Place, layout},
    step, use_size,
};

/// One area.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// What names it when it is chosen; empty where it can't be.
    pub key: AttrValue,
    /// What is written on it.
    pub label: AttrValue,
    /// What is said of it while it is pointed at or focused.
    pub detail: AttrValue,
    /// How large it is.
    pub size: f64,
    /// Its colour, from 0 to 1; `None` where it has none.
    pub share: Option<f64>,
}

/// What the chart is given.
#[derive(Clone, PartialEq, Properties)]
pub struct TreemapProps {
    /// The areas, largest first.
    pub areas: Vec<Area>,
    /// What the chart shows, for those who do not see it.
    pub label: AttrValue,
    /// What is said while no area is pointed at.
    pub hint: AttrValue,
    /// An area was chosen, by its key.
    pub on_pick: Callback<AttrValue>,
    /// The area that was chosen last.
    #[prop_or_default]
    pub picked: Option<AttrValue>,
}

/// Areas narrower or lower than this have no text.
const LABEL: (f64, f64) = (44.0, 16.0);

/// The chart, with a line below it that says what is pointed at.
#[component]
pub fn Treemap(props: &TreemapProps) -> Html {
    let node = use_node_ref();
    let (width, height) = use_size(&node, "treemap", (1200.0, 152.0));
    let over = use_state_eq(|| None::<usize>);
    let sizes: Vec<f64> = props.areas.iter().map(|area| area.size).collect();
    let places = layout(&sizes, width, height);
    let seen = places.iter().filter(|place| is_seen(place)).count();
    let point = |at: Option<usize>| {
        let over = over.clone();
        move || over.set(at)
    };
    let onkeydown = {
        let (over, areas, on_pick) = (over.clone(), props.areas.clone(), props.on_pick.clone());
        Callback::from(move |event: KeyboardEvent| {
            let at = over.unwrap_or(0);
            match event.key().as_str() {
                "ArrowRight" | "ArrowDown" => over.set(Some((at + 1).min(seen.saturating_sub(1)))),
                "ArrowLeft" | "ArrowUp" => over.set(Some(at.saturating_sub(1))),
                "Home" => over.set(Some(0)),
                "End" => over.set(seen.checked_sub(1)),
                "Enter" | " " => match areas.get(at) {
                    Some(area) if !area.key.is_empty() => on_pick.emit(area.key.clone()),
                    _ => return,
                },
                _ => return,
            }
            event.prevent_default();
        })
    };
    let onfocus = {
        let over = over.clone();
        Callback::from(move |_: FocusEvent| {
            if over.is_none() {
                over.set(Some(0));
            }
        })
    };
    let onblur = {
        let leave = point(None);
        Callback::from(move |_: FocusEvent| leave())
    };
    let onmouseleave = {
        let leave = point(None);
        Callback::from(move |_: MouseEvent| leave())
    };
    let save = {
        let (areas, places, label) = (props.areas.clone(), places.clone(), props.label.clone());
        Callback::from(move |_: MouseEvent| picture::save(&label, width, height, &marks(&areas, &places)))
    };
    let said = over.and_then(|at| props.areas.get(at)).map_or(&props.hint, |area| &area.detail);
    html! {
        <figure class="chart">
            <div class="treemap" ref={node} role="listbox" tabindex="0" aria-label={props.label.clone()} {onkeydown} {onfocus} {onblur} {onmouseleave}
                aria-activedescendant={over.map(|at| format!("area-{at}"))} data-testid="treemap">
                { for props.areas.iter().zip(&places).enumerate().filter(|(_, (_, place))| is_seen(place)).map(|(at, (area, place))| {
                    let paint = match area.share {
                        Some(share) => paint(share),
                        None => String::from("background:var(--surface-sunken);color:var(--text-muted)"),
                    };
                    let style = format!(
                        "left:{:.1}px;top:{:.1}px;width:{:.1}px;height:{:.1}px;{paint}",
                        place.x, place.y, place.width, place.height
                    );
                    let key = area.key.clone();
                    let is_picked = !key.is_empty() && props.picked.as_ref() == Some(&key);
                    let onclick = (!key.is_empty()).then(|| props.on_pick.reform(move |_: MouseEvent| key.clone()));
                    let enter = point(Some(at));
                    html! {
                        <div key={at} id={format!("area-{at}")} role="option" aria-label={area.detail.clone()} aria-selected={is_picked.to_string()}
                            class={classes!("area", (*over == Some(at)).then_some("over"), is_picked.then_some("picked"))} {style}
                            onmouseenter={Callback::from(move |_: MouseEvent| enter())} {onclick}>
                            if has_label(place) { { &area.label } }
                        </div>
                    }
                }) }
            </div>
            <figcaption>
                <span class="said" data-testid="treemap-said">{ said }</span>
                <button class="quiet" onclick={save} data-testid="save-picture" title="Save the chart as a PNG file">{ "Save picture" }</button>
            </figcaption>
        </figure>
    }
}

fn is_seen(place: &Place) -> bool {
    place.width >= 1.0 && place.height >= 1.0
}

fn has_label(place: &Place) -> bool {
    place.width >= LABEL.0 && place.height >= LABEL.1
}

fn marks(areas: &[Area], places: &[Place]) -> Vec<picture::Mark> {
    let seen = areas.iter().zip(places).filter(|(_, place)| is_seen(place));
    seen.map(|(area, place)| picture::Mark {
        place: *place,
        fill: area.share.map_or("--surface-sunken".into(), |share| format!("--heat-{}", step(share))),
        ink: area.share.map_or("--text-muted".into(), |share| format!("--on-heat-{}", step(share))),
        text: if has_label(place) { area.label.clone() } else { AttrValue::default() },
    })
    .collect()
}
