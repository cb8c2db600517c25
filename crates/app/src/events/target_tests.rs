use super::*;

#[test]
fn targets() {
    let own = OwnPorts::default();
    for (url, outside, private) in [
        ("https://shop.example/hook?x=1", true, true),
        ("https://shop.example:8443/", true, true),
        ("https://8.8.8.8/", true, true),
        ("https://[2606:4700::1111]/", true, true),
        ("http://shop.example/", false, false),
        ("http://127.0.0.1:9000/hook", false, true),
        ("http://localhost:9000/", false, true),
        ("http://10.0.0.1/", false, false),
        ("https://127.0.0.1/", false, true),
        ("https://10.1.2.3/", false, true),
        ("https://169.254.169.254/latest/meta-data", false, true),
        ("https://[::1]/", false, true),
        ("https://[::ffff:127.0.0.1]/", false, true),
        ("https://[fd00::1]/", false, true),
        ("https://localhost/", false, true),
        ("https://metadata.google.internal/", false, true),
        ("https://intranet/", false, true),
        ("https://0x7f.1/", false, true),
        ("https://2130706433/", false, true),
        ("https://user:pass@shop.example/", false, false),
        ("https://shop.example/#x", false, false),
        ("https:///x", false, false),
        ("ftp://shop.example/", false, false),
        ("file:///etc/passwd", false, false),
        ("https://shop.example/\r\nx: y", false, false),
        ("javascript:alert(1)", false, false),
        ("", false, false),
    ] {
        assert_eq!((judged(url, false, &own).is_ok(), judged(url, true, &own).is_ok()), (outside, private), "{url}");
    }
}

#[test]
fn addresses_that_are_everybodys() {
    for (text, want) in [
        ("1.1.1.1", true),
        ("223.5.5.5", true),
        ("2400:3200::1", true),
        ("127.8.8.8", false),
        ("0.0.0.0", false),
        ("10.0.0.1", false),
        ("172.16.0.1", false),
        ("172.32.0.1", true),
        ("192.168.1.1", false),
        ("169.254.1.1", false),
        ("100.64.0.1", false),
        ("100.128.0.1", true),
        ("192.0.2.7", false),
        ("198.18.0.1", false),
        ("224.0.0.1", false),
        ("255.255.255.255", false),
        ("::", false),
        ("::1", false),
        ("::ffff:10.0.0.1", false),
        ("64:ff9b::7f00:1", false),
        ("2002:7f00:1::", false),
        ("2002:0101:0101::", true),
        ("fe80::1", false),
        ("fc00::1", false),
        ("ff02::1", false),
        ("2001:db8::1", false),
        ("2001::1", false),
    ] {
        assert_eq!(is_public(text.parse().unwrap()), want, "{text}");
    }
}

#[test]
fn our_own_ports_are_no_target_whatever_is_allowed() {
    let own = OwnPorts::default();
    [7880, 443].iter().for_each(|port| own.add(*port));
    for (url, want) in [
        ("http://localhost:7880/api/v1/cutover", false),
        ("http://127.0.0.1:7880/", false),
        ("http://127.9.9.9:7880/", false),
        ("https://[::1]:7880/", false),
        ("https://[::ffff:127.0.0.1]:7880/", false),
        ("https://0.0.0.0:7880/", false),
        ("https://localhost/", false),
        ("http://127.0.0.1:7881/", true),
        ("https://shop.example:7880/", true),
        ("https://8.8.8.8:7880/", true),
    ] {
        assert_eq!(judged(url, true, &own).is_ok(), want, "{url}");
    }
    // A name is asked at the call: whatever it is then, our own port is not among it.
    let asked = |url: &str| {
        let config = ureq::config::Config::default();
        Outside::new(true, own.clone()).resolve(&url.parse().unwrap(), &config, NextTimeout::default()).is_ok()
    };
    assert!(!asked("http://localhost:7880/") && !asked("https://localhost/") && asked("http://localhost:7881/"));
}
