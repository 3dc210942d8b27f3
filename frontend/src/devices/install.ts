/** What a person types on a Raspberry Pi as it comes: clients/pi/README.md has the same line. */

const HOME = "/opt/fieldroom-pi";

interface Install {
  /** The server's address as the reader has it. */
  origin: string;
  /** Where on the server the client is. */
  client: string;
  /** Without it the Pi asks for it. */
  token?: string;
}

/**
 * Installs the client, tells it the server, prints each sensor once (one that fails now may work later) and starts the service. One
 * command, so that nothing runs after what failed. Debian leaves Python's own packages to apt (PEP 668): hence a virtual environment.
 *
 * A token comes through a pipe, where no list of processes shows it, and behind a blank, with which Debian's shell keeps the
 * command out of its history (HISTCONTROL=ignoreboth).
 */
export function installLine({ origin, client, token }: Install): string {
  const init = `sudo fieldroom-pi init --server ${origin}`;
  const steps = [
    "sudo apt-get update",
    "sudo apt-get install -y python3-venv python3-dev gcc",
    `sudo python3 -m venv ${HOME}`,
    `sudo ${HOME}/bin/pip install "fieldroom-pi[all] @ ${origin}${client}"`,
    `sudo ln -sf ${HOME}/bin/fieldroom-pi /usr/local/bin/`,
    token === undefined ? init : `echo '${token}' | ${init} --token -`,
    "(sudo fieldroom-pi test || true)",
    "sudo fieldroom-pi install-service",
    "sudo systemctl daemon-reload",
    "sudo systemctl enable --now fieldroom-pi",
  ];
  return (token === undefined ? "" : " ") + steps.join(" && \\\n  ");
}

/** Whether an address means the machine itself, which is another one when it is typed on the Pi. */
export function isOwnMachine(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
