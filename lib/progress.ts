import { elapsed } from "./humanUnits";

/** Says on standard output what the lab is doing. On a terminal the current line counts the seconds; piped, one line a step. */
export class Progress {
  private readonly started = Date.now();
  private readonly live = process.stdout.isTTY === true;

  /**
   * Runs one step and prints what it was, and how long it took.
   * @param work gets a function that names the part it is at, such as `3 of 11 kube-proxy`.
   */
  async step<T>(title: string, work: (at: (part: string) => void) => Promise<T>): Promise<T> {
    const started = Date.now();
    let part = "";
    const line = (): string => `  ${title}${part && `: ${part}`} (${elapsed(started)})`;
    const show = (): void => {
      process.stdout.write(`\r\x1b[2K${line().slice(0, process.stdout.columns - 1)}`);
    };
    const timer = this.live ? setInterval(show, 1000) : undefined;
    try {
      const result = await work((next) => {
        part = next;
        if (this.live) {
          show();
        } else {
          console.log(line());
        }
      });
      part = "";
      this.note(line());
      return result;
    } catch (error) {
      this.note(`${line()} failed`);
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  /** Prints one line of its own. */
  note(text: string): void {
    console.log(this.live ? `\r\x1b[2K${text}` : text);
  }

  /** Time since the start. */
  total(): string {
    return elapsed(this.started);
  }
}
