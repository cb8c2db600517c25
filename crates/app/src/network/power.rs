//! What it takes to start a host of a network's folder on its thread: at the beginning, and again after its plug was pulled.

use super::{Phones, Wiring, begin, open, sample};
use crate::say::End;
use slipway_hosts::times::Times;
use slipway_node::Peer;
use slipway_runtime::os::{Handle, LinkPlan, PacedClock, PartyPlan, Serves, Way};
use slipway_store::Witness;
use slipway_terms::InstitutionId;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

/// Where the hosts live and find each other.
#[derive(Clone, Debug)]
pub struct Power {
    dir: PathBuf,
    clock: PacedClock,
    /// Where terminals dial the acquirer, without proxies.
    pub acquirer_at: SocketAddr,
    /// Where members dial the switch, without proxies.
    pub switch_at: SocketAddr,
    switch_for_acquirer: SocketAddr,
    switch_for_issuers: [SocketAddr; 2],
    links: usize,
    witness: Option<Witness>,
}

impl Power {
    /// Of a network that is wired so.
    pub fn of(dir: &Path, clock: PacedClock, wiring: &Wiring) -> Result<Self, End> {
        Ok(Self {
            dir: dir.to_owned(),
            clock,
            acquirer_at: wiring.acquirer.local_addr()?,
            switch_at: wiring.switch.local_addr()?,
            switch_for_acquirer: wiring.switch_for_acquirer,
            switch_for_issuers: wiring.switch_for_issuers,
            links: wiring.links,
            witness: wiring.witness.clone(),
        })
    }

    fn plan(&self, name: &str, own: InstitutionId, links: Vec<LinkPlan>) -> PartyPlan {
        let (name, clock) = (name.into(), self.clock);
        PartyPlan { name, own: Some(own), clock, links, papers: BTreeMap::new(), notifier: None, watch: None }
    }

    fn dial(&self, to: SocketAddr) -> LinkPlan {
        LinkPlan::Dial { peer: Peer::Switch, way: Way::plain(to), links: self.links }
    }

    /// The switch, listening here.
    pub fn switch(&self, listener: TcpListener) -> Result<Handle, End> {
        let listening = LinkPlan::Listen { listener, serves: Serves::Members, tls: None };
        let opening = open::switch(&self.dir, self.clock, Times::default())?;
        begin(self.plan("switch", sample::SWITCH, vec![listening]), move || opening.open())
    }

    /// Issuer 0 or 1, with its way to the phones.
    pub fn issuer(&self, index: usize, phones: Phones) -> Result<Handle, End> {
        let opening = open::issuer(&self.dir, index, self.clock)?;
        let id = [sample::ISSUER_1, sample::ISSUER_2][index];
        let links = vec![self.dial(self.switch_for_issuers[index])];
        let mut plan = self.plan(&format!("issuer{}", index + 1), id, links);
        plan.notifier = Some(Box::new(phones));
        begin(plan, move || opening.open())
    }

    /// The acquirer, listening here.
    pub fn acquirer(&self, listener: TcpListener) -> Result<Handle, End> {
        let listening = LinkPlan::Listen { listener, serves: Serves::Terminals, tls: None };
        let opening = open::acquirer(&self.dir, self.clock, Times::default())?.witnessed(self.witness.clone());
        let links = vec![listening, self.dial(self.switch_for_acquirer)];
        begin(self.plan("acquirer", sample::ACQUIRER, links), move || opening.open())
    }
}
