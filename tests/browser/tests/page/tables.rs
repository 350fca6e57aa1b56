//! Sorting, filtering and scrolling of tables.

use kmemscope_browser_tests::{Inputs, Page, visit};

use crate::{hook, wait_until_read};

const TABLE: &str = "callsites";

async fn open(page: &Page, inputs: &Inputs, table: &str) {
    page.drop_files(&inputs.all()).await;
    wait_until_read(page).await;
    page.click(&hook("exact")).await;
    page.click(&hook(&format!("tab-{table}"))).await;
    page.wait_for(&format!("{} [role=gridcell]", hook(&format!("table-{table}")))).await;
}

fn head(column: &str) -> String {
    hook(&format!("head-{column}"))
}

/// The cells that are shown of some columns, row by row.
async fn cells(page: &Page, columns: &[&str]) -> Vec<Vec<String>> {
    let heads: Vec<String> = columns.iter().map(|column| head(column)).collect();
    page.eval(&format!(
        "const heads = {heads:?}.map(head => [...document.querySelectorAll('[role=columnheader]')].findIndex(cell => cell.querySelector(head)));
         return [...document.querySelectorAll('.rows [role=row]')].map(row => heads.map(head => row.children[head].innerText.trim()))"
    ))
    .await
}

async fn numbers(page: &Page, columns: &[&str]) -> Vec<Vec<u64>> {
    let number =
        |cell: &String| cell.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    cells(page, columns).await.iter().map(|row| row.iter().map(number).collect()).collect()
}

/// Waits for rows in which the comparison holds from each to the next.
async fn wait_for_order(page: &Page, columns: &[&str], holds: impl Fn(&[u64], &[u64]) -> bool) {
    let mut rows = Vec::new();
    for _ in 0..100 {
        rows = numbers(page, columns).await;
        if rows.len() > 2 && rows.is_sorted_by(|a, b| holds(a, b)) && rows[0] != rows[rows.len() - 1] {
            return;
        }
        page.pause().await;
    }
    panic!("{columns:?} are in no order: {rows:?}");
}

#[test]
fn a_click_sorts_and_another_turns_it_round() {
    let inputs = Inputs::of("6.1-slab");
    visit(async |page| {
        open(page, &inputs, TABLE).await;
        page.click(&head("hit")).await;
        wait_for_order(page, &["hit"], |a, b| a >= b).await;
        page.wait_for(&format!("[aria-sort=descending] {}", head("hit"))).await;
        page.click(&head("hit")).await;
        // The rarest call sites all have one hit: the order shows at the far end.
        page.wait_for(&format!("[aria-sort=ascending] {}", head("hit"))).await;
        page.eval::<()>("document.querySelector('.scroller').scrollTop = 1e9").await;
        wait_for_order(page, &["hit"], |a, b| a <= b).await;
    });
}

#[test]
fn a_shift_click_adds_a_key() {
    let inputs = Inputs::of("6.1-slab");
    visit(async |page| {
        open(page, &inputs, TABLE).await;
        page.click(&head("pingpong")).await;
        page.shift_click(&head("requested")).await;
        page.wait_for_text(&head("pingpong"), "1").await;
        page.wait_for_text(&head("requested"), "2").await;
        wait_for_order(page, &["pingpong", "requested"], |a, b| a >= b).await;
        assert!(page.address().await.contains("sort.callsites=pingpong,requested"), "the address keeps it");
    });
}

#[test]
fn the_filter_leaves_what_matches() {
    let inputs = Inputs::of("6.1-slab");
    visit(async |page| {
        open(page, &inputs, TABLE).await;
        let count = hook(&format!("count-{TABLE}"));
        let all = page.text(&count).await;
        page.fill(&hook("filter"), "ext4").await;
        page.wait_until(&format!("document.querySelector({count:?}).innerText !== {all:?}")).await;
        page.wait_until("document.querySelectorAll('.rows [role=row]').length > 0").await;
        let unlike = cells(page, &["callsite"]).await.concat();
        assert!(unlike.iter().any(|name| name.contains("ext4")), "{unlike:?}");
        page.fill(&hook("filter"), "no such thing").await;
        page.wait_for_text("main", "No rows").await;
        page.click(&hook("clear")).await;
        page.wait_for_text(&count, &all).await;
    });
}

#[test]
fn the_end_of_a_long_table_is_a_key_away() {
    let inputs = Inputs::of("6.12-slab");
    visit(async |page| {
        open(page, &inputs, "allocations").await;
        page.eval::<()>("document.querySelector('.scroller').focus()").await;
        page.fill(".scroller", "\u{e010}").await;
        page.wait_until(
            "(() => {
                const table = document.querySelector('[role=grid]');
                const rows = [...table.querySelectorAll('.rows [role=row]')];
                const last = rows.find(row => row.ariaRowIndex === table.getAttribute('aria-rowcount'));
                return last && last.innerText.includes('0x') && rows.length < 200;
            })()",
        )
        .await;
    });
}

#[test]
fn addresses_take_the_place_of_names() {
    let inputs = Inputs::of("6.1-slab");
    visit(async |page| {
        open(page, &inputs, TABLE).await;
        page.click(&hook("raw")).await;
        page.wait_until(
            "(() => {
                const cells = [...document.querySelectorAll('.rows [role=row] > :first-child')];
                return cells.length > 5 && cells.every(cell => /^0x[0-9a-f]{16}$/.test(cell.innerText.trim()));
            })()",
        )
        .await;
    });
}
