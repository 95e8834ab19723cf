// Reads a JSON Schema on standard input and prints TypeScript for it.
"use strict";

const { text } = require("node:stream/consumers");
const { compile } = require("json-schema-to-typescript");

const options = {
  additionalProperties: false, // an index signature would let every misspelling pass
  bannerComment: "",
  ignoreMinAndMaxItems: true, // tuples of each length are no help to anybody
  style: { printWidth: 88 },
};

// Not readFileSync(0): a pipe that is not full yet would be an error to it.
text(process.stdin)
  .then((schema) => compile(JSON.parse(schema), "Models", options))
  .then(
    (code) => process.stdout.write(code),
    (error) => {
      process.stderr.write(`${error.message ?? error}\n`);
      process.exitCode = 1;
    },
  );
