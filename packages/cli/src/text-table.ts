// Tables with a border on both sides: a head in capitals, texts at the left, numbers at the right.
// Reference: olekukonko/tablewriter, as the reference's commands use it.

export type Cell = string | number;

/** The lines of the table, each with its newline. */
export function textTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => String(row[i] ?? "").length)));
  const line = (cells: readonly string[], space: string): string =>
    `|${cells.map((cell) => `${space}${cell}${space}`).join("|")}|\n`;
  const rule = line(
    widths.map((width) => "-".repeat(width)),
    "-",
  );
  const titles = head.map((title, i) => centered(title.toUpperCase(), widths[i] ?? 0));
  const body = rows.map((row) => row.map((cell, i) => aligned(cell, widths[i] ?? 0)));
  return [line(titles, " "), rule, ...body.map((cells) => line(cells, " "))].join("");
}

function centered(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2);
  return text.padStart(text.length + left).padEnd(width);
}

function aligned(cell: Cell, width: number): string {
  return typeof cell === "number" ? String(cell).padStart(width) : cell.padEnd(width);
}
