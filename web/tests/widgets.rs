//! The table and the treemap in a browser: what clicks, keys and scrolling ask of their owner, and what a screen reader
//! is told.

use std::{cell::RefCell, rc::Rc};

use kmemscope_web::{
    charts::{Area, Treemap, TreemapProps},
    protocol::{Cell, Row, Rows, RowsRequest, Sort, TableId},
    table::{Table, TableProps},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement, KeyboardEvent, KeyboardEventInit, MouseEvent, MouseEventInit};
use yew::{AppHandle, BaseComponent, Callback};

wasm_bindgen_test_configure!(run_in_browser);

/// A component in a window of 900 by 400 pixels, with the page's own sheets.
struct Mounted<C: BaseComponent> {
    root: HtmlElement,
    app: Option<AppHandle<C>>,
}

impl<C: BaseComponent> Mounted<C> {
    async fn new(props: C::Properties) -> Mounted<C> {
        let document = gloo::utils::document();
        let root: HtmlElement = document.create_element("div").unwrap().dyn_into().unwrap();
        root.set_attribute("style", "display:flex;flex-direction:column;width:900px;height:400px").unwrap();
        document.body().unwrap().append_child(&root).unwrap();
        let place = document.create_element("div").unwrap();
        place.set_attribute("style", "display:contents").unwrap();
        let style = document.create_element("style").unwrap();
        style.set_text_content(Some(concat!(
            include_str!("../style/tokens.css"),
            include_str!("../style/page.css"),
            include_str!("../style/table.css"),
            include_str!("../style/chart.css"),
        )));
        root.append_child(&style).unwrap();
        root.append_child(&place).unwrap();
        let app = yew::Renderer::<C>::with_root_and_props(place, props).render();
        let mounted = Mounted { root, app: Some(app) };
        settle().await;
        mounted
    }

    fn find(&self, selector: &str) -> HtmlElement {
        self.all(selector).into_iter().next().unwrap_or_else(|| panic!("no {selector}"))
    }

    fn all(&self, selector: &str) -> Vec<HtmlElement> {
        let found = self.root.query_selector_all(selector).unwrap();
        (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
    }
}

impl<C: BaseComponent> Drop for Mounted<C> {
    fn drop(&mut self) {
        if let Some(app) = self.app.take() {
            app.destroy();
        }
        self.root.remove();
    }
}

/// Lets the component draw, the browser lay out, and both react to that.
async fn settle() {
    for _ in 0..2 {
        let frame = js_sys::Promise::new(&mut |done, _| {
            gloo::utils::window().request_animation_frame(&done).unwrap();
        });
        JsFuture::from(frame).await.unwrap();
    }
    let wait = js_sys::Promise::new(&mut |done, _| {
        gloo::utils::window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, 50).unwrap();
    });
    JsFuture::from(wait).await.unwrap();
}

/// Waits for what a busy machine may take long to do.
async fn until(what: &str, is_true: impl Fn() -> bool) {
    for _ in 0..100 {
        if is_true() {
            return;
        }
        settle().await;
    }
    panic!("never came: {what}");
}

async fn click(element: &Element, shift: bool) {
    let init = MouseEventInit::new();
    init.set_bubbles(true);
    init.set_shift_key(shift);
    element.dispatch_event(&MouseEvent::new_with_mouse_event_init_dict("click", &init).unwrap()).unwrap();
    settle().await;
}

/// Whether the component took the key for itself.
async fn press(element: &Element, key: &str) -> bool {
    let init = KeyboardEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_key(key);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    let was_left = element.dispatch_event(&event).unwrap();
    settle().await;
    !was_left
}

#[derive(Default)]
struct Asked {
    sorts: Vec<Vec<Sort>>,
    windows: Vec<(u32, u32)>,
    chosen: Vec<String>,
}

fn key(name: &str, descending: bool) -> Sort {
    Sort { key: name.into(), descending }
}

