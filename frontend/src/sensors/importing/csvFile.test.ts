import { describe, expect, it } from "vitest";
import { beginningOf, chosenColumn, columnChoices } from "./csvFile";

const nameless = (number: number) => `Column ${String(number)}`;

describe("the beginning of a file", () => {
  it("is all of a small one", async () => {
    const file = new Blob(["time,value\n1,2"]);
    expect(await beginningOf(file)).toBe(file);
  });

  it("ends with a whole line, so that no row of the preview is a torn one", async () => {
    const part = await beginningOf(new Blob(["a,b\n1,2\n3,4\n"]), 10);
    expect(await part.text()).toBe("a,b\n1,2\n");
  });

  it("tears no character", async () => {
    const part = await beginningOf(new Blob(["时间,值\n1,2\n"]), 14);
    expect(await part.text()).toBe("时间,值\n");
  });

  it("tears no character of two bytes", async () => {
    const text = "a\u010a\u0a00\r\n1,2\r\n3,4\r\n";
    for (const little of [true, false]) {
      const bytes = new Uint8Array((text.length + 1) * 2);
      for (let at = 0; at <= text.length; at += 1) {
        new DataView(bytes.buffer).setUint16(at * 2, `\ufeff${text}`.charCodeAt(at), little);
      }
      const part = await beginningOf(new Blob([bytes]), bytes.length - 3);
      const decoder = new TextDecoder(little ? "utf-16le" : "utf-16be");
      expect(decoder.decode(await part.arrayBuffer())).toBe("a\u010a\u0a00\r\n1,2\r\n");
    }
  });

  it("is cut where there is no line", async () => {
    expect((await beginningOf(new Blob(["x".repeat(50)]), 10)).size).toBe(10);
  });
});

describe("the columns to choose from", () => {
  it("are asked for by name, or by number where the name is no help", () => {
    const columns = ["time", "°C", "°C", ""];
    expect(columnChoices(columns, nameless)).toEqual([
      { value: "time", label: "time" },
      { value: "2", label: "°C (2)" },
      { value: "3", label: "°C (3)" },
      { value: "4", label: "Column 4" },
    ]);
  });

  it("of a file without a header have numbers", () => {
    const columns = ["1", "2"];
    const choices = columnChoices(columns, nameless);
    expect(choices.map(({ label }) => label)).toEqual(["Column 1", "Column 2"]);
    expect(chosenColumn(choices, columns, "2")).toBe("2");
    expect(chosenColumn(choices, columns, "3")).toBeNull();
  });
});
