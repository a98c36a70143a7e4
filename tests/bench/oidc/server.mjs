// server.mjs - oidc-provider with opaque tokens in its in-memory adapter, the
// peer of introspection. Prints the port that it listens on, on loopback, and
// a token that is valid for hours. Serves until it is killed.
import Provider from "oidc-provider";

const id = "bench";
const secret = "bench";
const provider = new Provider("http://127.0.0.1", {
    clients: [{
        client_id: id,
        client_secret: secret,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        scope: "bench",
    }],
    features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        introspection: { enabled: true },
    },
    scopes: ["bench"],
    ttl: { ClientCredentials: 24 * 3600 },
});
const server = provider.listen(0, "127.0.0.1", async () => {
    const { port } = server.address();
    const answer = await fetch(`http://127.0.0.1:${port}/token`, {
        method: "POST",
        headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
        body: new URLSearchParams({
            grant_type: "client_credentials",
            scope: "bench",
        }),
    });
    const { access_token: token } = await answer.json();

    console.log(`listening on 127.0.0.1:${port}`);
    console.log(`token ${token}`);
});