/// A table of that many rows, of which the first hundred are there.
fn table(total: u32, sort: Vec<Sort>) -> (TableProps, Rc<RefCell<Asked>>) {
    let asked = Rc::new(RefCell::new(Asked::default()));
    let row = |at: u32| Row {
        key: format!("0x{at:x}"),
        cells: TableId::CallSites
            .columns()
            .iter()
            .map(|column| match column.id {
                "callsite" => Cell::Text(format!("function_{at}+1c")),
                "frag" => Cell::Fraction(25.0),
                _ => Cell::Number(u64::from(at)),
            })
            .collect(),
    };
    let request = RowsRequest {
        table: TableId::CallSites,
        sort: sort.clone(),
        from: 0,
        count: 100,
        raw: false,
        version: 0,
    };
    let rows = Rows { request, total, rows: (0..total.min(100)).map(row).collect(), took_ms: 0.0 };
    let note = |note: fn(&mut Asked, Said)| {
        let asked = asked.clone();
        Callback::from(move |said: Said| note(&mut asked.borrow_mut(), said))
    };
    let props = TableProps {
        table: TableId::CallSites,
        rows: Some(Rc::new(rows)),
        sort,
        exact: false,
        selected: None,
        version: 1,
        on_sort: note(|asked, said| asked.sorts.push(said.sort))
            .reform(|sort| Said { sort, ..Said::default() }),
        on_window: note(|asked, said| asked.windows.push(said.window))
            .reform(|window| Said { window, ..Said::default() }),
        on_select: note(|asked, said| asked.chosen.push(said.row))
            .reform(|row: Row| Said { row: row.key, ..Said::default() }),
        empty: "Nothing".into(),
    };
    (props, asked)
}

#[derive(Default)]
struct Said {
    sort: Vec<Sort>,
    window: (u32, u32),
    row: String,
}

/// Whether a row lies between the head and the lower edge.
fn is_visible(table: &Mounted<Table>, index: u32) -> bool {
    let Some(row) = table.all(&format!(".rows [aria-rowindex=\"{index}\"]")).into_iter().next() else {
        return false;
    };
    let (row, head) = (row.get_bounding_client_rect(), table.find(".head").get_bounding_client_rect());
    let scroller = table.find(".scroller");
    let bottom = scroller.get_bounding_client_rect().top() + f64::from(scroller.client_height());
    row.top() >= head.bottom() - 1.0 && row.bottom() <= bottom + 1.0
}

#[wasm_bindgen_test]
async fn heads_say_and_change_the_order() {
    let (props, asked) = table(100, vec![key("waste", true), key("hit", false)]);
    let table = Mounted::<Table>::new(props).await;
    let sorted: Vec<String> = table
        .all("[role=columnheader]")
        .iter()
        .filter_map(|head| head.get_attribute("aria-sort"))
        .filter(|sort| sort != "none")
        .collect();
    assert_eq!(sorted, ["descending", "other"]);
    click(&table.find("[data-testid=head-bytes]"), false).await;
    click(&table.find("[data-testid=head-callsite]"), true).await;
    click(&table.find("[data-testid=head-waste]"), true).await;
    assert_eq!(
        asked.borrow().sorts,
        [
            vec![key("bytes", true)],
            vec![key("waste", true), key("hit", false), key("callsite", false)],
            vec![key("waste", false), key("hit", false)],
        ]
    );
}

#[wasm_bindgen_test]
async fn a_screen_reader_knows_the_whole_table() {
    let (props, _) = table(5000, Vec::new());
    let table = Mounted::<Table>::new(props).await;
    let grid = table.find("[role=grid]");
    assert_eq!(grid.get_attribute("aria-rowcount").as_deref(), Some("5001"));
    let columns = TableId::CallSites.columns().len();
    assert_eq!(grid.get_attribute("aria-colcount"), Some(columns.to_string()));
    assert_eq!(table.all("[role=columnheader]").len(), columns);
    let rows = table.all(".rows [role=row]");
    assert!(rows.len() < 60, "{} rows drawn", rows.len());
    assert_eq!(rows[0].get_attribute("aria-rowindex").as_deref(), Some("2"));
    let active = grid.get_attribute("aria-activedescendant").expect("a current row");
    assert!(gloo::utils::document().get_element_by_id(&active).is_some(), "no {active}");
}

#[wasm_bindgen_test]
async fn scrolling_asks_for_what_is_seen_and_ends() {
    let (props, asked) = table(5000, Vec::new());
    let table = Mounted::<Table>::new(props).await;
    let scroller = table.find(".scroller");
    scroller.set_scroll_top(24 * 1000);
    settle().await;
    let (first, count) = *asked.borrow().windows.last().expect("a window");
    assert!(first <= 1000 && first + count >= 1012, "{first} and {count} more");
    let height = scroller.scroll_height();
    assert_eq!(height, 24 * 5000 + 28);
    for _ in 0..3 {
        scroller.set_scroll_top(i32::MAX);
        settle().await;
    }
    assert_eq!(scroller.scroll_height(), height, "scrolling makes the table longer");
    until("the last row", || is_visible(&table, 5001)).await;
    let (first, count) = *asked.borrow().windows.last().expect("a window");
    assert!(first + count >= 5000);
}

