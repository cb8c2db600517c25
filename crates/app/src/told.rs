//! Told to end: a signal, heard from the moment one starts to listen.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Remembers that the process was told to end. To be made before anybody hears that the process is up: a signal that comes
/// earlier ends it at once, as if it had never started.
#[derive(Clone)]
pub struct Told(watch::Receiver<bool>);

impl Told {
    /// Listens for SIGINT and SIGTERM. Not for SIGHUP: who starts with `nohup` means it.
    pub fn listen() -> std::io::Result<Self> {
        Self::to(&[SignalKind::interrupt(), SignalKind::terminate()])
    }

    /// Listens for any of these signals.
    pub fn to(signals: &[SignalKind]) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (tell, told) = watch::channel(false);
        let mut heard = Vec::new();
        {
            let _within = runtime.enter();
            for kind in signals {
                heard.push(signal(*kind)?);
            }
        }
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            runtime.block_on(std::future::poll_fn(|context| {
                let any = heard.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
                if any { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
            }));
            let _ = tell.send(true);
        })?;
        Ok(Self(told))
    }

    /// Comes back when told.
    pub async fn to_end(&self) {
        let _ = self.0.clone().wait_for(|told| *told).await;
    }

    /// Whether it was told.
    pub fn is_told(&self) -> bool {
        *self.0.borrow()
    }
}
