// What an Amplify JS v6 application does where a password is required: sign up with one, mistype it, prove it, type the code. The code
// comes on standard input; what happened goes to standard output, one JSON object a line.
import { createInterface } from 'node:readline';
import { Amplify } from 'aws-amplify';
import { confirmSignIn, fetchAuthSession, signIn, signUp } from 'aws-amplify/auth';

const { endpoint, userPoolId, userPoolClientId, phoneNumber, password } = JSON.parse(process.argv[2]);
Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint: endpoint } } });

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const tell = (step, what) => console.log(JSON.stringify({ step, ...what }));
const begin = (typed) => signIn({ username: phoneNumber, password: typed, options: { authFlowType: 'CUSTOM_WITH_SRP' } });

const { isSignUpComplete } = await signUp({ username: phoneNumber, password });
tell('signUp', { isSignUpComplete });

await begin(`${password}!`).catch((error) => tell('wrongPassword', { error: error.name }));

let { nextStep } = await begin(password);
tell('signIn', { next: nextStep.signInStep });

({ nextStep } = await confirmSignIn({ challengeResponse: (await lines.next()).value }));
tell('confirmSignIn', { next: nextStep.signInStep });

const { tokens } = await fetchAuthSession();
tell('session', { phoneNumber: tokens.idToken.payload.phone_number });
process.exit(0);
