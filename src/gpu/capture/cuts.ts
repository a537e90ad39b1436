/** Where a step is cut into submits: parts of about the same expected time, whole commands each. */

/**
 * @param costs expected time of each command, any unit
 * @param parts how many submits are wanted, at least 1
 * @returns the end of each part (exclusive), ascending; the last is `costs.length`. Never more than `parts`, fewer
 * where there are fewer commands.
 */
export function cutByCost(costs: readonly number[], parts: number): number[] {
  const total = costs.reduce((a, b) => a + b, 0);
  const ends: number[] = [];
  let sum = 0;
  costs.forEach((cost, i) => {
    sum += cost;
    // A part ends where its share of the time is reached.
    if (sum >= (total * (ends.length + 1)) / parts - 1e-9 * total && ends.length < parts - 1) ends.push(i + 1);
  });
  if (costs.length > 0 && ends.at(-1) !== costs.length) ends.push(costs.length);
  return ends;
}
