// Judges JSON texts by JSON Schema, as a web front end would: a line in, a line out.
// A line is ["learn", name, schema] or ["judge", name, text]; the answer is true or
// false, or a message.
"use strict";

const { createInterface } = require("node:readline");
const Ajv = require("ajv/dist/2020").default;
const formats = require("ajv-formats").default;

const ajv = new Ajv({ strict: true, strictTypes: true, strictTuples: true });
formats(ajv);
const known = new Map();

function answer([task, name, given]) {
  if (task === "learn") {
    known.set(name, ajv.compile(given));
    return true;
  }
  return known.get(name)(JSON.parse(given));
}

createInterface({ input: process.stdin }).on("line", (line) => {
  let said;
  try {
    said = answer(JSON.parse(line));
  } catch (error) {
    said = String(error);
  }
  process.stdout.write(JSON.stringify(said) + "\n");
});
