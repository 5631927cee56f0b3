// What a page of a browser asks for and complains of.
import type { Page } from 'playwright-core';

export interface Recorded {
  /** URLs of requests and WebSockets. */
  readonly requests: string[];
  /** Errors and warnings of the console, exceptions, and what a policy has forbidden. */
  readonly complaints: string[];
}

/** From now on. */
export function recordPage(page: Page): Recorded {
  const recorded: Recorded = { requests: [], complaints: [] };
  page.on('request', (request) => recorded.requests.push(request.url()));
  page.on('websocket', (socket) => recorded.requests.push(socket.url()));
  page.on('pageerror', (error) => recorded.complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) recorded.complaints.push(message.text());
  });
  return recorded;
}
