// Reads a JSON Schema on standard input and prints TypeScript for it.
"use strict";

const { readFileSync } = require("node:fs");
const { compile } = require("json-schema-to-typescript");

const options = {
  additionalProperties: false, // an index signature would let every misspelling pass
  bannerComment: "",
  ignoreMinAndMaxItems: true, // tuples of each length are no help to anybody
  style: { printWidth: 88 },
};

compile(JSON.parse(readFileSync(0, "utf-8")), "Models", options).then(
  (code) => process.stdout.write(code),
  (error) => {
    process.stderr.write(`${error.message ?? error}\n`);
    process.exitCode = 1;
  },
);
