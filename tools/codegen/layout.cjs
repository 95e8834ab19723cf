// Places boxes and routes lines: reads a graph for ELK, prints it with places.
const ELK = require("elkjs/lib/elk.bundled.js");

const graph = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
new ELK().layout(graph).then(
  (placed) => console.log(JSON.stringify(placed)),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
