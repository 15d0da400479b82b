use axum::http::{HeaderValue, Request};

use super::*;

fn request(peer: Option<&str>, forwarded: &[&[u8]]) -> Parts {
    let mut request = Request::new(());
    for value in forwarded {
        let value = HeaderValue::from_bytes(value).unwrap();
        request.headers_mut().append(FORWARDED_FOR, value);
    }
    if let Some(peer) = peer {
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    request.into_parts().0
}

fn source(request: &Parts, proxies: usize) -> String {
    let addresses = Addresses::default();
    match addresses.source(&request.headers, &request.extensions, proxies) {
        AddressKey::Address(address) => address.to_string(),
        AddressKey::Unknown => "unknown".to_owned(),
    }
}

fn limits(sockets_per_address: usize, proxies: usize) -> Limits {
    Limits {
        sockets_per_address,
        proxies,
        ..Limits::default()
    }
}

fn of(addresses: &Addresses, request: &Parts, limits: &Limits) -> Option<Arc<Address>> {
    addresses.of(&request.headers, &request.extensions, limits)
}

#[test]
fn a_header_that_any_client_can_send_counts_as_far_as_proxies_are_trusted() {
    let forwarded: [&[u8]; 2] = [b"9.9.9.9", b"1.1.1.1, 2.2.2.2:80"];
    let request = request(Some("10.0.0.1:5000"), &forwarded);
    for (proxies, expected) in [
        (0, "10.0.0.1"),
        (1, "2.2.2.2"),
        (2, "1.1.1.1"),
        (3, "9.9.9.9"),
        // There are fewer entries than proxies, so one of them has added none.
        (4, "10.0.0.1"),
        (usize::MAX, "10.0.0.1"),
    ] {
        assert_eq!(source(&request, proxies), expected, "{proxies}");
    }
}

#[test]
fn what_is_no_address_counts_for_the_connection() {
    let own = "10.0.0.1";
    for (entry, expected) in [
        (&b"2.2.2.2"[..], "2.2.2.2"),
        (b" 2.2.2.2\t", "2.2.2.2"),
        (b"2.2.2.2:65535", "2.2.2.2"),
        (b"::ffff:2.2.2.2", "2.2.2.2"),
        (b"[::ffff:2.2.2.2]:80", "2.2.2.2"),
        (b"::1", "::1"),
        (b"[::1]", "::1"),
        (b"[::1]:80", "::1"),
        (b"2001:db8::5", "2001:db8::"),
        // Entries that the client sent itself are ignored, whatever their form.
        (b"\xff\xfe, 2.2.2.2", "2.2.2.2"),
        (b"unknown, 2.2.2.2", "2.2.2.2"),
        (b"2.2.2.2, unknown", own),
        (b"2.2.2.2,", own),
        (b"2.2.2.2, \xff", own),
        (b"", own),
        (b",", own),
        (b"unknown", own),
        (b"for=2.2.2.2", own),
        (b"2.2.2", own),
        (b"2.2.2.2:", own),
        (b"2.2.2.2:99999", own),
        (b"[2.2.2.2]", own),
        (b"[::1", own),
        (b"fe80::1%eth0", own),
        (b"planner.example", own),
    ] {
        let request = request(Some("10.0.0.1:5000"), &[entry]);
        let shown = String::from_utf8_lossy(entry);
        assert_eq!(source(&request, 1), expected, "{shown}");
    }
    assert_eq!(source(&request(Some("10.0.0.1:5000"), &[]), 1), own);
    // A line that can't be parsed is no reason to use another.
    let lines: [&[u8]; 2] = [b"2.2.2.2", b"\xff"];
    assert_eq!(source(&request(Some("10.0.0.1:5000"), &lines), 1), own);
    assert_eq!(source(&request(None, &[]), 1), "unknown");
    assert_eq!(source(&request(None, &[b"2.2.2.2"]), 0), "unknown");
}

#[test]
fn sockets_of_an_address_are_counted_while_they_are_connected() {
    let (addresses, limits) = (Addresses::default(), limits(2, 0));
    let admit = |peer: &str| {
        let request = request(Some(peer), &[]);
        of(&addresses, &request, &limits).unwrap().admit()
    };
    let first = admit("10.0.0.1:1").unwrap();
    let second = admit("10.0.0.1:2").unwrap();
    // Calls in flight are none.
    let calls: Vec<_> = (0..1100).map(|_| first.0.count_call(10).0).collect();
    assert!(admit("10.0.0.1:3").is_err());
    assert!(admit("10.0.0.2:3").is_ok());
    drop(first);
    let third = admit("10.0.0.1:4").unwrap();
    assert!(admit("10.0.0.1:5").is_err());
    drop((second, third, calls));
    assert!(admit("10.0.0.1:6").is_ok());
}

#[test]
fn only_this_machine_is_not_counted_and_not_behind_proxies() {
    let addresses = Addresses::default();
    for own in [
        "127.0.0.1:1",
        "127.8.0.1:1",
        "[::1]:1",
        "[::ffff:127.0.0.1]:1",
    ] {
        let request = request(Some(own), &[]);
        assert!(of(&addresses, &request, &limits(1, 0)).is_none(), "{own}");
        assert!(of(&addresses, &request, &limits(1, 1)).is_some(), "{own}");
    }
    let unknown = request(None, &[]);
    let first = of(&addresses, &unknown, &limits(1, 0)).unwrap();
    let _socket = first.admit().unwrap();
    assert!(
        of(&addresses, &unknown, &limits(1, 0))
            .unwrap()
            .admit()
            .is_err()
    );
}

#[test]
fn connections_are_counted_before_they_are_sockets() {
    let (addresses, limits) = (Addresses::default(), limits(2, 0));
    let request = request(Some("10.0.0.1:1"), &[]);
    let open = || addresses.count_connection(&request.headers, &request.extensions, &limits);
    let mut open_ones: Vec<_> = (0..4).map(|_| open().unwrap()).collect();
    assert!(open().is_err());
    open_ones.pop();
    assert!(open().is_ok());
}

#[test]
fn calls_of_an_address_are_bounded_by_count_and_by_bytes() {
    let limits = Limits {
        max_in_flight_per_address: 2,
        max_waiting_bytes_per_address: 200_000,
        ..Limits::default()
    };
    let address = Arc::new(Address::new(&limits));
    // A single call is accepted, however large.
    let (large, room) = address.count_call(1_000_000);
    assert_eq!(room, Room::Enough);
    assert_eq!(address.count_call(SMALL + 1).1, Room::None);
    assert_eq!(address.count_call(SMALL).1, Room::ForFirst);
    drop(large);
    let calls = [address.count_call(100_000), address.count_call(100_000)];
    assert!(calls.iter().all(|(_, room)| *room == Room::Enough));
    assert_eq!(address.count_call(0).1, Room::ForFirst);
    drop(calls);
    assert_eq!(address.bytes.load(Ordering::Relaxed), 0);
    assert_eq!(address.count_call(0).1, Room::Enough);
}

#[test]
fn an_address_is_remembered_for_a_while_and_then_forgotten() {
    let (addresses, limits) = (Addresses::default(), limits(2, 0));
    let find = |number: u8| {
        let peer = format!("10.0.0.{number}:1");
        of(&addresses, &request(Some(&peer), &[]), &limits).unwrap()
    };
    let first = Arc::downgrade(&find(0));
    assert!(Arc::ptr_eq(&find(0), &first.upgrade().unwrap()));
    for number in 1..100 {
        let address = find(number);
        let mut last_release = address.last_release.lock().unwrap();
        *last_release = Instant::now().checked_sub(2 * KEEP_UNUSED).unwrap();
    }
    let known = addresses.table.lock().unwrap().addresses.len();
    assert!(known <= 40, "{known} are known");
    assert!(
        first.upgrade().is_some(),
        "one that has just left is forgotten"
    );
}

#[test]
fn a_network_of_the_sixth_version_is_one_address() {
    let of = |text: &str| network(text.parse().unwrap()).to_string();
    assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
    assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    assert_eq!(of("::ffff:10.0.0.1"), "10.0.0.1");
    assert_eq!(of("::1"), "::1");
}
