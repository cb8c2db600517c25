//! The figures of all parties in the Prometheus text format.

use super::party::Figures;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

type Labels = Vec<(&'static str, String)>;

/// Renders the figures of `parties` (name, figures). Labels carry fixed names only, never a value from a message.
pub fn render(parties: &[(String, Figures)]) -> String {
    let mut registry = Registry::with_prefix("slipway");
    let counted = Family::<Labels, Counter>::default();
    let links = Family::<Labels, Counter>::default();
    let inputs = Family::<Labels, Counter>::default();
    let syncs = Family::<Labels, Counter>::default();
    let outbox = Family::<Labels, Gauge>::default();
    let age = Family::<Labels, Gauge>::default();
    let overdue = Family::<Labels, Gauge>::default();
    let lines = Family::<Labels, Gauge>::default();
    let batches = Family::<Labels, Gauge>::default();
    registry.register("node_events", "What cores and drivers counted", counted.clone());
    registry.register("link_events", "What links counted, by reason", links.clone());
    registry.register("inputs", "Inputs judged", inputs.clone());
    registry.register("store_syncs", "Data syncs of the store", syncs.clone());
    registry.register("outbox_entries", "Advices and notices waiting for their answer", outbox.clone());
    registry.register("outbox_oldest_ms", "Age of the oldest entry", age.clone());
    registry.register("outbox_overdue", "Entries unanswered for 24 hours: an alarm", overdue.clone());
    registry.register("lines", "Lines that stand now", lines.clone());
    registry.register("store_batches", "Batches ever committed to the store", batches.clone());
    for (name, figures) in parties {
        let party = || ("party", name.clone());
        for (what, count) in &figures.node {
            counted.get_or_create(&vec![party(), ("what", (*what).to_string())]).inc_by(*count);
        }
        for (what, count) in &figures.links {
            links.get_or_create(&vec![party(), ("what", (*what).to_string())]).inc_by(*count);
        }
        inputs.get_or_create(&vec![party()]).inc_by(figures.stages.inputs);
        syncs.get_or_create(&vec![party()]).inc_by(figures.syncs);
        outbox.get_or_create(&vec![party()]).set(i64::try_from(figures.outbox).unwrap_or(i64::MAX));
        age.get_or_create(&vec![party()]).set(figures.outbox_age_ms);
        overdue.get_or_create(&vec![party()]).set(i64::try_from(figures.outbox_overdue).unwrap_or(i64::MAX));
        lines.get_or_create(&vec![party()]).set(i64::try_from(figures.lines).unwrap_or(i64::MAX));
        batches.get_or_create(&vec![party()]).set(i64::try_from(figures.batches).unwrap_or(i64::MAX));
    }
    let mut text = String::new();
    // Writing to a String cannot fail; an empty page would be the honest answer if it did.
    if encode(&mut text, &registry).is_err() {
        text.clear();
    }
    text
}
