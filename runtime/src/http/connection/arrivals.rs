//! How many connections there are, of all and of an address, whatever they are for: one that sends nothing takes a file
//! descriptor too.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::rpc::{Limits, network, site};

/// The open connections.
#[derive(Debug)]
pub(crate) struct Arrivals(Mutex<Open>);

#[derive(Debug)]
struct Open {
    by_address: HashMap<IpAddr, usize>,
    by_site: HashMap<IpAddr, usize>,
    all: usize,
    /// So many files may be open.
    files: usize,
    /// How many there were when it was last said that there is no room; none if there has been some since.
    full_at: Option<usize>,
}

/// The place of one connection, for as long as this lives.
#[derive(Debug)]
pub(super) struct Place {
    all: Arc<Arrivals>,
    address: IpAddr,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self(Mutex::new(Open {
            by_address: HashMap::new(),
            by_site: HashMap::new(),
            all: 0,
            files: usize::MAX,
            full_at: None,
        }))
    }
}

impl Arrivals {
    /// The process may have so many connections open.
    pub(super) fn have_room_for(&self, files: usize) {
        self.lock().files = files;
    }

    /// Lets a connection in, if there is room for it, and if its address may have another: one for each socket, and some for
    /// requests; all of its site, no more than there is room left for others. Those of proxies and of this machine are counted
    /// for no address, since they are of many clients.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr, limits: &Limits) -> Option<Place> {
        let address = network(address);
        let is_counted = limits.proxies == 0 && !address.is_loopback();
        let mut open = self.lock();
        let free = limits
            .max_connections
            .min(open.files)
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
        if is_counted && (of_address >= most_of_address(limits) || of_site >= free) {
            return None;
        }
        open.by_address.insert(address, of_address + 1);
        open.by_site.insert(site(address), of_site + 1);
        open.all += 1;
        Some(Place {
            all: self.clone(),
            address,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn most_of_address(limits: &Limits) -> usize {
    let sockets = limits.sockets_per_address;
    sockets.saturating_add(sockets / 8).saturating_add(64)
}

impl Open {
    fn warn_that_full(&mut self) {
        let (open, files) = (self.all, self.files);
        if self.full_at.replace(open).is_none() {
            tracing::warn!(
                open,
                files,
                "there is no room for another connection; raise `Limits::max_connections`, or the number of open files that \
                 the system allows the process (`ulimit -n`)"
            );
        }
    }

    fn leave(&mut self, address: IpAddr) {
        self.all -= 1;
        // Not with each that leaves, but when there has been room.
        let all = self.all;
        self.full_at = self.full_at.filter(|full| all > full - full / 16);
        take_one(&mut self.by_address, address);
        take_one(&mut self.by_site, site(address));
    }
}

fn take_one(counts: &mut HashMap<IpAddr, usize>, of: IpAddr) {
    if let Some(count) = counts.get_mut(&of) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&of);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.lock().leave(self.address);
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
        let all = Arc::<Arrivals>::default();
        let enter = |address: &str| all.enter(address.parse().unwrap(), &limits);
        let open: Vec<Place> = (0..73).map_while(|_| enter("10.0.0.1")).collect();
        assert_eq!(open.len(), 73);
        assert!(enter("10.0.0.1").is_none());
        assert!(enter("10.0.0.2").is_some());
        let mut local = Vec::new();
        for _ in 0..200 {
            local.push(enter("127.0.0.1").unwrap());
        }
        drop(open);
        assert!(enter("10.0.0.1").is_some());
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
        let all = Arc::<Arrivals>::default();
        let enter = || all.enter("10.0.0.1".parse().unwrap(), &limits);
        let open: Vec<Place> = (0..200).map_while(|_| enter()).collect();
        assert_eq!(open.len(), 200);
    }

    #[test]
    fn no_address_has_more_connections_than_there_is_room_for_others() {
        let limits = Limits::default();
        let all = Arc::<Arrivals>::default();
        all.have_room_for(120);
        let enter = |address: &str| all.enter(address.parse().unwrap(), &limits);
        let fill = |address| -> Vec<Place> { (0..200).map_while(|_| enter(address)).collect() };
        let one = fill("10.0.0.1");
        assert_eq!(one.len(), 60);
        let (another, third) = (fill("10.0.0.2"), fill("10.0.0.3"));
        assert_eq!((another.len(), third.len()), (30, 15));
        assert!(enter("10.0.0.1").is_none());
        // Those that are counted for no address take what is left.
        let local = fill("127.0.0.1");
        assert_eq!(local.len(), 15);
        assert!(enter("10.0.0.4").is_none());
        drop(one);
        assert!(enter("10.0.0.4").is_some());
    }

    #[test]
    fn networks_of_one_site_have_no_more_together() {
        let limits = Limits::default();
        let all = Arc::<Arrivals>::default();
        all.have_room_for(120);
        let enter = |address: String| all.enter(address.parse().unwrap(), &limits);
        let networks = (0..200).map(|network| format!("2001:db8:1:{network:x}::1"));
        let open: Vec<Place> = networks.map_while(enter).collect();
        assert_eq!(open.len(), 60);
        assert!(enter("2001:db8:2::1".to_owned()).is_some());
    }

    #[test]
    fn there_are_no_more_connections_than_the_limits_say() {
        let limits = Limits {
            max_connections: 10,
            ..Limits::default()
        };
        let all = Arc::<Arrivals>::default();
        let enter = || all.enter("127.0.0.1".parse().unwrap(), &limits);
        let mut open: Vec<Place> = (0..20).map_while(|_| enter()).collect();
        assert_eq!(open.len(), 10);
        drop(open.pop());
        assert!(enter().is_some());
    }
}
