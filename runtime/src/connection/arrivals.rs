//! How many connections an address has, whatever they are for: one that sends nothing takes a file descriptor too.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::pipeline::{Limits, network};

/// The open connections by address.
#[derive(Debug, Default)]
pub(crate) struct Arrivals(Mutex<HashMap<IpAddr, usize>>);

/// The place of one connection, for as long as this lives.
#[derive(Debug)]
pub(super) struct Place {
    all: Arc<Arrivals>,
    address: IpAddr,
}

impl Arrivals {
    /// Lets a connection in, if its address may have another: one for each socket, and some for requests. Those of proxies
    /// and of this machine are not counted, since they are of many clients.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr, limits: &Limits) -> Option<Place> {
        let address = network(address);
        let sockets = limits.sockets_per_address;
        let most = sockets.saturating_add(sockets / 8).saturating_add(64);
        let is_counted = limits.proxies == 0 && !address.is_loopback();
        let mut all = self.lock();
        let open = all.entry(address).or_default();
        if is_counted && *open >= most {
            return None;
        }
        *open += 1;
        Some(Place {
            all: self.clone(),
            address,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.all.lock();
        if let Some(open) = all.get_mut(&self.address) {
            *open -= 1;
            if *open == 0 {
                all.remove(&self.address);
            }
        }
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
        assert!(all.lock().is_empty());
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
}