#[wasm_bindgen_test]
async fn keys_reach_every_row_of_ten_million() {
    let (props, asked) = table(10_000_000, Vec::new());
    let table = Mounted::<Table>::new(props).await;
    let scroller = table.find(".scroller");
    assert!(press(&scroller, "End").await);
    until("the last row", || is_visible(&table, 10_000_001)).await;
    press(&scroller, "ArrowUp").await;
    press(&scroller, "PageUp").await;
    let active = scroller.get_attribute("aria-activedescendant").expect("a current row");
    let at: u32 = active.rsplit('-').next().and_then(|at| at.parse().ok()).expect("a row number");
    assert!((9_999_900..9_999_998).contains(&at), "{active}");
    until(&active, || is_visible(&table, at + 2)).await;
    press(&scroller, "Home").await;
    press(&scroller, "ArrowDown").await;
    until("the second row", || is_visible(&table, 3)).await;
    press(&scroller, "Enter").await;
    assert_eq!(asked.borrow().chosen, ["0x1"]);
}

#[wasm_bindgen_test]
async fn enter_on_a_head_is_left_to_the_head() {
    let (props, asked) = table(100, Vec::new());
    let table = Mounted::<Table>::new(props).await;
    assert!(!press(&table.find("[data-testid=head-hit]"), "Enter").await);
    assert!(asked.borrow().chosen.is_empty());
}

#[wasm_bindgen_test]
async fn a_table_without_rows_says_so() {
    let (props, _) = table(0, Vec::new());
    let table = Mounted::<Table>::new(props).await;
    assert_eq!(table.find(".empty").inner_text(), "Nothing");
    assert!(!press(&table.find(".scroller"), "x").await);
    press(&table.find(".scroller"), "End").await;
    assert!(table.all(".rows [role=row]").is_empty());
}

#[wasm_bindgen_test]
async fn areas_are_walked_and_chosen_by_keys() {
    let picked = Rc::new(RefCell::new(Vec::new()));
    let area = |name: &'static str, size: f64, share: f64| Area {
        key: name.into(),
        label: name.into(),
        detail: format!("{name} has {size}").into(),
        size,
        share: Some(share),
    };
    let props = TreemapProps {
        areas: vec![area("large", 600.0, 0.0), area("small", 300.0, 1.0), area("none", 0.0, 0.5)],
        label: "Areas".into(),
        hint: "Point at one".into(),
        on_pick: {
            let picked = picked.clone();
            Callback::from(move |key: yew::AttrValue| picked.borrow_mut().push(key.to_string()))
        },
        picked: Some("small".into()),
    };
    let chart = Mounted::<Treemap>::new(props).await;
    let map = chart.find(".treemap");
    let areas = chart.all("[role=option]");
    assert_eq!(areas.len(), 2, "an area of nothing is drawn");
    let width = |at: usize| areas[at].get_bounding_client_rect().width();
    assert!((width(0) / width(1) - 2.0).abs() < 0.05, "{} and {}", width(0), width(1));
    assert_eq!(areas[1].get_attribute("aria-selected").as_deref(), Some("true"));
    assert_ne!(background(&areas[0]), background(&areas[1]));

    let said = chart.find("[data-testid=treemap-said]");
    assert_eq!(said.inner_text(), "Point at one");
    press(&map, "End").await;
    assert_eq!(said.inner_text(), "small has 300");
    press(&map, "ArrowRight").await;
    press(&map, "Enter").await;
    press(&map, "ArrowLeft").await;
    assert_eq!(said.inner_text(), "large has 600");
    press(&map, "Enter").await;
    assert_eq!(*picked.borrow(), ["small", "large"]);
}

fn background(element: &Element) -> String {
    let style = gloo::utils::window().get_computed_style(element).ok().flatten().expect("a style");
    let colour = style.get_property_value("background-color").unwrap_or_default();
    assert_ne!(JsValue::from_str(&colour), JsValue::from_str("rgba(0, 0, 0, 0)"), "no colour");
    colour
}
