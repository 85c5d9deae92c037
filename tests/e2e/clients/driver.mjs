// Runs the JavaScript of a page of docs/clients. Each line of standard input names one of its functions, with arguments; each line of
// standard output is what that gave: a result, or a refusal as the page's own `refusal` reads the error. All of it JSON.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

// The page knows of no local AWS: what goes to AWS's address is led there.
const { fetch } = globalThis;
globalThis.fetch = (url, options) =>
  fetch(String(url).replace(/^https:\/\/cognito-idp\.[\w-]+\.amazonaws\.com/, process.env.AWS_ENDPOINT_URL), options);

const page = await import(pathToFileURL(process.argv[2]));
for await (const line of createInterface({ input: process.stdin })) {
  const { call, given } = JSON.parse(line);
  const said = await (async () => page[call](...given))().then(
    (result) => ({ result }),
    (error) => ({ refusal: page.refusal(error) }),
  );
  console.log(JSON.stringify(said));
}
process.exit(0);
