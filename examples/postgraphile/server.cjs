// A GraphQL API over the database: npm ci && node server.cjs
//
// It verifies the JWT of each request itself and sets its claims, which the database
// believes for this login alone (docs/other-clients.md). Without one, a request is nobody's.

const { createServer } = require("node:http");
const { join } = require("node:path");
const { jwtVerify } = require("jose");
const { postgraphile } = require("postgraphile");
const { sideEffect } = require("postgraphile/grafast");
const { makePgService } = require("postgraphile/adaptors/pg");
const { defaultMaskError } = require("postgraphile/grafserv");
const { grafserv } = require("postgraphile/grafserv/node");
const { GraphQLError } = require("postgraphile/graphql");
const { makeV4Preset } = require("postgraphile/presets/v4");
const { PostGraphileAmberPreset } = require("postgraphile/presets/amber");
const { pgSmartTagsFromFile, wrapPlans } = require("postgraphile/utils");

// The views have neither keys nor grants on columns; what is generated knows the tables'.
const TAGS = join(__dirname, "../../generated/postgraphile/tags.json");

const secret = new TextEncoder().encode(process.env.API_SECRET);

async function claimsOf(request) {
  const [kind, token] = (request?.headers.authorization ?? "").split(" ");
  if (kind !== "Bearer") return "";
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ["HS256"],
      requiredClaims: ["exp", "iat", "sub"],
    });
    return JSON.stringify(payload);
  } catch {
    return "";
  }
}

// A change of a row that is not there would answer null, and nobody would look.
const MissingRow = wrapPlans(
  ({ scope }) => (scope.isPgUpdateMutation ? scope : null),
  () => (plan) => {
    const $payload = plan();
    sideEffect($payload.get("result"), (row) => {
      if (row == null) throw new GraphQLError("missing", { extensions: { code: "P0002" } });
    });
    return $payload;
  },
);

// Code and constraint say what was refused; the text may name other people's rows.
function maskError(error) {
  const { code, constraint } = error.originalError ?? {};
  if (!/^[0-9A-Z]{5}$/.test(code ?? "")) return defaultMaskError(error);
  const { path } = error;
  return new GraphQLError("refused", { path, extensions: { code, constraint } });
}

const preset = {
  // The V4 preset reads @omit, which the schema's comments have.
  extends: [
    PostGraphileAmberPreset,
    makeV4Preset({ simpleCollections: "only", ignoreRBAC: false }),
  ],
  plugins: [pgSmartTagsFromFile(TAGS), MissingRow],
  pgServices: [
    makePgService({
      connectionString: process.env.API_DATABASE_URL,
      schemas: ["app"],
      // What todo_user is not granted is not in the API.
      pgSettingsForIntrospection: { role: "todo_user" },
    }),
  ],
  grafast: {
    context: async (context) => ({
      pgSettings: {
        role: "todo_user",
        "request.jwt.claims": await claimsOf(context.node?.req),
      },
    }),
  },
  grafserv: { graphqlPath: "/graphql", graphiql: false, maskError },
};

async function main() {
  const serv = postgraphile(preset).createServ(grafserv);
  const server = createServer();
  await serv.addTo(server);
  server.listen(Number(process.env.PORT ?? 5678), "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${server.address().port}/graphql`);
  });
}

main();
