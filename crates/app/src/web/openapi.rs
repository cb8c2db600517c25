//! `GET /api/v1/openapi.json`: the doors of the local port as an OpenAPI 3.1 document. Written as a table: answers are built by hand, so
//! there is no type that a generator could read; tests hold the table against the routes, against what a running network answers, and
//! against `docs/openapi.json`.

mod document;
mod ops;
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
    /// The schema of its answer; `svg` is a picture.
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
];

/// All doors.
fn doors() -> impl Iterator<Item = &'static Door> {
    DOORS.iter().chain(ops::DOORS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_desk_and_session_is_described_and_no_other() {
        let source = concat!(
            include_str!("../support/doors.rs"),
            include_str!("../signin/doors.rs"),
            include_str!("../ops/doors.rs")
        );
        let routes: Vec<&str> = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(routes.len() >= 9, "{routes:?}");
        for route in &routes {
            assert!(doors().any(|door| door.path == *route), "not described: {route}");
        }
        for door in doors().filter(|door| !matches!(door.name, "inquiry" | "trace")) {
            assert!(routes.contains(&door.path), "no such route: {}", door.path);
        }
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
