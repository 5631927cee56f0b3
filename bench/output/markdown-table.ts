// A Markdown table; the first row is the heading.

export function drawTable([heading = [], ...body]: readonly (readonly string[])[]): string {
  return [heading, heading.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
