//! A receiver of webhooks: takes each message down, answers as it is told, and looks at the signature without the code that signs.
#![allow(clippy::unwrap_used, reason = "tests may")]
#![allow(dead_code, reason = "each test file uses its own part")]

use crate::live::until;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

/// A message that came, with its head.
#[derive(Clone, Debug)]
pub struct Came {
    pub head: String,
    pub body: String,
}

/// A receiver that answers each message with the next status of a list, and with 200 when that is empty; each challenge with its value, and
/// counts it apart.
pub struct Receiver {
    pub at: String,
    came: Arc<Mutex<Vec<Came>>>,
    challenges: Arc<Mutex<Vec<Came>>>,
    /// What a challenge is answered with instead of its value.
    pub instead: Arc<Mutex<Option<(u16, String)>>>,
}

impl Receiver {
    /// One that takes a message and does not answer before it is let go.
    pub fn slow() -> (Self, Sender<()>) {
        let (go, wait) = channel();
        (
            Self::with(move || {
                wait.recv().ok();
                200
            }),
            go,
        )
    }

    pub fn new(answers: Vec<u16>) -> Self {
        let mut answers = answers.into_iter();
        Self::with(move || answers.next().unwrap_or(200))
    }

    pub fn with(mut answer: impl FnMut() -> u16 + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap().to_string();
        let came = Arc::new(Mutex::new(Vec::new()));
        let (challenges, instead) =
            (Arc::<Mutex<Vec<Came>>>::default(), Arc::<Mutex<Option<(u16, String)>>>::default());
        let (kept, asked, other) = (Arc::clone(&came), Arc::clone(&challenges), Arc::clone(&instead));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut head, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                        break;
                    }
                    let line = line.to_lowercase();
                    if let Some(value) = line.strip_prefix("content-length: ") {
                        length = value.trim().parse().unwrap();
                    }
                    head.push_str(&line);
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let message = Came { head, body: String::from_utf8(body).unwrap() };
                if message.json()["type"] == "subscription.challenge" {
                    let value = json!({"challenge": message.json()["data"]["challenge"]}).to_string();
                    let (status, text) = other.lock().unwrap().clone().unwrap_or((200, value));
                    asked.lock().unwrap().push(message);
                    let length = text.len();
                    let _ = write!(
                        stream,
                        "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
                    );
                    continue;
                }
                kept.lock().unwrap().push(message);
                let status = answer();
                let _ = write!(stream, "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        });
        Self { at, came, challenges, instead }
    }

    pub fn all(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    pub fn challenges(&self) -> Vec<Came> {
        self.challenges.lock().unwrap().clone()
    }

    pub fn wait(&self, what: &str, fits: impl Fn(&[Came]) -> bool) -> Vec<Came> {
        until(what, 4_000, || Some(self.all()).filter(|all| fits(all)))
    }
}

impl Came {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default().trim()
    }

    /// How many codes of the signature are made under this key.
    pub fn signed(&self, key: &str) -> usize {
        let mut parts = self.header("slipway-signature").split(',');
        let at = parts.next().unwrap().strip_prefix("t=").unwrap();
        let code = hmac(key.as_bytes(), format!("{at}.{}", self.body).as_bytes());
        parts.filter(|part| part.strip_prefix("v1=") == Some(&*code)).count()
    }
}

/// HMAC-SHA-256 (RFC 2104) in hexadecimal digits, for a key of 64 bytes: without the code that signs.
fn hmac(key: &[u8], text: &[u8]) -> String {
    assert_eq!(key.len(), 64);
    let padded = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([padded(0x36), text.to_vec()].concat());
    let code = Sha256::digest([padded(0x5c), inner.to_vec()].concat());
    code.iter().map(|byte| format!("{byte:02x}")).collect()
}
