// Reads {secret, deliveries: [{headers, body (base64)}]} from standard input and verifies each delivery with the two official libraries,
// as a subscriber would: Svix's with the headers of Siro's own guide, Standard Webhooks' with its own. Prints how many verified;
// a forged copy of each has to be refused.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { Webhook: Svix } = require("svix");
const { Webhook: Standard } = require("standardwebhooks");

const { secret, deliveries } = JSON.parse(readFileSync(0, "utf8"));
let verified = 0;
for (const { headers, body } of deliveries) {
  const payload = Buffer.from(body, "base64").toString("utf8");
  for (const library of [new Svix(secret), new Standard(secret)]) {
    library.verify(payload, headers);
    verified++;
    let refused = false;
    try {
      library.verify(payload + " ", headers);
    } catch {
      refused = true;
    }
    if (!refused) throw new Error("a forged body was taken");
  }
}
console.log(JSON.stringify({ verified }));
