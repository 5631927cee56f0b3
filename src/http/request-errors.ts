// Requests whose parameters are no JSON. Yoga shows the client the name and text of the engine's own error, or, for
// those of a GET, throws it as it is; both are the client's mistake and are answered in our words.
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
