/** In milliseconds; longer waits overflow the browser's timer and would be over at once. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** Acts when the clock has reached `moment`, never before; returns the way to call it off. */
export function actAt(moment: number, act: () => void): () => void {
  let timer = 0;
  const look = (): void => {
    const left = moment - Date.now();
    // Timers may fire a little early by the clock: then the rest is waited for as well.
    timer = window.setTimeout(left <= 0 ? act : look, Math.min(Math.max(Math.ceil(left), 0), LONGEST_WAIT));
  };
  look();
  return () => window.clearTimeout(timer);
}
