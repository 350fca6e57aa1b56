//! Charts, and the numbers behind them.

use kmemscope_browser_tests::{Inputs, visit};

use crate::{hook, wait_until_read};

/// Area of the chart's boxes in pixels, in their order.
const AREAS: &str = "return [...document.querySelectorAll('.treemap .area')].map(area => {
    const { width, height } = area.getBoundingClientRect();
    return width * height;
})";

#[test]
fn an_area_says_its_numbers_and_opens_its_row() {
    let inputs = Inputs::of("6.1-slab");
    visit(async |page| {
        page.drop_files(&inputs.all()).await;
        wait_until_read(page).await;
        page.click(&hook("tab-callsites")).await;
        let area = page.wait_for(".treemap .area").await;
        let sizes: Vec<f64> = page.eval(AREAS).await;
        assert!(sizes.len() > 5, "few areas: {sizes:?}");
        assert!(sizes[0] > sizes[sizes.len() - 1] && sizes[sizes.len() - 1] > 0.0, "areas: {sizes:?}");
        let said = page.text(&hook("treemap-said")).await;
        page.browser().action_chain().move_to_element_center(&area).perform().await.unwrap();
        page.wait_until(&format!(
            "document.querySelector({:?}).innerText !== {said:?}",
            hook("treemap-said")
        ))
        .await;
        let said = page.text(&hook("treemap-said")).await;
        assert!(said.chars().any(|c| c.is_ascii_digit()), "no numbers: {said:?}");
        page.click(".treemap .area").await;
        page.wait_for(&hook("detail")).await;
        page.click(&hook("toggle-chart")).await;
        page.wait_until_gone(".treemap").await;
        page.wait_for("[role=gridcell]").await;
    });
}

#[test]
fn fragmentation_by_bucket_is_drawn_with_its_numbers() {
    let inputs = Inputs::of("6.1-slab");
    visit(async |page| {
        page.drop_files(&inputs.all()).await;
        wait_until_read(page).await;
        page.wait_for(&hook("buckets")).await;
        let lengths: Vec<f64> = page
            .eval("return [...document.querySelectorAll('.bar-length')].map(bar => bar.offsetWidth)")
            .await;
        assert!(lengths.iter().any(|length| *length > 10.0), "no bars: {lengths:?}");
        let numbers = page.texts(&format!("{} td.number", hook("buckets"))).await;
        assert!(numbers.len() >= lengths.len(), "bars without numbers: {numbers:?}");
    });
}
