// What an Amplify JS v6 application does that offers another code and another channel: sign in, then answer with what is typed.
// Standard input has one JSON object a line, what confirmSignIn is called with; what happened goes to standard output, one a line too.
import { createInterface } from 'node:readline';
import { Amplify } from 'aws-amplify';
import { confirmSignIn, fetchAuthSession, signIn } from 'aws-amplify/auth';

const { endpoint, userPoolId, userPoolClientId, phoneNumber } = JSON.parse(process.argv[2]);
Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint: endpoint } } });

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const tell = (step, what) => console.log(JSON.stringify({ step, ...what }));

let { nextStep } = await signIn({ username: phoneNumber, options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } });
tell('signIn', { next: nextStep.signInStep, parameters: nextStep.additionalInfo });

while (nextStep.signInStep === 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE') {
  ({ nextStep } = await confirmSignIn(JSON.parse((await lines.next()).value)));
  tell('confirmSignIn', { next: nextStep.signInStep, parameters: nextStep.additionalInfo });
}
const { tokens } = await fetchAuthSession();
tell('session', { phoneNumber: tokens.idToken.payload.phone_number });
process.exit(0);
