//! `GET /api/v1/openapi.json`: the doors of the local port as an OpenAPI 3.1 document. Written as a table: answers are built by hand, so
//! there is no type that a generator could read; tests hold the table against the routes, against what a running network answers, and
//! against `docs/openapi.json`.

mod document;
mod ops;
mod portal;
mod schemas;

pub use document::document;

/// What opens a door.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opens {
    /// Nothing: anybody on this machine, or behind the server in front.
    Nobody,
    /// Somebody has signed in; a look.
    Look,
    /// Somebody has signed in; an act, with the second secret unless by bearer token.
    Act,
    /// The token of `run.json`.
    Machine,
}

/// One door.
struct Door {
    path: &'static str,
    method: &'static str,
    name: &'static str,
    said: (&'static str, &'static str),
    opens: Opens,
    /// The schema of its body.
    takes: Option<&'static str>,
    /// The schema of its answer; `svg`, `png`, `pdf` and `statement` are files.
    gives: &'static str,
    refuses: &'static [u16],
}

#[rustfmt::skip]
const DOORS: &[Door] = &[
    Door { path: "/api/v1/session", method: "post", name: "signIn", said: ("登录", "Signs in"), opens: Opens::Nobody, takes: Some("SignIn"), gives: "Session", refuses: &[400, 401, 403, 413, 415, 429] },
    Door { path: "/api/v1/session", method: "get", name: "whoAmI", said: ("当前登录", "Who has signed in"), opens: Opens::Look, takes: None, gives: "Session", refuses: &[401] },
    Door { path: "/api/v1/session", method: "delete", name: "signOut", said: ("退出", "Signs out"), opens: Opens::Act, takes: None, gives: "SignedOut", refuses: &[401, 403] },
    Door { path: "/api/v1/desk/find", method: "post", name: "find", said: ("按参考号，或商户、终端和卡，或金额、日期和末四位查询", "Finds by reference; by merchant, terminal and card; by amount, day and last four"), opens: Opens::Act, takes: Some("Keys"), gives: "Hits", refuses: &[400, 401, 403, 413, 415] },
    Door { path: "/api/v1/desk/exchanges/{id}", method: "get", name: "exchange", said: ("一笔交易，重新询问各方", "One exchange, all parties asked anew"), opens: Opens::Look, takes: None, gives: "Exchange", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/desk/exchanges/{id}/slip", method: "get", name: "slip", said: ("签购单文字，原样和重打", "Its slip as text, as printed and as it comes again"), opens: Opens::Look, takes: None, gives: "Slip", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/desk/exchanges/{id}/slip.svg", method: "get", name: "slipPicture", said: ("签购单图片", "Its slip as a picture"), opens: Opens::Look, takes: None, gives: "svg", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/desk/exchanges/{id}/reprint", method: "post", name: "reprint", said: ("在终端上重打", "Prints the slip again at its terminal"), opens: Opens::Act, takes: Some("Nothing"), gives: "Printing", refuses: &[401, 403, 404, 409, 503] },
    Door { path: "/api/v1/desk/exchanges/{id}/proposals", method: "post", name: "proposeRefund", said: ("提出退货，不动账", "Proposes a refund; moves no money"), opens: Opens::Act, takes: Some("Because"), gives: "Proposed", refuses: &[400, 401, 403, 404, 409] },
    Door { path: "/api/v1/desk/exchanges/{id}/trail", method: "get", name: "trail", said: ("审计：谁看过、做过什么", "For auditors: who saw and did what"), opens: Opens::Look, takes: None, gives: "Trail", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/desk/proposals", method: "get", name: "proposals", said: ("已提出的退货", "Refunds that were proposed"), opens: Opens::Look, takes: None, gives: "Proposals", refuses: &[401, 403] },
    Door { path: "/api/v1/inquiry", method: "post", name: "inquiry", said: ("来电者：一句结论", "A caller: one sentence for one exact hit"), opens: Opens::Nobody, takes: Some("Caller"), gives: "Told", refuses: &[400, 403, 404, 409, 413, 415, 429] },
    Door { path: "/api/v1/trace", method: "post", name: "trace", said: ("本机：这笔钱在哪里", "The machine's own: where the money is"), opens: Opens::Machine, takes: Some("Keys"), gives: "Exchange", refuses: &[400, 401, 403, 503] },
    Door { path: "/api/v1/webhooks", method: "get", name: "webhooks", said: ("推送订阅", "Webhooks"), opens: Opens::Look, takes: None, gives: "Webhooks", refuses: &[401, 403] },
    Door { path: "/api/v1/webhooks", method: "post", name: "addWebhook", said: ("订阅事件推送", "Subscribes to events"), opens: Opens::Act, takes: Some("NewWebhook"), gives: "WebhookKey", refuses: &[401, 403, 404, 503] },
    Door { path: "/api/v1/webhooks/{id}", method: "get", name: "webhook", said: ("一个推送订阅", "One webhook"), opens: Opens::Look, takes: None, gives: "Webhook", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/webhooks/{id}", method: "delete", name: "endWebhook", said: ("结束推送", "Ends it; it stays as ended"), opens: Opens::Act, takes: Some("Ending"), gives: "Webhook", refuses: &[401, 403, 404, 503] },
    Door { path: "/api/v1/webhooks/{id}/challenge", method: "post", name: "challengeWebhook", said: ("再次验证推送地址", "Asks the url again whether it is the subscriber's"), opens: Opens::Act, takes: Some("Nothing"), gives: "WebhookProved", refuses: &[401, 403, 404, 503] },
    Door { path: "/api/v1/webhooks/{id}/keys", method: "post", name: "webhookKeys", said: ("增加或停用密钥", "Adds or drops a key"), opens: Opens::Act, takes: Some("KeyAct"), gives: "WebhookKey", refuses: &[401, 403, 404, 503] },
    Door { path: "/api/v1/webhooks/{id}/deliveries", method: "get", name: "deliveries", said: ("各事件的送达情况", "What became of each event"), opens: Opens::Look, takes: None, gives: "Deliveries", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/webhooks/{id}/deliveries/{sequence}/redeliver", method: "post", name: "redeliver", said: ("再送一次", "Sends an event again"), opens: Opens::Act, takes: Some("Nothing"), gives: "Redelivering", refuses: &[401, 403, 404, 503] },
    Door { path: "/api/v1/terminals/{id}", method: "get", name: "screen", said: ("终端屏幕；seen=序号 时等到屏幕变化", "A terminal's screen; with `seen` it waits for another one, a second at most"), opens: Opens::Machine, takes: None, gives: "Screen", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/terminals/{id}/acts", method: "post", name: "act", said: ("在终端上操作", "Something done at a terminal"), opens: Opens::Machine, takes: Some("TerminalAct"), gives: "Taken", refuses: &[401, 403, 404, 503] },
    Door { path: "/api/v1/terminals/{id}/reprint", method: "post", name: "printAgain", said: ("重打签购单", "Prints a slip again"), opens: Opens::Machine, takes: Some("Voucher"), gives: "Printing", refuses: &[401, 403, 404, 409, 503] },
    Door { path: "/api/v1/terminals/{id}/line", method: "post", name: "line", said: ("模拟线路的故障", "A fault of its simulated line"), opens: Opens::Machine, takes: Some("LineFault"), gives: "Taken", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/audit", method: "get", name: "audit", said: ("核对各方账目", "The rule, held against every party's rows"), opens: Opens::Machine, takes: None, gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/quiet", method: "get", name: "quiet", said: ("各方是否都无未了事项", "Whether nothing is pending anywhere"), opens: Opens::Machine, takes: None, gives: "Quiet", refuses: &[401, 403] },
    Door { path: "/api/v1/cutover", method: "get", name: "days", said: ("营业日", "Where the business days stand"), opens: Opens::Machine, takes: None, gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/cutover", method: "post", name: "cutOver", said: ("日切", "Ends the business day"), opens: Opens::Machine, takes: Some("CutOver"), gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/clearing", method: "post", name: "clear", said: ("清分", "Clears closed days"), opens: Opens::Machine, takes: Some("Any"), gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/suspense", method: "get", name: "suspense", said: ("挂账", "What the issuers have in suspense"), opens: Opens::Machine, takes: None, gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/settle", method: "post", name: "settle", said: ("商户结算", "Settles with merchants"), opens: Opens::Machine, takes: Some("Any"), gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/cases", method: "get", name: "cases", said: ("未结案件", "Open cases"), opens: Opens::Machine, takes: None, gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/cases/find", method: "post", name: "finding", said: ("案件结论", "A finding"), opens: Opens::Machine, takes: Some("Any"), gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/disputes", method: "get", name: "disputes", said: ("争议", "Disputes"), opens: Opens::Machine, takes: None, gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/disputes/order", method: "post", name: "disputeOrder", said: ("争议的一步", "A step of a dispute"), opens: Opens::Machine, takes: Some("Any"), gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/recon/lists", method: "post", name: "lists", said: ("对账清单", "Lists of a closed day"), opens: Opens::Machine, takes: Some("Any"), gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/recon/repair", method: "post", name: "repair", said: ("补救", "A repair in the acquirer's books"), opens: Opens::Machine, takes: Some("Any"), gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/archive", method: "post", name: "archive", said: ("签购单存档", "Slips out of the archive"), opens: Opens::Machine, takes: Some("Any"), gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/keys/reset", method: "post", name: "resetKey", said: ("重置密钥", "A new key between switch and member"), opens: Opens::Machine, takes: Some("Any"), gives: "Any", refuses: &[401, 403, 503] },
    Door { path: "/api/v1/openapi.json", method: "get", name: "openapi", said: ("本文档", "This document"), opens: Opens::Nobody, takes: None, gives: "Any", refuses: &[] },
    Door { path: "/healthz", method: "get", name: "health", said: ("进程在运行", "The process is up"), opens: Opens::Nobody, takes: None, gives: "text", refuses: &[] },
    Door { path: "/metrics", method: "get", name: "metrics", said: ("指标（Prometheus）", "Figures in the text form of Prometheus"), opens: Opens::Nobody, takes: None, gives: "text", refuses: &[] },
];

/// All doors.
fn doors() -> impl Iterator<Item = &'static Door> {
    DOORS.iter().chain(portal::DOORS).chain(ops::DOORS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages, what they are made of, and the handles of a demonstration are no API.
    const NOT_DESCRIBED: [&str; 8] =
        ["/", "/assets/{name}", "/desk", "/merchant", "/ops", "/s", "/s/{code}", "/api/v1/theatre"];

    #[test]
    fn every_route_is_described_and_no_other() {
        let source = concat!(
            include_str!("../support/doors.rs"),
            include_str!("../signin/doors.rs"),
            include_str!("../events/doors.rs"),
            include_str!("../portal/doors.rs"),
            include_str!("../ops/doors.rs"),
            include_str!("../tills.rs"),
            include_str!("../http.rs")
        );
        let mut routes: Vec<&str> =
            source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let named = source.matches(".route(").count() - routes.len();
        let named_doors = [
            crate::keys::reset::DOOR,
            crate::cutover::DOOR,
            crate::clearing::asked::DOOR,
            crate::suspense::DOOR,
            crate::settle::DOOR,
            crate::cases::LIST,
            crate::cases::FIND,
            crate::disputes::LIST,
            crate::disputes::ORDER,
            crate::recon::DOOR,
            crate::recon::REPAIR,
            crate::archive::DOOR,
        ];
        assert_eq!(named, named_doors.len(), "a route by a name of its own: it stands in this list too");
        routes.extend(named_doors);
        for route in routes.iter().filter(|route| !NOT_DESCRIBED.contains(route)) {
            assert!(doors().any(|door| door.path == *route), "not described: {route}");
        }
        for door in doors() {
            assert!(routes.contains(&door.path), "no such route: {}", door.path);
        }
    }

    #[test]
    fn the_document_is_as_it_is_kept() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let told = serde_json::to_string_pretty(&document::whole()).unwrap() + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &told).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == told, "docs/openapi.json is not what is served: UPDATE_GOLDEN=1 writes it anew");
    }

    #[test]
    fn every_reference_points_at_a_schema_and_every_schema_is_used() {
        let told = document::whole();
        let text = told.to_string();
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(told["components"]["schemas"][name].is_object(), "{name}");
        }
        for name in told["components"]["schemas"].as_object().unwrap().keys() {
            assert!(text.contains(&format!("#/components/schemas/{name}\"")), "{name} is used by nobody");
        }
    }
}
