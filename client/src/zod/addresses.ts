/** URLs, IP addresses, email addresses and UUIDs. */
import { platform } from "./platform.js";
import { formatted } from "./texts.js";
import type { Type } from "./types.js";

/** A UUID. */
/* @__NO_SIDE_EFFECTS__ */
export function uuid(): Type<string> {
  const expression = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const message = "must be a UUID, such as 67e55044-10b1-426f-9247-bb680e5fe0c8";
  return formatted("uuid", (value) => expression.test(value), message);
}

/** A URL with its scheme. */
/* @__NO_SIDE_EFFECTS__ */
export function url(): Type<string> {
  return formatted("uri", isUrl, "must be a URL with its scheme, such as https://example.org");
}

/** Whether a text is a URL with its scheme. */
export function isUrl(value: string): boolean {
  // `URL.canParse` would be shorter, but some releases of Node 20 answer wrongly once it is optimised.
  try {
    const { URL } = platform();
    return new URL(value) !== undefined;
  } catch {
    return false;
  }
}

/** An IP address. */
/* @__NO_SIDE_EFFECTS__ */
export function ip(): Type<string> {
  const is = (value: string) => isIpv4(value) || isIpv6(value);
  return formatted("ip", is, "must be an IP address");
}

/** An IP address of version 4. */
/* @__NO_SIDE_EFFECTS__ */
export function ipv4(): Type<string> {
  return formatted("ipv4", isIpv4, "must be an IP address of version 4, such as 192.0.2.1");
}

/** An IP address of version 6. */
/* @__NO_SIDE_EFFECTS__ */
export function ipv6(): Type<string> {
  return formatted("ipv6", isIpv6, "must be an IP address of version 6, such as 2001:db8::1");
}

function isIpv4(value: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(value);
}

function isIpv6(value: string): boolean {
  // A URL has an address of version 6 in brackets, and takes exactly the addresses that there are.
  return /^[0-9a-f:.]+$/i.test(value) && value.includes(":") && isUrl(`http://[${value}]`);
}

const USER = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/i;

const DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** Whether a text is an email address. */
export function isEmail(value: string): boolean {
  const at = value.indexOf("@");
  const [user, domain] = [value.slice(0, at), value.slice(at + 1)];
  const address = /^\[(.*)\]$/.exec(domain)?.[1];
  const isDomain = domain.length <= 255 && DOMAIN.test(domain);
  return (
    at >= 0 &&
    USER.test(user) &&
    (isDomain || (address !== undefined && (isIpv4(address) || isIpv6(address))))
  );
}
