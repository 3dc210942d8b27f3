import { expect, it } from "vitest";
import { hueOf, initialsOf } from "./Avatar";

it.each([
  ["Alice Moreau", "AM"],
  ["alice", "A"],
  ["jonas.weber", "JW"],
  ["陈晓雨", "陈"],
  ["🌱 plant", "🌱P"],
  ["", "?"],
])("abbreviates %j to %s", (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

it("gives people with neighbouring ids colours that are far apart", () => {
  const [one, other] = ["65f0c0ffee00000000000001", "65f0c0ffee00000000000002"].map(hueOf) as [
    number,
    number,
  ];
  const distance = Math.abs(one - other);
  expect(Math.min(distance, 360 - distance)).toBeGreaterThan(60);
});
