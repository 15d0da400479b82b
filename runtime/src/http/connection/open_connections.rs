//! Counts open connections, in total and per address, whatever they are for: one that sends nothing takes a file
//! descriptor too.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::rpc::{Limits, network, site};

/// The open connections.
#[derive(Debug)]
pub(crate) struct OpenConnections(Mutex<Counts>);

#[derive(Debug)]
struct Counts {
    by_address: HashMap<IpAddr, usize>,
    by_site: HashMap<IpAddr, usize>,
    all: usize,
    /// How many connections the process may have open, by the limit of open files.
    max_files: usize,
    /// The count of connections at the last warning that there is no room; `None` if there has been room since.
    warned_at: Option<usize>,
}

/// Counts one connection for as long as this lives.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    all: Arc<OpenConnections>,
    address: IpAddr,
}

impl Default for OpenConnections {
    fn default() -> Self {
        Self(Mutex::new(Counts {
            by_address: HashMap::new(),
            by_site: HashMap::new(),
            all: 0,
            max_files: usize::MAX,
            warned_at: None,
        }))
    }
}

impl OpenConnections {
    /// Sets how many connections the limit of open files leaves room for.
    pub(super) fn set_max_files(&self, files: usize) {
        self.lock().max_files = files;
    }

    /// Admits a connection, if there is room for it and its address may have another: one for each socket, and some for
    /// requests. The addresses of a site together may have no more than there is room left for others. Connections of
    /// proxies and of this machine are counted for no address, since they are of many clients.
    pub(super) fn admit(
        self: &Arc<Self>,
        address: IpAddr,
        limits: &Limits,
    ) -> Option<ConnectionSlot> {
        let address = network(address);
        let is_counted = limits.proxies == 0 && !address.is_loopback();
        let mut open = self.lock();
        let free = limits
            .max_connections
            .min(open.max_files)
            .saturating_sub(open.all);
        if free == 0 {
            open.warn_that_full();
            return None;
        }
        let of_address = open.by_address.get(&address).copied().unwrap_or_default();
        let of_site = open
            .by_site
            .get(&site(address))
            .copied()
            .unwrap_or_default();
        if is_counted && (of_address >= max_of_address(limits) || of_site >= free) {
            return None;
        }
        open.by_address.insert(address, of_address + 1);
        open.by_site.insert(site(address), of_site + 1);
        open.all += 1;
        Some(ConnectionSlot {
            all: self.clone(),
            address,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn max_of_address(limits: &Limits) -> usize {
    let sockets = limits.sockets_per_address;
    sockets.saturating_add(sockets / 8).saturating_add(64)
}

impl Counts {
    fn warn_that_full(&mut self) {
        let (open, files) = (self.all, self.max_files);
        if self.warned_at.replace(open).is_none() {
            tracing::warn!(
                open,
                files,
                "there is no room for another connection; raise `Limits::max_connections`, or the number of open files that \
                 the system allows the process (`ulimit -n`)"
            );
        }
    }

    fn remove(&mut self, address: IpAddr) {
        self.all -= 1;
        // The warning is armed again once there has been room, not with each connection that ends.
        let all = self.all;
        self.warned_at = self.warned_at.filter(|full| all > full - full / 16);
        decrement(&mut self.by_address, address);
        decrement(&mut self.by_site, site(address));
    }
}

fn decrement(counts: &mut HashMap<IpAddr, usize>, of: IpAddr) {
    if let Some(count) = counts.get_mut(&of) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&of);
        }
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.all.lock().remove(self.address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_bounded_number_of_connections_until_they_end() {
        let limits = Limits {
            sockets_per_address: 8,
            ..Limits::default()
        };
        let all = Arc::<OpenConnections>::default();
        let admit = |address: &str| all.admit(address.parse().unwrap(), &limits);
        let open: Vec<ConnectionSlot> = (0..73).map_while(|_| admit("10.0.0.1")).collect();
        assert_eq!(open.len(), 73);
        assert!(admit("10.0.0.1").is_none());
        assert!(admit("10.0.0.2").is_some());
        let mut local = Vec::new();
        for _ in 0..200 {
            local.push(admit("127.0.0.1").unwrap());
        }
        drop(open);
        assert!(admit("10.0.0.1").is_some());
        drop(local);
        assert!(all.lock().by_address.is_empty() && all.lock().by_site.is_empty());
        assert_eq!(all.lock().all, 0);
    }

    #[test]
    fn connections_of_a_proxy_are_of_many_clients() {
        let limits = Limits {
            sockets_per_address: 0,
            proxies: 1,
            ..Limits::default()
        };
        let all = Arc::<OpenConnections>::default();
        let admit = || all.admit("10.0.0.1".parse().unwrap(), &limits);
        let open: Vec<ConnectionSlot> = (0..200).map_while(|_| admit()).collect();
        assert_eq!(open.len(), 200);
    }

    #[test]
    fn no_address_has_more_connections_than_there_is_room_for_others() {
        let limits = Limits::default();
        let all = Arc::<OpenConnections>::default();
        all.set_max_files(120);
        let admit = |address: &str| all.admit(address.parse().unwrap(), &limits);
        let fill =
            |address| -> Vec<ConnectionSlot> { (0..200).map_while(|_| admit(address)).collect() };
        let one = fill("10.0.0.1");
        assert_eq!(one.len(), 60);
        let (another, third) = (fill("10.0.0.2"), fill("10.0.0.3"));
        assert_eq!((another.len(), third.len()), (30, 15));
        assert!(admit("10.0.0.1").is_none());
        // Connections that are counted for no address take the remaining room.
        let local = fill("127.0.0.1");
        assert_eq!(local.len(), 15);
        assert!(admit("10.0.0.4").is_none());
        drop(one);
        assert!(admit("10.0.0.4").is_some());
    }

    #[test]
    fn networks_of_one_site_have_no_more_together() {
        let limits = Limits::default();
        let all = Arc::<OpenConnections>::default();
        all.set_max_files(120);
        let admit = |address: String| all.admit(address.parse().unwrap(), &limits);
        let networks = (0..200).map(|network| format!("2001:db8:1:{network:x}::1"));
        let open: Vec<ConnectionSlot> = networks.map_while(admit).collect();
        assert_eq!(open.len(), 60);
        assert!(admit("2001:db8:2::1".to_owned()).is_some());
    }

    #[test]
    fn there_are_no_more_connections_than_the_limits_say() {
        let limits = Limits {
            max_connections: 10,
            ..Limits::default()
        };
        let all = Arc::<OpenConnections>::default();
        let admit = || all.admit("127.0.0.1".parse().unwrap(), &limits);
        let mut open: Vec<ConnectionSlot> = (0..20).map_while(|_| admit()).collect();
        assert_eq!(open.len(), 10);
        drop(open.pop());
        assert!(admit().is_some());
    }
}
