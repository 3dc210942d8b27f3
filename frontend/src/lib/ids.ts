/**
 * A new client id: 128 random bits as hex. `crypto.randomUUID` would do, but browsers offer it on HTTPS and
 * localhost only, and a Fieldroom on a local network is often plain HTTP.
 */
export function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
