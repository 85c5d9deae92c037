// What an Amplify JS v6 application does: sign up, sign in, a wrong code, the right one. Codes come on standard input, one a line;
// what happened goes to standard output, one JSON object a line.
import { createInterface } from 'node:readline';
import { Amplify } from 'aws-amplify';
import { confirmSignIn, fetchAuthSession, signIn, signUp } from 'aws-amplify/auth';

const { endpoint, userPoolId, userPoolClientId, phoneNumber } = JSON.parse(process.argv[2]);
Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint: endpoint } } });

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const typed = async () => (await lines.next()).value;
const tell = (step, what) => console.log(JSON.stringify({ step, ...what }));

const { isSignUpComplete } = await signUp({ username: phoneNumber, password: `${crypto.randomUUID()}-${crypto.randomUUID()}` });
tell('signUp', { isSignUpComplete });

let { nextStep } = await signIn({ username: phoneNumber, options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } });
tell('signIn', { next: nextStep.signInStep, parameters: nextStep.additionalInfo });

while (nextStep.signInStep === 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE') {
  ({ nextStep } = await confirmSignIn({ challengeResponse: await typed() }));
  tell('confirmSignIn', { next: nextStep.signInStep, parameters: nextStep.additionalInfo });
}
const { tokens } = await fetchAuthSession();
tell('session', { phoneNumber: tokens.idToken.payload.phone_number });
process.exit(0);
