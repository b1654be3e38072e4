// An OpenID Connect provider over TLS for the tests, on oauth2-mock-server: node identity-provider.mjs KEY CERTIFICATE [PATH] [ISSUER]
// PATH stands before its endpoints, as Entra ID's tenant does; ISSUER is what its metadata names, its own address unless given.
// POST /sign takes {"header": {...}, "claims": {...}} and answers with a token that has them; null takes one away.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';

const [key, certificate, path = '', issuerNamed] = process.argv.slice(2);
const issuer = new OAuth2Issuer();
const { kid } = await issuer.keys.generate('RS256');
const service = new OAuth2Service(issuer);

const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, async (request, response) => {
  if (request.url === '/sign') {
    let body = '';
    for await (const part of request) body += part;
    const { header = {}, claims = {} } = JSON.parse(body);
    const bend = (target, changes) => {
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) delete target[name];
        else target[name] = value;
      }
    };
    response.end(await issuer.buildToken({
      kid,
      scopesOrTransform: (tokenHeader, payload) => {
        bend(tokenHeader, header);
        bend(payload, claims);
      },
    }));
  } else if (!request.url.startsWith(path)) {
    response.writeHead(404).end();
  } else {
    request.url = request.url.slice(path.length);
    if (issuerNamed && request.url === '/.well-known/openid-configuration') {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ issuer: issuerNamed, jwks_uri: `${issuer.url}/jwks` }));
    } else {
      service.requestHandler(request, response);
    }
  }
});

server.listen(0, '127.0.0.1', () => {
  issuer.url = `https://127.0.0.1:${server.address().port}${path}`;
  console.log(`listening: https://127.0.0.1:${server.address().port}`);
});
