// When to notify: at most once a frame.

interface Page {
  readonly requestAnimationFrame?: (callback: () => void) => number;
  readonly document?: { readonly visibilityState: string };
}

/** A frame at 60 Hz. */
const FRAME_MS = 16;

/** Calls back once: with the next frame of a page that is seen, otherwise by a timer, since a hidden page has no frames. */
export function onNextFrame(callback: () => void): void {
  const { requestAnimationFrame, document } = globalThis as Page;
  if (requestAnimationFrame === undefined || document?.visibilityState !== 'visible') {
    setTimeout(callback, FRAME_MS);
    return;
  }
  let isCalled = false;
  const callOnce = (): void => {
    if (!isCalled) callback();
    isCalled = true;
  };
  requestAnimationFrame.call(globalThis, callOnce);
  // The page may be hidden before its next frame.
  setTimeout(callOnce, 250);
}
