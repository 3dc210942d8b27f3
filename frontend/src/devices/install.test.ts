import { describe, expect, it } from "vitest";
import { installLine, isOwnMachine } from "./install";

describe("the line to type on a Pi", () => {
  it("installs the client and names the server, but not the token", () => {
    expect(installLine("https://field.example.org")).toBe(
      "sudo python3 -m venv /opt/fieldroom-pi && sudo /opt/fieldroom-pi/bin/pip install ./clients/pi && " +
        "sudo /opt/fieldroom-pi/bin/fieldroom-pi init --server https://field.example.org",
    );
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
