/** What a person types on the Pi, in a checkout of Fieldroom: see clients/pi/README.md. */

const HOME = "/opt/fieldroom-pi";

/** Installs the client and tells it the server. It asks for the token by itself, so that no history of commands holds it. */
export function installLine(origin: string): string {
  return [
    `sudo python3 -m venv ${HOME}`,
    `sudo ${HOME}/bin/pip install ./clients/pi`,
    `sudo ${HOME}/bin/fieldroom-pi init --server ${origin}`,
  ].join(" && ");
}

/** Whether an address means the machine itself, which is another one when it is typed on the Pi. */
export function isOwnMachine(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
