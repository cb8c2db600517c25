//! A receipt printer on TCP: is it there, does it answer its status, has it paper? Prints nothing.

use super::{Finding, State};
use slipway_slip::printer::{STATUS_BYTES, Status, status_query};
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(2);

/// Asks the printer at `at` (HOST:PORT).
pub fn ask(at: &str) -> Finding {
    let wrong =
        |zh: &str, en: &str| Finding::new("printer", State::Wrong, format!("{at}：{zh}"), format!("{at}: {en}"));
    let Some(addr) = at.to_socket_addrs().ok().and_then(|mut found| found.next()) else {
        return wrong("地址不对，应为 主机:端口", "no such address; give HOST:PORT");
    };
    let Ok(mut stream) = TcpStream::connect_timeout(&addr, WAIT) else {
        return wrong("连不上；请检查电源、网线和端口", "cannot be reached; check power, cable and port");
    };
    let Some(status) = status(&mut stream) else {
        let zh = "不回答状态：能打印，但无法确认是否打出";
        return Finding::new(
            "printer",
            State::Remark,
            format!("{at}：{zh}"),
            format!("{at}: does not tell its status, so a slip's fate will be unknown"),
        );
    };
    let faults = [
        (status.paper_out, "缺纸", "out of paper"),
        (status.cover_open, "盖子未合", "cover open"),
        (status.overheated, "打印头过热", "head too hot"),
        (status.error, "故障", "error"),
        (status.offline, "脱机", "offline"),
    ];
    if let Some((_, zh, en)) = faults.iter().find(|(is, ..)| *is) {
        return wrong(zh, en);
    }
    let (state, zh, en) =
        if status.paper_low { (State::Remark, "纸将尽", "paper low") } else { (State::Good, "就绪", "ready") };
    Finding::new("printer", state, format!("{at}：{zh}"), format!("{at}: {en}"))
}

fn status(stream: &mut TcpStream) -> Option<Status> {
    stream.set_read_timeout(Some(WAIT)).ok()?;
    stream.write_all(status_query()).ok()?;
    let mut answer = [0; STATUS_BYTES];
    stream.read_exact(&mut answer).ok()?;
    Status::decode(&answer)
}
