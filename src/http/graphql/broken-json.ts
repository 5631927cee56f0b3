// Answers 400 to requests whose parameters are not JSON. For a POST, Yoga shows the client the text of the engine's own
// error; for a GET, it throws that error as an unexpected one.
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

const badRequest = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });

function answerFor(error: unknown): unknown {
  if (error instanceof SyntaxError) return badRequest('A parameter of the URL is not valid JSON.');
  return error instanceof GraphQLError && 'originalError' in error.extensions ? badRequest(error.message) : error;
}

export const refuseBrokenJson: Plugin = {
  onRequestParse: ({ requestParser, setRequestParser }) => {
    if (requestParser === undefined) return;
    setRequestParser(async (request) => {
      try {
        return await requestParser(request);
      } catch (error) {
        throw answerFor(error);
      }
    });
  },
};
