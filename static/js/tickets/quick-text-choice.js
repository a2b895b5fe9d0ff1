// Which canned answers a slash and a beginning find. Pure.
const MOST = 6;

/** Which of the answers fit a beginning, those with a short word that begins so before the others. */
export function fitting(answers, beginning) {
  const wanted = beginning.toLowerCase();
  const rank = ({ shortcut, name, folder }) => {
    if (shortcut && shortcut.startsWith(wanted)) return 0;
    if (name.toLowerCase().startsWith(wanted)) return 1;
    return `${name} ${folder}`.toLowerCase().includes(wanted) ? 2 : 3;
  };
  return answers.map((answer) => [rank(answer), answer]).filter(([place]) => place < 3).sort(([one], [other]) => one - other).map(([, answer]) => answer).slice(0, MOST);
}
