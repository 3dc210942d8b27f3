import { describe, expect, it } from "vitest";
import { installLine, isOwnMachine } from "./install";

const place = {
  origin: "https://field.example.org",
  client: "/api/devices/client/fieldroom_pi-1.2.3-py3-none-any.whl",
};

describe("the line to type on a Pi", () => {
  it("fetches the client from this server and leaves nothing to be done", () => {
    const steps = installLine({ ...place, token: "frd_secret" })
      .trim()
      .split(" && \\\n  ");
    expect(steps).toEqual([
      "sudo apt-get update",
      "sudo apt-get install -y python3-venv python3-dev gcc",
      "sudo python3 -m venv /opt/fieldroom-pi",
      'sudo /opt/fieldroom-pi/bin/pip install "fieldroom-pi[all] @ https://field.example.org' +
        '/api/devices/client/fieldroom_pi-1.2.3-py3-none-any.whl"',
      "sudo ln -sf /opt/fieldroom-pi/bin/fieldroom-pi /usr/local/bin/",
      "echo 'frd_secret' | sudo fieldroom-pi init --server https://field.example.org --token -",
      "(sudo fieldroom-pi test || true)",
      "sudo fieldroom-pi install-service",
      "sudo systemctl daemon-reload",
      "sudo systemctl enable --now fieldroom-pi",
    ]);
  });

  it("stays out of the shell's history where it holds the token", () => {
    expect(installLine({ ...place, token: "frd_secret" })).toMatch(/^ sudo/);
  });

  it("lets the Pi ask for a token that is not known", () => {
    expect(installLine(place)).toMatch(/^sudo/);
    expect(installLine(place)).toContain("init --server https://field.example.org && ");
  });

  it.each([
    ["127.0.0.1", true],
    ["localhost", true],
    ["[::1]", true],
    ["field.local", false],
    ["192.168.1.7", false],
  ])("%s means the machine itself: %s", (host, own) => {
    expect(isOwnMachine(host)).toBe(own);
  });
});
